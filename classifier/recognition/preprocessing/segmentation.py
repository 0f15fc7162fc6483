"""Which shapes of ink, or strokes, make one digit, and which stand in a row as the digits of a number.

Conservative: a digit whose strokes do not touch (a 5 with its cap apart, an open 4) must stay whole, so that
only what stands clearly beside each other, and is about equally tall, is cut.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_DIGITS = 12  # of one number; what would fall into more is read as one
MOST_PARTS = 60  # of more, nothing is cut: these are no digits

SLANTS = (0.0, 0.2, 0.4, -0.15)  # px to the right for each px up: numbers are written upright or slanting

# Shares of the row's height. A part of a digit is mostly lower than the digit, or hardly apart from the rest.
DIGIT_HEIGHT = 0.55  # the least height of a digit beside the tallest
CLEAR_GAP = 0.12  # between two digits
NARROW_GAP = 0.05  # between two that are also equally tall and, together, wider than any single digit
EQUAL_HEIGHT = 0.75
TWO_WIDE = 1.1  # width for its height from which a row can hardly be one digit
SPECK = 0.1  # what is smaller than this both ways is no part of a digit, unless close to it


@dataclass(frozen=True)
class Parts:
    """What is to be grouped: n shapes or strokes."""

    boxes: NDArray[np.float64]  # (n, 4): left, top, right, bottom
    spans: NDArray[np.float64]  # (n, k, 2): leftmost and rightmost edge along each of SLANTS


@dataclass(frozen=True)
class Segmentation:
    """Numbers of the parts of each digit, from left to right, and of those left out."""

    digits: list[NDArray[np.intp]]
    others: NDArray[np.intp]
    large: int  # how many large separate groups there are, also where they were not cut


ALONE = Segmentation([np.zeros(1, int)], np.zeros(0, int), 1)  # of a single part


def group(parts: Parts, *, one_digit: bool) -> Segmentation:
    """Find the digits. one_digit: everything belongs to one, however far apart it stands."""
    if len(parts.boxes) == 1:
        return ALONE
    kept, others = _without_specks(parts)
    if len(kept) > MOST_PARTS:
        return Segmentation([kept], others, 1)
    best = max((_row_along(parts, kept, slant) for slant in range(parts.spans.shape[1])), key=len)
    if not 1 < len(best) <= MAX_DIGITS or one_digit:
        return Segmentation([kept], others, len(best))
    return Segmentation(best, others, len(best))


def _without_specks(parts: Parts) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """What is tiny beside the tallest part and stands away from all larger ones is left out."""
    numbers = np.arange(len(parts.boxes))
    size = np.maximum(parts.boxes[:, 2] - parts.boxes[:, 0], parts.boxes[:, 3] - parts.boxes[:, 1])
    small = size < SPECK * size.max()
    large = parts.boxes[~small]
    if small.sum() > MOST_PARTS or not small.any():
        return numbers, numbers[:0]
    for number in numbers[small]:
        left, top, right, bottom = parts.boxes[number]
        across = np.maximum(large[:, 0] - right, left - large[:, 2]).clip(0)
        down = np.maximum(large[:, 1] - bottom, top - large[:, 3]).clip(0)
        small[number] = bool(np.hypot(across, down).min() > SPECK * size.max())
    return numbers[~small], numbers[small]


def _row_along(parts: Parts, kept: NDArray[np.intp], slant: int) -> list[NDArray[np.intp]]:
    """The digits of a row, seen along one slant: one group when it is not clearly cut."""
    spans, boxes = parts.spans[kept, slant], parts.boxes[kept]
    order = np.argsort(spans[:, 0])
    reach = np.maximum.accumulate(spans[order, 1])
    starts = np.flatnonzero(np.r_[True, spans[order, 0][1:] > reach[:-1]])
    groups = np.split(order, starts[1:])
    if len(groups) < 2:
        return [kept]
    tops = np.array([boxes[some, 1].min() for some in groups])
    bottoms = np.array([boxes[some, 3].max() for some in groups])
    edges = np.array([[spans[some, 0].min(), spans[some, 1].max()] for some in groups])
    heights = bottoms - tops
    tallest = max(float(heights.max()), float(np.diff(edges).max()) / 3)  # of dashes the height says nothing
    tall = [number for number in range(len(groups)) if heights[number] >= DIGIT_HEIGHT * tallest]
    if len(tall) < 2:
        return [kept]
    merged = [[number] for number in tall]  # lower ones belong to their nearer neighbour, as a cap or bar apart
    for number in set(range(len(groups))) - set(tall):
        gaps = [max(edges[other, 0] - edges[number, 1], edges[number, 0] - edges[other, 1]) for other in tall]
        merged[int(np.argmin(gaps))].append(number)
    digits = [sorted(some) for some in merged]
    row = [digits[0]]
    for some in digits[1:]:
        before = row[-1]
        gap = edges[some, 0].min() - edges[before, 1].max()
        both = [*before, *some]
        width = edges[both, 1].max() - edges[both, 0].min()
        if _stand_apart(gap, tops[before].min(), bottoms[before].max(), tops[some].min(), bottoms[some].max(), width):
            row.append(some)
        else:
            row[-1] = both
    return [np.sort(kept[np.concatenate([groups[number] for number in some])]) for some in row]


def _stand_apart(gap: float, top: float, bottom: float, other_top: float, other_bottom: float, width: float) -> bool:
    """Whether two neighbours are two digits: clearly apart, at the same height, tall enough."""
    low, high = sorted((bottom - top, other_bottom - other_top))
    beside = min(bottom, other_bottom) - max(top, other_top)
    if low < DIGIT_HEIGHT * high or beside < 0.5 * low:
        return False
    equal = low >= EQUAL_HEIGHT * high and width >= TWO_WIDE * high
    return gap >= (NARROW_GAP if equal else CLEAR_GAP) * high
