"""Words for parts of a picture."""

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.framing import SIDE
from .occlusion import FOCUS, LEAST_FALL, Pixels
from .outcomes import LEAST_OF_A_FIRST_CHOICE, Outcome

_PLACES = {
    (0, 0): "at the top left",
    (0, 1): "at the top",
    (0, 2): "at the top right",
    (1, 0): "on the left",
    (1, 1): "in the middle",
    (1, 2): "on the right",
    (2, 0): "at the bottom left",
    (2, 1): "at the bottom",
    (2, 2): "at the bottom right",
}
_ROWS = {0: "at the top", 1: "half-way down", 2: "at the bottom"}
_COLUMNS = {0: "on the left", 1: "in the middle", 2: "on the right"}


def place_in_words(weight: NDArray[np.float32], pixels: Pixels) -> str:
    """Where in the digit most of the weight is, such as "at the top left"; empty if it is everywhere.

    weight: shape (28, 28), at least 0; pixels: shape (28, 28), the digit, whose bounding box is divided into thirds.
    """
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    total = float(weight.sum())
    if not len(rows) or total <= 0:
        return ""
    row = _third(weight.sum(1) / total, int(rows[0]), int(rows[-1]) + 1)
    is_narrow = len(columns) < 0.45 * len(rows)  # a 1 has no left and right
    column = None if is_narrow else _third(weight.sum(0) / total, int(columns[0]), int(columns[-1]) + 1)
    if row is not None and column is not None:
        return _PLACES[row, column]
    if row is not None:
        return _ROWS[row]
    if column is not None:
        return _COLUMNS[column]
    upper = float(weight[: (int(rows[0]) + int(rows[-1]) + 1) // 2].sum()) / total
    return "in the upper half" if upper > 0.7 else "in the lower half" if upper < 0.3 else ""


def _third(shares: NDArray[np.float32], start: int, end: int) -> int | None:
    """The third between start and end that has at least 60 % of the shares; None without such a third."""
    places = np.clip(((np.arange(SIDE) + 0.5 - start) * 3 / (end - start)).astype(int), 0, 2)
    sums = np.bincount(places, shares, 3)
    return int(sums.argmax()) if sums.max() >= 0.6 else None


def shape_in_words(weight: NDArray[np.float32]) -> str:
    """What the weighted ink looks like by its main axis: a bar, an upright or slanting stroke, or a part."""
    y, x = np.nonzero(weight)
    if len(y) < 3:
        return "the part"
    points = np.stack([x, y]).astype(np.float64)
    covariance = np.cov(points, aweights=weight[y, x])
    values, axes = np.linalg.eigh(covariance)
    if values[1] < 5 * max(values[0], 0.25):  # px²; 0.25 is a stroke one pixel wide
        return "the part"
    angle = float(np.degrees(np.arctan2(abs(axes[1, 1]), abs(axes[0, 1]))))
    return "the bar" if angle < 20 else "the upright stroke" if angle > 75 else "the slanting stroke"


def looked_at(pixels: Pixels, fall: NDArray[np.float32], before: Outcome, covered: list[Outcome]) -> str:
    """Sentences about where the network looked. before: the answer; covered: those to `occlusion_inputs`."""
    if before.probability < LEAST_OF_A_FIRST_CHOICE:
        return "No digit stands out, so no place decides."
    if fall.max() < LEAST_FALL or not covered:
        return f"No place stands out: whichever place is covered, the network is just as sure of the {before.label}."
    weight = (np.where(fall >= FOCUS * fall.max(), fall, 0) * (pixels / 255)).astype(np.float32)
    place = place_in_words(weight, pixels)
    where = f"mostly at {shape_in_words(weight)} {place}" if place else "at the digit as a whole"
    worst = min(covered, key=lambda outcome: float(outcome.probabilities[before.label]))
    if worst.is_like(before):
        then = f"Even with its most important place covered it stays {worst.in_words}."
    else:
        then = f"With its most important place covered it would be {worst.in_words}."
    return f"It looked {where}. {then}"
