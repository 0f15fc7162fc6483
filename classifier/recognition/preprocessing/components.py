"""Connected components of a mask, their extents and neighbours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arrays import Levels, Mask
from .segmentation import SLANTS

STRIP = 2**14  # px that are worked on at a time, in whole rows: they fit into the processor's cache


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
        first, counts = self._above()
        if np.count_nonzero(counts) + 1 >= len(counts):  # all hang down from the first
            return np.zeros(len(counts), int)
        itself = np.arange(len(counts))
        parent = np.where(counts > 0, first, itself)
        for _ in range(int(self.row[-1] - self.row[0]).bit_length()):  # to where each line of parents begins
            parent = parent[parent]
        further = np.maximum(counts - 1, 0)  # few runs touch more than one above
        below = np.repeat(itself, further)
        above = np.repeat(first + 1 + further - np.cumsum(further), further) + np.arange(len(below))
        while True:
            one, other = parent[below], parent[above]
            apart = one != other
            if not apart.any():
                break
            below, above, one, other = below[apart], above[apart], one[apart], other[apart]
            parent[np.maximum(one, other)] = np.minimum(one, other)
            while True:
                further = parent[parent]
                if (further == parent).all():
                    break
                parent = further
        numbers: NDArray[np.intp] = np.cumsum(parent == itself) - 1  # of the first run of each shape
        return numbers[parent]

    def _above(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """For each run the first that touches it in the row above, and how many do."""
        line = int(self.right.max(initial=0)) + 2
        start = self.row * line
        first = np.searchsorted(start + self.right, start + (self.left - line), "left")
        last = np.searchsorted(start + self.left, start + (self.right - line), "right")
        return first, np.maximum(last - first, 0)


@dataclass(frozen=True)
class Components:
    """The connected shapes of a mask, numbered from 0."""

    labels: NDArray[np.int8 | np.int32]  # (height, width), -1 where there is no ink
    boxes: NDArray[np.intp]  # (n, 4): left, top, right, bottom (exclusive)
    area: NDArray[np.intp]  # (n,), px
    mass: NDArray[np.float64]  # (n,), ink
    runs: Runs  # of all shapes, shape by shape
    firsts: NDArray[np.intp]  # (n,), where each shape's runs begin

    @classmethod
    def of(cls, mask: Mask, ink: Levels) -> "Components":
        runs = Runs.of(mask)
        of_run = runs.labels()
        count = int(of_run.max(initial=-1)) + 1
        if count < 2:
            return cls._lone(mask, ink, runs)
        of_pixel = np.repeat(of_run, runs.right - runs.left)  # in the mask's order
        labels = np.full(mask.shape, -1, np.int32)
        labels[mask] = of_pixel
        mass = np.asarray(np.bincount(of_pixel, ink[mask]), float)
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
        area = np.add.reduceat(right - left, firsts)
        return cls(labels, boxes, area, mass, Runs(row, left, right), firsts)

    @classmethod
    def _lone(cls, mask: Mask, ink: Levels, runs: Runs) -> "Components":
        """The only shape, as of most drawings, or none: there is nothing to sort."""
        labels = mask.view(np.int8) - np.int8(1)
        if not len(runs.row):
            none = np.zeros(0, int)
            return cls(labels, np.zeros((0, 4), int), none, np.zeros(0), runs, none)
        box = [runs.left.min(), runs.row[0], runs.right.max(), runs.row[-1] + 1]
        area = [(runs.right - runs.left).sum()]
        mass = (ink * mask).sum(dtype=np.uint32 if ink.dtype == np.uint8 else np.float64)
        return cls(labels, np.array([box]), np.array(area), np.array([mass], float), runs, np.zeros(1, int))

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

    def take(self, numbers: NDArray[np.intp]) -> "Components":
        """These alone, numbered anew. numbers: in rising order."""
        if len(numbers) == len(self):
            return self
        anew = np.full(len(self) + 1, -1, np.int32)
        anew[numbers] = np.arange(len(numbers))
        lengths = np.diff(self.firsts, append=len(self.runs.row))
        theirs = np.repeat(anew[:-1] >= 0, lengths)
        runs = Runs(self.runs.row[theirs], self.runs.left[theirs], self.runs.right[theirs])
        firsts = np.cumsum(lengths[numbers]) - lengths[numbers]
        return Components(anew[self.labels], self.boxes[numbers], self.area[numbers], self.mass[numbers], runs, firsts)

    @property
    def spans(self) -> NDArray[np.float64]:
        """Leftmost and rightmost edge of each, seen along each of SLANTS, shape (n, slants, 2)."""
        across = np.multiply.outer(SLANTS, self.runs.row)  # (slants, runs)
        leftmost = np.minimum.reduceat(self.runs.left + across, self.firsts, axis=1)
        rightmost = np.maximum.reduceat(self.runs.right + across, self.firsts, axis=1)
        return np.stack([leftmost.T, rightmost.T], axis=-1)


def gap_between(one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance in px between boxes (..., 4); 0 where they overlap."""
    across = np.maximum(one[..., 0] - other[..., 2], other[..., 0] - one[..., 2]).clip(0)
    down = np.maximum(one[..., 1] - other[..., 3], other[..., 1] - one[..., 3]).clip(0)
    return np.asarray(np.hypot(across, down))


def touches_border(shapes: Components, margin: int = 0) -> NDArray[np.bool_]:
    """Which shapes reach the picture's border, shape (n,)."""
    height, width = shapes.labels.shape
    low, high = shapes.boxes[:, :2] <= margin, shapes.boxes[:, 2:] >= np.array([width, height]) - margin
    return np.asarray(low.any(1) | high.any(1))


def along_border(shapes: Components) -> NDArray[np.intp]:
    """How many px of one side of the picture each shape holds, shape (n,)."""
    labels = shapes.labels
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.asarray(np.max([np.bincount(side[side >= 0], minlength=len(shapes)) for side in sides], axis=0))


def grow(mask: Mask, reach: int) -> Mask:
    """Every pixel within `reach` px of the mask, along both axes: by windows of doubling length."""
    height, width = mask.shape
    line, window = width + 2 * reach, 2 * reach + 1
    padded = np.zeros((height + 2 * reach, line), bool)
    padded[reach : reach + height, reach : reach + width] = mask
    # Row after row in one line: long runs are quick. A window that begins in its row's first `width` px ends there.
    grown = padded.ravel()
    for stride in (1, line):
        length = 1
        while length < window:
            step = min(length, window - length)
            grown = grown[: -step * stride] | grown[step * stride :]
            length += step
    whole = np.zeros(height * line, bool)
    whole[: len(grown)] = grown[: height * line]
    return whole.reshape(height, line)[:, :width]
