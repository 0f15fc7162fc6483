"""What the site would say about a digit that is changed, in the words of an explanation."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..classes import Verdict
from ..inference import ranked
from ..verdict import possible
from ..wording import alternatives, bounded_percent, with_article

# A first choice with less than a third has more rivals than an answer ever names: no digit at all. Chance is a tenth.
LEAST_OF_A_FIRST_CHOICE = 1 / 3


@dataclass(frozen=True)
class Outcome:
    """An answer to one picture."""

    verdict: Verdict
    label: int  # the first choice, also if it is not a digit
    probabilities: NDArray[np.float32]  # (10,)

    @classmethod
    def of(cls, probabilities: NDArray[np.float32], verdict: str) -> Self:
        """verdict: of the version that answered. A first choice near chance is no digit, even without a calibration."""
        label = int(probabilities.argmax())
        is_none = float(probabilities[label]) < LEAST_OF_A_FIRST_CHOICE
        return cls(Verdict.NOT_A_DIGIT if is_none else Verdict(verdict), label, probabilities)

    @property
    def digit(self) -> int | None:
        """The digit it is, or most likely is; None if it is no digit."""
        return None if self.verdict == Verdict.NOT_A_DIGIT else self.label

    @property
    def probability(self) -> float:
        """The probability of the first choice."""
        return float(self.probabilities[self.label])

    def is_like(self, other: "Outcome") -> bool:
        """Whether the site would say the same, apart from the confidence."""
        return (self.verdict, self.digit) == (other.verdict, other.digit)

    @property
    def in_words(self) -> str:
        """Such as "a 7 (97.5 %)", "unsure: a 1 or a 7", or "no digit"."""
        if self.verdict == Verdict.NOT_A_DIGIT:
            return "no digit"
        if self.verdict == Verdict.UNSURE:
            return f"unsure: {alternatives(possible(ranked(self.probabilities.tolist())))}"
        return f"{with_article(self.label)} ({bounded_percent(self.probability)})"

    @property
    def in_short(self) -> str:
        """The same without figures, such as "a 7", "unsure" or "no digit"."""
        kind = {Verdict.NOT_A_DIGIT: "no digit", Verdict.UNSURE: "unsure"}
        return kind.get(self.verdict) or with_article(self.label)
