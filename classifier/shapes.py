"""Connected shapes of ink, how wide strokes are, and making them wider or narrower. NumPy alone."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .grouping import SLANTS

Ink = NDArray[np.float32]
Levels = NDArray[np.uint8 | np.float32]  # ink in whole grey levels where that is exact: a quarter of the memory
Mask = NDArray[np.bool_]

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
class Shapes:
    """The connected shapes of a mask, numbered from 0."""

    labels: NDArray[np.int8 | np.int32]  # (height, width), -1 where there is no ink
    boxes: NDArray[np.intp]  # (n, 4): left, top, right, bottom (exclusive)
    area: NDArray[np.intp]  # (n,), px
    mass: NDArray[np.float64]  # (n,), ink
    runs: Runs  # of all shapes, shape by shape
    firsts: NDArray[np.intp]  # (n,), where each shape's runs begin

    @classmethod
    def of(cls, mask: Mask, ink: Levels) -> "Shapes":
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
    def _lone(cls, mask: Mask, ink: Levels, runs: Runs) -> "Shapes":
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

    def take(self, numbers: NDArray[np.intp]) -> "Shapes":
        """These alone, numbered anew. numbers: in rising order."""
        if len(numbers) == len(self):
            return self
        anew = np.full(len(self) + 1, -1, np.int32)
        anew[numbers] = np.arange(len(numbers))
        lengths = np.diff(self.firsts, append=len(self.runs.row))
        theirs = np.repeat(anew[:-1] >= 0, lengths)
        runs = Runs(self.runs.row[theirs], self.runs.left[theirs], self.runs.right[theirs])
        firsts = np.cumsum(lengths[numbers]) - lengths[numbers]
        return Shapes(anew[self.labels], self.boxes[numbers], self.area[numbers], self.mass[numbers], runs, firsts)

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


# --- stroke width -------------------------------------------------------------------------------


def stroke_width(ink: Levels) -> float:
    """Mean width of the strokes in px: twice their area for the length of their edges, both by grey levels.

    The length of the edges is the picture's total variation over its height, so that blurred and soft strokes
    count with the width they have at half their ink. A straight line of 2.8 px has 2.5 by this measure.
    """
    edges = (_steepness_of_levels(ink) if ink.dtype == np.uint8 else _steepness(ink)).sum() / 2
    return float(2 * np.float32(ink.sum()) / edges) if edges else 0.0


def _steepness(ink: Levels) -> Ink:
    """How steeply the ink rises between each four pixels, those of ground around it included.

    ink: shape (height, width). Returns shape (height + 1, width + 1), twice the levels for a px.
    """
    height, width = ink.shape
    steepness = np.empty((height + 1, width + 1), np.float32)
    strip = max(1, STRIP // (width + 2))
    for top in range(0, height + 1, strip):
        part = ink[max(top - 1, 0) : top + strip]
        rows = np.zeros((min(strip, height + 1 - top) + 1, width + 2), np.float32)
        first = 1 if top == 0 else 0  # above the first row and below the last there is ground
        rows[first : first + len(part), 1:-1] = part
        across, down = rows[:, 1:] - rows[:, :-1], rows[1:] - rows[:-1]
        sideways, downwards = across[1:] + across[:-1], down[:, 1:] + down[:, :-1]
        sideways *= sideways
        downwards *= downwards
        sideways += downwards
        np.sqrt(sideways, out=steepness[top : top + strip])
    return steepness


def _steepness_of_levels(ink: Levels) -> Ink:
    """The same of whole grey levels, where most of a drawing is even and only its edges need to be looked at."""
    height, width = ink.shape
    line, count = width + 1, (height + 1) * (width + 1)
    flat = np.zeros(count + line + 1, np.uint8)  # one row after another, a px of ground between them
    flat[line + 1 : -line].reshape(height, line)[:, :-1] = ink
    corners = [flat[start : start + count] for start in (0, 1, line, line + 1)]
    uneven = corners[0] != corners[1]
    for corner in corners[2:]:
        uneven |= corners[0] != corner
    at = np.flatnonzero(uneven)
    upper_left, upper_right, lower_left, lower_right = (corner[at].astype(np.float32) for corner in corners)
    falling, rising = lower_right - upper_left, upper_right - lower_left
    steepness = np.zeros(count, np.float32)
    steepness[at] = np.sqrt(2 * (falling * falling + rising * rising))
    return steepness.reshape(height + 1, line)


def widen(ink: Levels, radius: float) -> Ink:
    """Grow strokes by `radius` px on each side: the highest ink within a round neighbourhood.

    Between whole radii the two results are mixed. The picture grows by ceil(radius) px on each side.
    """
    whole, share = int(radius), radius - int(radius)
    padded = _with_ground(ink, whole + (share > 0))
    grown = _around(padded, whole, np.maximum)
    return grown if not share else (1 - share) * grown + share * _around(padded, whole + 1, np.maximum)


def narrow(ink: Levels, radius: float) -> Ink:
    """Take `radius` px off each side of the strokes; what is too narrow for that stays as it was."""
    pad = int(radius) + 2
    padded = _with_ground(ink, pad)
    whole, share = int(radius), radius - int(radius)
    less, gone = _around(padded, whole, np.minimum), _around(padded, whole + 1, np.minimum)
    if share:
        less = (1 - share) * less + share * gone
    thin = padded - np.minimum(_around(gone, whole + 1, np.maximum), padded)  # what would vanish, or all but
    return np.maximum(less, np.where(thin > 0.5 * padded, thin, 0))[pad:-pad, pad:-pad]


def _with_ground(ink: Levels, pad: int) -> Ink:
    """With `pad` px of ground on each side."""
    height, width = ink.shape
    padded = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    padded[pad : pad + height, pad : pad + width] = ink
    return padded


def _around(values: Ink, radius: int, choose: np.ufunc) -> Ink:
    """The highest (by np.maximum) or lowest (np.minimum) value within a disc of `radius` px.

    values: with at least `radius` px of ground on each side, so that rows can be worked on as one line: what is
    taken over the end of one is ground, as that pixel is itself.
    """
    if radius <= 0:
        return values
    line, flat = values.shape[1], values.ravel()
    row, chosen, reach = flat.copy(), flat.copy(), 0
    for step in range(radius, -1, -1):  # from the disc's first row, the shortest, to its middle
        wanted = int(math.sqrt((radius + 0.5) ** 2 - step**2))
        while reach < wanted:
            reach += 1
            choose(row[reach:], flat[:-reach], out=row[reach:])
            choose(row[:-reach], flat[reach:], out=row[:-reach])
        if step:
            choose(chosen[step * line :], row[: -step * line], out=chosen[step * line :])
            choose(chosen[: -step * line], row[step * line :], out=chosen[: -step * line])
        else:
            choose(chosen, row, out=chosen)
    return chosen.reshape(values.shape)


def reduce_keeping_lines(ink: Levels, factor: int, thin: bool) -> Levels:
    """Shrink by a whole factor: by averages, or, where strokes are thinner than a pixel to be, by the highest ink."""
    if factor == 1:
        return ink
    if not thin:
        return np.asarray(as_image(ink).reduce(factor))
    height, width = (-(-side // factor) for side in ink.shape)
    padded = np.zeros((height * factor, width * factor), ink.dtype)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return np.asarray(padded.reshape(height, factor, width, factor).max((1, 3)))


def as_image(ink: Levels) -> Image.Image:
    """For Pillow, in fractions."""
    image = Image.fromarray(ink)
    return image.convert("F") if ink.dtype == np.uint8 else image  # a quarter to copy
