"""What speaks for and against a reading, as numbers from which its confidence is computed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..classes import Verdict
from .alphabet import OTHER
from .reading import RowRead

NAMES = (
    "digits",
    "score",
    "score of a character",
    "score of the less convinced look",
    "margin",
    "margin of the line network",
    "first choice of the line network",
    "first choice of its second look",
    "its length differs",
    "least probability",
    "digit network, worst",
    "digit network, mean",
    "digits it reads differently",
    "digits it doubts",
    "digits it refuses",
    "unexplained ink",
    "other signs",
    "marks",
    "lowest digit",
    "tallest digit",
    "uneven baseline",
    "most ink of a digit",
    "widest distance",
    "narrowest distance",
    "ends",
)
FARTHEST = 12.0  # margin that counts as certain
NOTHING = -20.0  # score of a row without another text


def evidence(read: RowRead) -> NDArray[np.float64]:
    """The evidence about the best candidate, (len(NAMES),)."""
    best = read.best
    number, text = best.text.number, best.text.text
    digits = [each for each in best.characters if each.answer]
    logs = [max(-9.0, each.log_probability) for each in digits] or [-9.0]
    verdicts = [each.judgement.verdict for each in digits if each.judgement]
    firsts = ["".join(filter(str.isdigit, each)) for each in read.first_choices]
    heights = [each.box[3] - each.box[1] for each in digits] or [1]
    usual = max(1.0, float(np.median(heights)))
    count = max(1, len(text))
    steps = np.diff([each.centre for each in digits]) / usual if len(digits) > 1 else np.array([1.0])
    weakest = [each.probability for each in best.characters] or [0.0]
    return np.array(
        [
            len(number),
            best.text.score,
            best.text.score / count,
            best.text.least,
            _margin(best.score, ((each.score, each.text.number) for each in read.candidates), number),
            _margin(best.text.score, _texts(read), number),
            firsts[0] == number,
            firsts[-1] == number,
            any(len(each) != len(number) for each in firsts),
            np.log(max(min(weakest), 1e-6)),
            min(logs),
            sum(logs) / len(logs),
            sum(each.is_disputed for each in digits),
            sum(each == Verdict.UNSURE for each in verdicts),
            sum(each == Verdict.NOT_A_DIGIT for each in verdicts),
            best.unexplained,
            text.count(OTHER),
            len(text) - len(number) - text.count(OTHER),
            min(heights) / usual,
            max(heights) / usual,
            float(np.std([each.box[3] for each in digits])) / usual if digits else 0.0,
            max((float(each.digit.hints.get("ink", 0.0)) for each in digits if each.digit), default=1.0),
            float(steps.max()),
            float(steps.min()),
            (text[:1] + text[-1:]).count("1"),
        ],
        np.float64,
    )


def _texts(read: RowRead) -> Iterable[tuple[float, str]]:
    yield from ((each.text.score, each.text.number) for each in read.candidates)
    yield from ((each.score, each.number) for each in read.others)


def _margin(score: float, others: Iterable[tuple[float, str]], number: str) -> float:
    """By how much a score exceeds the best one of another number."""
    best = max((each for each, other in others if other != number), default=NOTHING)
    return float(np.clip(score - best, -FARTHEST, FARTHEST))
