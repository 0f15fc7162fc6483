"""Connected shapes of ink, how wide strokes are, and making them wider or narrower. NumPy alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .grouping import SLANTS

Ink = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Runs:
    """A mask as its horizontal runs, row by row from the left."""

    row: NDArray[np.intp]  # (n,)
    left: NDArray[np.intp]  # (n,)
    right: NDArray[np.intp]  # (n,), exclusive

    @classmethod
    def of(cls, mask: Mask) -> "Runs":
        height, width = mask.shape
        padded = np.zeros((height, width + 2), np.int8)
        padded[:, 1:-1] = mask
        steps = np.diff(padded.ravel())
        starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
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
            parent[np.maximum(one, other)[apart]] = np.minimum(one, other)[apart]
            while True:
                further = parent[parent]
                if np.array_equal(further, parent):
                    break
                parent = further
        numbers: NDArray[np.intp] = np.unique(parent, return_inverse=True)[1]
        return numbers

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
    def of(cls, mask: Mask, ink: Ink) -> "Shapes":
        runs = Runs.of(mask)
        of_run = runs.labels()
        count = int(of_run.max(initial=-1)) + 1
        of_pixel = np.repeat(of_run, runs.right - runs.left)  # in the mask's order
        labels = np.full(mask.shape, -1, np.int32)
        labels[mask] = of_pixel
        order = np.argsort(of_run, kind="stable")
        firsts = np.searchsorted(of_run[order], np.arange(count))
        if not count:
            none = np.zeros(0)
            return cls(labels, np.zeros((0, 4), int), none.astype(int), none, np.zeros((0, len(SLANTS), 2)))
        row, left, right = runs.row[order], runs.left[order], runs.right[order]
        boxes = np.column_stack(
            [
                np.minimum.reduceat(left, firsts),
                np.minimum.reduceat(row, firsts),
                np.maximum.reduceat(right, firsts),
                np.maximum.reduceat(row, firsts) + 1,
            ]
        )
        across = [slant * row for slant in SLANTS]
        spans = np.stack(
            [
                np.column_stack([np.minimum.reduceat(left + shift, firsts), np.maximum.reduceat(right + shift, firsts)])
                for shift in across
            ],
            axis=1,
        )
        mass = np.bincount(of_pixel, ink[mask]).astype(float)
        return cls(labels, boxes, np.bincount(of_pixel), mass, spans)

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
    padded = np.pad(ink, 1)
    across, down = np.diff(padded, axis=1), np.diff(padded, axis=0)
    sideways, downwards = across[1:] + across[:-1], down[:, 1:] + down[:, :-1]
    edges = np.sqrt(sideways * sideways + downwards * downwards).sum() / 2
    return float(2 * ink.sum() / edges) if edges else 0.0


def widen(ink: Ink, radius: float) -> Ink:
    """Grow strokes by `radius` px on each side: the highest ink within a round neighbourhood.

    Between whole radii the two results are mixed. The picture grows by ceil(radius) px on each side.
    """
    whole, share = int(radius), radius - int(radius)
    pad = whole + (share > 0)
    padded = np.pad(ink, pad)
    grown = _highest_around(padded, whole)
    return grown if not share else (1 - share) * grown + share * _highest_around(padded, whole + 1)


def narrow(ink: Ink, radius: float) -> Ink:
    """Take `radius` px off each side of the strokes; what is too narrow for that stays as it was."""
    pad = int(radius) + 2
    padded = np.pad(ink, pad)
    whole, share = int(radius), radius - int(radius)
    less = -_highest_around(-padded, whole)
    if share:
        less = (1 - share) * less - share * _highest_around(-padded, whole + 1)
    gone = -_highest_around(-padded, pad - 1)  # a stroke that would vanish, or all but
    thin = padded - np.minimum(_highest_around(gone, pad - 1), padded)
    return np.maximum(less, np.where(thin > 0.5 * padded, thin, 0))[pad:-pad, pad:-pad]


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
            row[:, reach:] = np.maximum(row[:, reach:], values[:, :-reach])
            row[:, :-reach] = np.maximum(row[:, :-reach], values[:, reach:])
        if step:
            highest[step:] = np.maximum(highest[step:], row[:-step])
            highest[:-step] = np.maximum(highest[:-step], row[step:])
        else:
            highest = np.maximum(highest, row)
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
