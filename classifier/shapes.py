"""Connected shapes of ink, how wide strokes are, and making them wider or narrower. NumPy alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .grouping import SLANTS

Ink = NDArray[np.float32]
Levels = NDArray[np.uint8 | np.float32]  # ink in whole grey levels where that is exact: a quarter of the memory
Mask = NDArray[np.bool_]

STRIP = 32  # rows that are worked on at a time


@dataclass(frozen=True)
class Runs:
    """A mask as its horizontal runs, row by row from the left."""

    row: NDArray[np.intp]  # (n,)
    left: NDArray[np.intp]  # (n,)
    right: NDArray[np.intp]  # (n,), exclusive

    @classmethod
    def of(cls, mask: Mask) -> "Runs":
        height, width = mask.shape
        padded = np.zeros((height, width + 2), bool)
        padded[:, 1:-1] = mask
        flat = padded.ravel()
        turns = np.flatnonzero(flat[1:] != flat[:-1])  # every row ends without ink, so that starts and ends alternate
        starts, ends = turns[::2], turns[1::2]
        row, left = np.divmod(starts, width + 2)
        return cls(row, left, left + ends - starts)

    def labels(self) -> NDArray[np.intp]:
        """For each run the number, from 0, of the shape it belongs to; runs that touch, also at a corner, share one.

        Source: Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982, on runs.
        """
        below, above = self._touching()
        parent = np.arange(len(self.row))
        while True:
            one, other = parent[below], parent[above]
            apart = one != other
            if not apart.any():
                break
            below, above, one, other = below[apart], above[apart], one[apart], other[apart]
            parent[np.maximum(one, other)] = np.minimum(one, other)
            while True:
                further = parent[parent]
                further = further[further]
                if (further == parent).all():
                    break
                parent = further
        numbers: NDArray[np.intp] = np.cumsum(parent == np.arange(len(parent))) - 1  # of the first run of each shape
        return numbers[parent]

    def _touching(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """All pairs of a run and one that touches it in the row above."""
        line = int(self.right.max(initial=0)) + 2
        before = (self.row - 1) * line
        first = np.searchsorted(self.row * line + self.right, before + self.left, "left")
        last = np.searchsorted(self.row * line + self.left, before + self.right, "right")
        counts = np.maximum(last - first, 0)
        below = np.repeat(np.arange(len(counts)), counts)
        above = np.repeat(first, counts) + np.arange(len(below)) - np.repeat(np.cumsum(counts) - counts, counts)
        return below, above


@dataclass(frozen=True)
class Shapes:
    """The connected shapes of a mask, numbered from 0."""

    labels: NDArray[np.int32]  # (height, width), -1 where there is no ink
    boxes: NDArray[np.intp]  # (n, 4): left, top, right, bottom (exclusive)
    area: NDArray[np.intp]  # (n,), px
    mass: NDArray[np.float64]  # (n,), ink
    spans: NDArray[np.float64]  # (n, slants, 2): leftmost and rightmost edge, seen along each of SLANTS

    @classmethod
    def of(cls, mask: Mask, ink: Levels) -> "Shapes":
        runs = Runs.of(mask)
        of_run = runs.labels()
        count = int(of_run.max(initial=-1)) + 1
        labels = mask.astype(np.int32) - 1  # right for the first shape, which is mostly the only one
        mass = np.array([(ink * mask).sum(dtype=np.float64)])
        if not count:
            none = np.zeros(0)
            return cls(labels, np.zeros((0, 4), int), none.astype(int), none, np.zeros((0, len(SLANTS), 2)))
        if count > 1:
            of_pixel = np.repeat(of_run, runs.right - runs.left)  # in the mask's order
            labels[mask] = of_pixel
            mass = np.bincount(of_pixel, ink[mask])
        order = np.argsort(of_run, kind="stable")
        firsts = np.searchsorted(of_run[order], np.arange(count))
        row, left, right = runs.row[order], runs.left[order], runs.right[order]
        boxes = np.column_stack(
            [
                np.minimum.reduceat(left, firsts),
                np.minimum.reduceat(row, firsts),
                np.maximum.reduceat(right, firsts),
                np.maximum.reduceat(row, firsts) + 1,
            ]
        )
        across = np.multiply.outer(SLANTS, row)  # (slants, runs)
        leftmost = np.minimum.reduceat(left + across, firsts, axis=1)
        rightmost = np.maximum.reduceat(right + across, firsts, axis=1)
        spans = np.stack([leftmost.T, rightmost.T], axis=-1)
        area = np.add.reduceat(right - left, firsts)
        return cls(labels, boxes, area, mass, spans)

    def __len__(self) -> int:
        return len(self.area)

    @property
    def width(self) -> NDArray[np.intp]:
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def height(self) -> NDArray[np.intp]:
        return self.boxes[:, 3] - self.boxes[:, 1]

    def only(self, numbers: NDArray[np.intp]) -> Mask:
        """Where these shapes are."""
        if len(numbers) == len(self):
            return self.labels >= 0
        wanted = np.zeros(len(self) + 1, bool)
        wanted[numbers] = True
        return np.asarray(wanted[self.labels])

    def take(self, numbers: NDArray[np.intp]) -> "Shapes":
        """These alone, numbered anew. numbers: in rising order."""
        if len(numbers) == len(self):
            return self
        anew = np.full(len(self) + 1, -1, np.int32)
        anew[numbers] = np.arange(len(numbers))
        return Shapes(
            anew[self.labels], self.boxes[numbers], self.area[numbers], self.mass[numbers], self.spans[numbers]
        )


def gap_between(one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance in px between boxes (..., 4); 0 where they overlap."""
    across = np.maximum(one[..., 0] - other[..., 2], other[..., 0] - one[..., 2]).clip(0)
    down = np.maximum(one[..., 1] - other[..., 3], other[..., 1] - one[..., 3]).clip(0)
    return np.asarray(np.hypot(across, down))


# --- stroke width -------------------------------------------------------------------------------


def stroke_width(ink: Ink) -> float:
    """Mean width of the strokes in px: twice their area for the length of their edges, both by grey levels.

    The length of the edges is the picture's total variation over its height, so that blurred and soft strokes
    count with the width they have at half their ink. A straight line of 2.8 px has 2.5 by this measure.
    """
    height, width = ink.shape
    steepness = np.empty((height + 1, width + 1), np.float32)
    for top in range(0, height + 1, STRIP):  # what lies in between fits into the processor's cache
        part = ink[max(top - 1, 0) : top + STRIP]
        rows = np.zeros((min(STRIP, height + 1 - top) + 1, width + 2), np.float32)
        first = 1 if top == 0 else 0  # above the first row and below the last there is ground
        rows[first : first + len(part), 1:-1] = part
        across, down = rows[:, 1:] - rows[:, :-1], rows[1:] - rows[:-1]
        sideways, downwards = across[1:] + across[:-1], down[:, 1:] + down[:, :-1]
        sideways *= sideways
        downwards *= downwards
        sideways += downwards
        np.sqrt(sideways, out=steepness[top : top + STRIP])
    edges = steepness.sum() / 2
    return float(2 * ink.sum() / edges) if edges else 0.0


def widen(ink: Ink, radius: float) -> Ink:
    """Grow strokes by `radius` px on each side: the highest ink within a round neighbourhood.

    Between whole radii the two results are mixed. The picture grows by ceil(radius) px on each side.
    """
    whole, share = int(radius), radius - int(radius)
    padded = _with_ground(ink, whole + (share > 0))
    grown = _highest_around(padded, whole)
    return grown if not share else (1 - share) * grown + share * _highest_around(padded, whole + 1)


def narrow(ink: Ink, radius: float) -> Ink:
    """Take `radius` px off each side of the strokes; what is too narrow for that stays as it was."""
    pad = int(radius) + 2
    padded = _with_ground(ink, pad)
    whole, share = int(radius), radius - int(radius)
    less = -_highest_around(-padded, whole)
    if share:
        less = (1 - share) * less - share * _highest_around(-padded, whole + 1)
    gone = -_highest_around(-padded, pad - 1)  # a stroke that would vanish, or all but
    thin = padded - np.minimum(_highest_around(gone, pad - 1), padded)
    return np.maximum(less, np.where(thin > 0.5 * padded, thin, 0))[pad:-pad, pad:-pad]


def _with_ground(ink: Ink, pad: int) -> Ink:
    """With `pad` px of ground on each side."""
    height, width = ink.shape
    padded = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    padded[pad : pad + height, pad : pad + width] = ink
    return padded


def _highest_around(values: Ink, radius: int) -> Ink:
    """The highest value within a disc of `radius` px."""
    if radius <= 0:
        return values
    row, reach = values.copy(), 0
    highest = np.full_like(values, -np.inf)
    for step in range(radius, -1, -1):  # from the disc's first row, the shortest, to its middle
        wanted = int(np.sqrt((radius + 0.5) ** 2 - step**2))
        while reach < wanted:
            reach += 1
            np.maximum(row[:, reach:], values[:, :-reach], out=row[:, reach:])
            np.maximum(row[:, :-reach], values[:, reach:], out=row[:, :-reach])
        if step:
            np.maximum(highest[step:], row[:-step], out=highest[step:])
            np.maximum(highest[:-step], row[step:], out=highest[:-step])
        else:
            np.maximum(highest, row, out=highest)
    return highest


def reduce_keeping_lines(ink: Ink, factor: int, thin: bool) -> Ink:
    """Shrink by a whole factor: by averages, or, where strokes are thinner than a pixel to be, by the highest ink."""
    if factor == 1:
        return ink
    if not thin:
        return np.asarray(Image.fromarray(ink).reduce(factor))
    height, width = (-(-side // factor) for side in ink.shape)
    padded = np.zeros((height * factor, width * factor), np.float32)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return np.asarray(padded.reshape(height, factor, width, factor).max((1, 3)))
