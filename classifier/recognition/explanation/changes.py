"""Which parts of a digit decide the answer: the variants that change it most."""

from dataclasses import dataclass

import numpy as np

from ..classes import Verdict
from ..preprocessing.framing import SIDE
from ..wording import bounded_percent
from .occlusion import Pixels
from .outcomes import Outcome
from .variants import Variant

LEAST_CHANGE = 0.05  # decrease of the probability from which a change is shown


@dataclass(frozen=True)
class Change:
    """The answer without a part of the ink."""

    variant: Variant
    outcome: Outcome
    is_other: bool  # whether the site would say something else
    sentence: str


def strongest(variants: list[Variant], outcomes: list[Outcome], before: Outcome, most: int = 4) -> list[Change]:
    """The variants that change the answer most, without repeating a part of the ink.

    Variants with another answer come first: other digits before "no digit", and the smallest removal first.
    outcomes: of each variant; before: the answer to explain; most: the length of the list, at most.
    """
    chosen: list[Change] = []
    for n in sorted(range(len(variants)), key=lambda n: _rank(variants[n], outcomes[n], before)):
        variant, outcome = variants[n], outcomes[n]
        is_other = not outcome.is_like(before)
        if len(chosen) == most or (not is_other and _fall(outcome, before) < LEAST_CHANGE):
            break
        if any(_overlap(variant, change.variant) and _repeats(outcome, change, before) for change in chosen):
            continue
        chosen.append(Change(variant, outcome, is_other, _sentence(outcome, before)))
    return chosen


def _rank(variant: Variant, outcome: Outcome, before: Outcome) -> tuple[bool, bool, int, float]:
    is_other = not outcome.is_like(before)
    probability = float(outcome.probabilities[before.label])
    return not is_other, is_other and outcome.digit is None, len(variant.parts) if is_other else 0, probability


def _fall(outcome: Outcome, before: Outcome) -> float:
    """The decrease of the probability; 0 if the picture was no digit before."""
    if before.digit is None:
        return 0.0
    return before.probability - float(outcome.probabilities[before.label])


def _repeats(outcome: Outcome, change: Change, before: Outcome) -> bool:
    return outcome.is_like(before) or outcome.is_like(change.outcome)


def _sentence(outcome: Outcome, before: Outcome) -> str:
    if not outcome.is_like(before):
        return f"Without this it would be {outcome.in_words}."
    now, then = bounded_percent(outcome.probability), bounded_percent(before.probability)
    return f"Without this it is less sure of the {before.label}: {now} instead of {then}."


def _overlap(variant: Variant, other: Variant) -> bool:
    return len(variant.parts & other.parts) > 0.3 * min(len(variant.parts), len(other.parts))


def changes_in_words(changes: list[Change], before: Outcome, tried: int) -> str:
    """The sentence above the pictures of changes. before: the answer; tried: the number of variants."""
    if not tried:
        return "There is too little ink to leave any of it out."
    others = sum(change.is_other for change in changes)
    if others:
        return "The parts that matter most, each left out alone:" if len(changes) > 1 else "One part decides:"
    if changes:
        return f"No single part decides: it stays {before.in_short} whichever is left out. These matter most:"
    surely = ", just as surely," if before.verdict == Verdict.DIGIT else ""
    return f"No single part decides: it stays {before.in_short}{surely} whichever is left out."


def without_picture(pixels: Pixels, parts: frozenset[int], zoom: int = 5) -> Pixels:
    """The digit of a picture with the removed pixels hatched in orange. Returns shape (28 zoom, 28 zoom, 3), RGB."""
    removed = np.zeros(SIDE * SIDE, np.bool_)
    removed[list(parts)] = True
    ink = np.kron(pixels, np.ones((zoom, zoom), np.uint8)).astype(np.float32)[..., np.newaxis] / 255
    mask = np.kron(removed.reshape(SIDE, SIDE), np.ones((zoom, zoom), np.bool_))[..., np.newaxis]
    along = np.add.outer(np.arange(SIDE * zoom), np.arange(SIDE * zoom))[..., np.newaxis]
    orange = np.array((255, 140, 26), np.float32)
    hatched = np.where(along // 4 % 2 == 0, orange, orange * 0.35) * (0.35 + 0.65 * ink)
    picture: Pixels = np.where(mask, hatched, 255 * ink).astype(np.uint8)
    return picture
