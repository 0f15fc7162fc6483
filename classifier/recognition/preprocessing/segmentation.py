"""Segmentation of a row of components or strokes into digits.

It is conservative: a digit whose strokes do not touch (a 5 with a detached cap, an open 4) must stay whole, so only
parts that stand clearly side by side and are about equally tall are separated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_DIGITS = 12  # of one number; a row of more is read as one digit
MAX_PARTS = 60  # more are no digits, so nothing is separated

SLANTS = (0.0, 0.2, 0.4, -0.15)  # px to the right for each px up: numbers are written upright or slanting

# Shares of the row's height. A part of a digit is mostly lower than the digit, or hardly apart from the rest.
DIGIT_HEIGHT = 0.55  # least height of a digit beside the tallest
CLEAR_GAP = 0.12  # between two digits
NARROW_GAP = 0.05  # between two that are also equally tall and, together, wider than any single digit
EQUAL_HEIGHT = 0.75
TWO_WIDE = 1.1  # ratio of width to height from which a row can hardly be one digit
SPECK = 0.1  # a part smaller than this in both directions belongs to no digit, unless it is close to one


@dataclass(frozen=True)
class Parts:
    """The n components or strokes to be segmented."""

    boxes: NDArray[np.float64]  # (n, 4): left, top, right, bottom
    spans: NDArray[np.float64]  # (n, slants, 2): leftmost and rightmost edge along each of SLANTS


@dataclass(frozen=True)
class Segmentation:
    """The numbers of the parts of each digit, from left to right, and of those left out."""

    digits: list[NDArray[np.intp]]
    others: NDArray[np.intp]
    large: int  # large separate groups, also if they were not separated into digits

    @property
    def components_in_one_digit(self) -> int:
        """The number of large groups read as one digit; 1 if there are several digits."""
        return self.large if len(self.digits) == 1 else 1


SINGLE = Segmentation([np.zeros(1, int)], np.zeros(0, int), 1)  # of a single part


def segment(parts: Parts, *, one_digit: bool) -> Segmentation:
    """Separates parts into digits. one_digit: all parts belong to one digit, however far apart they are."""
    if len(parts.boxes) == 1:
        return SINGLE
    kept, others = _without_specks(parts)
    if len(kept) > MAX_PARTS:
        return Segmentation([kept], others, 1)
    best = max((_row_along(parts, kept, slant) for slant in range(parts.spans.shape[1])), key=len)
    if not 1 < len(best) <= MAX_DIGITS or one_digit:
        return Segmentation([kept], others, len(best))
    return Segmentation(best, others, len(best))


def _without_specks(parts: Parts) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Returns the numbers of the parts kept, and of those that are tiny and far from every larger part."""
    numbers = np.arange(len(parts.boxes))
    size = np.maximum(parts.boxes[:, 2] - parts.boxes[:, 0], parts.boxes[:, 3] - parts.boxes[:, 1])
    small = size < SPECK * size.max()
    large = parts.boxes[~small]
    if small.sum() > MAX_PARTS or not small.any():
        return numbers, numbers[:0]
    for number in numbers[small]:
        left, top, right, bottom = parts.boxes[number]
        across = np.maximum(large[:, 0] - right, left - large[:, 2]).clip(0)
        down = np.maximum(large[:, 1] - bottom, top - large[:, 3]).clip(0)
        small[number] = bool(np.hypot(across, down).min() > SPECK * size.max())
    return numbers[~small], numbers[small]


def _row_along(parts: Parts, kept: NDArray[np.intp], slant: int) -> list[NDArray[np.intp]]:
    """The digits of a row along one slant, as numbers of parts; one digit if nothing is clearly separate."""
    spans, boxes = parts.spans[kept, slant], parts.boxes[kept]
    order = np.argsort(spans[:, 0])
    reach = np.maximum.accumulate(spans[order, 1])
    starts = np.flatnonzero(np.r_[True, spans[order, 0][1:] > reach[:-1]])
    groups = np.split(order, starts[1:])  # of parts that overlap
    if len(groups) < 2:
        return [kept]
    tops = np.array([boxes[group, 1].min() for group in groups])
    bottoms = np.array([boxes[group, 3].max() for group in groups])
    edges = np.array([[spans[group, 0].min(), spans[group, 1].max()] for group in groups])
    digits = _with_low_groups(edges, bottoms - tops)
    if len(digits) < 2:
        return [kept]
    row = [digits[0]]
    for digit in digits[1:]:
        before = row[-1]
        gap = edges[digit, 0].min() - edges[before, 1].max()
        both = [*before, *digit]
        width = edges[both, 1].max() - edges[both, 0].min()
        vertical = (tops[before].min(), bottoms[before].max()), (tops[digit].min(), bottoms[digit].max())
        if _are_apart(gap, *vertical, width):
            row.append(digit)
        else:
            row[-1] = both
    return [np.sort(kept[np.concatenate([groups[number] for number in digit])]) for digit in row]


def _with_low_groups(edges: NDArray[np.float64], heights: NDArray[np.float64]) -> list[list[int]]:
    """Joins groups that are too low for a digit, such as a detached cap or bar, with the nearest tall one.

    edges: (n, 2), left and right of each group; heights: (n,). Returns the numbers of the groups of each digit.
    """
    tallest = max(float(heights.max()), float(np.diff(edges).max()) / 3)  # the height of a dash says nothing
    tall = [number for number in range(len(heights)) if heights[number] >= DIGIT_HEIGHT * tallest]
    if len(tall) < 2:
        return []
    joined = [[number] for number in tall]
    for number in set(range(len(heights))) - set(tall):
        gaps = [max(edges[other, 0] - edges[number, 1], edges[number, 0] - edges[other, 1]) for other in tall]
        joined[int(np.argmin(gaps))].append(number)
    return [sorted(numbers) for numbers in joined]


def _are_apart(gap: float, first: tuple[float, float], second: tuple[float, float], width: float) -> bool:
    """Whether two neighbours are two digits: clearly apart, at the same height and tall enough.

    first, second: top and bottom of each; width: of both together.
    """
    low, high = sorted((first[1] - first[0], second[1] - second[0]))
    overlap = min(first[1], second[1]) - max(first[0], second[0])
    if low < DIGIT_HEIGHT * high or overlap < 0.5 * low:
        return False
    is_equal = low >= EQUAL_HEIGHT * high and width >= TWO_WIDE * high
    return gap >= (NARROW_GAP if is_equal else CLEAR_GAP) * high
