"""What would have to change for another answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.framing import SIDE
from ..wording import bounded_percent, with_article
from .occlusion import Pixels
from .variants import Variant

LEAST_CHANGE = 0.05  # fall of the probability from which a change is worth showing


@dataclass(frozen=True)
class Change:
    """What the answer would be without a part."""

    variant: Variant
    label: int
    probability: float  # of the label
    is_other: bool  # whether that is another answer
    sentence: str


def strongest(
    variants: list[Variant], answers: NDArray[np.float32], label: int, before: float, most: int = 4
) -> list[Change]:
    """The variants that change the answer most, no part of the ink twice.

    Those with another answer come first, and of these the smallest: so little would have to change.

    answers: shape (n, 10), the probabilities of each variant; label, before: the answer and its probability.
    """
    chosen: list[Change] = []
    order = sorted(
        range(len(variants)),
        key=lambda n: _rank(variants[n], answers[n], label),
    )
    for n in order:
        variant, winner = variants[n], int(answers[n].argmax())
        if len(chosen) == most or (winner == label and before - answers[n][label] < LEAST_CHANGE):
            break
        if any(_is_about_the_same(variant, change.variant) and winner in (label, change.label) for change in chosen):
            continue
        probability = float(answers[n][winner])
        if winner == label:
            now, then = bounded_percent(probability, 0), bounded_percent(before, 0)
            sentence = f"Without this it is less sure of the {label}: {now} instead of {then}."
        else:
            sentence = f"Without this it would be {with_article(winner)} ({bounded_percent(probability, 0)})."
        chosen.append(Change(variant, winner, probability, winner != label, sentence))
    return chosen


def _rank(variant: Variant, answer: NDArray[np.float32], label: int) -> tuple[bool, int, float]:
    is_other = int(answer.argmax()) != label
    return not is_other, len(variant.parts) if is_other else 0, float(answer[label])


def _is_about_the_same(one: Variant, other: Variant) -> bool:
    return len(one.parts & other.parts) > 0.3 * min(len(one.parts), len(other.parts))


def changes_in_words(changes: list[Change], label: int, tried: int) -> str:
    """The sentence above the pictures; tried: how many variants there were."""
    if not tried:
        return "There is too little ink to leave any of it out."
    others = sum(change.is_other for change in changes)
    if others:
        return "The parts that matter most, each left out alone:" if len(changes) > 1 else "One part decides:"
    if changes:
        return f"No single part decides: it stays {with_article(label)} whichever is left out. These count most:"
    return f"No single part decides: it stays {with_article(label)}, and as surely, whichever is left out."


def without_picture(pixels: Pixels, parts: frozenset[int], zoom: int = 5) -> Pixels:
    """A picture's digit with what is left out hatched in orange. Returns shape (28 zoom, 28 zoom, 3), RGB."""
    gone = np.zeros(SIDE * SIDE, np.bool_)
    gone[list(parts)] = True
    ink = np.kron(pixels, np.ones((zoom, zoom), np.uint8)).astype(np.float32)[..., np.newaxis] / 255
    mask = np.kron(gone.reshape(SIDE, SIDE), np.ones((zoom, zoom), np.bool_))[..., np.newaxis]
    along = np.add.outer(np.arange(SIDE * zoom), np.arange(SIDE * zoom))[..., np.newaxis]
    orange = np.array((255, 140, 26), np.float32)
    hatched = np.where(along // 4 % 2 == 0, orange, orange * 0.35) * (0.35 + 0.65 * ink)
    picture: Pixels = np.where(mask, hatched, 255 * ink).astype(np.uint8)
    return picture
