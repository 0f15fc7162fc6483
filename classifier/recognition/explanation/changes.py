"""Which parts of a digit decide the answer: the variants that change it most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.framing import SIDE
from ..wording import bounded_percent, with_article
from .occlusion import Pixels
from .variants import Variant

LEAST_CHANGE = 0.05  # decrease of the probability from which a change is shown


@dataclass(frozen=True)
class Change:
    """The answer without a part of the ink."""

    variant: Variant
    label: int
    probability: float  # of the label
    is_other: bool  # whether the label differs from the answer's
    sentence: str


def strongest(
    variants: list[Variant], answers: NDArray[np.float32], label: int, before: float, most: int = 4
) -> list[Change]:
    """The variants that change the answer most, without repeating a part of the ink.

    Variants with another label come first, the smallest removal first. answers: shape (n, 10), the probabilities of
    each variant; label, before: the answer and its probability; most: the length of the list, at most.
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
        if any(_overlap(variant, change.variant) and winner in (label, change.label) for change in chosen):
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


def _overlap(variant: Variant, other: Variant) -> bool:
    return len(variant.parts & other.parts) > 0.3 * min(len(variant.parts), len(other.parts))


def changes_in_words(changes: list[Change], label: int, tried: int) -> str:
    """The sentence above the pictures of changes. tried: the number of variants."""
    if not tried:
        return "There is too little ink to leave any of it out."
    others = sum(change.is_other for change in changes)
    if others:
        return "The parts that matter most, each left out alone:" if len(changes) > 1 else "One part decides:"
    if changes:
        return f"No single part decides: it stays {with_article(label)} whichever is left out. These matter most:"
    return f"No single part decides: it stays {with_article(label)}, just as surely, whichever is left out."


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
