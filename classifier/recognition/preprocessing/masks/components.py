"""Connected components of a mask: their extents, neighbours and position at the border."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Levels, Mask
from ..segmentation import SLANTS
from .runs import Runs


@dataclass(frozen=True)
class Components:
    """The n connected components of a mask, numbered from 0; pixels that touch at a corner are connected."""

    labels: NDArray[np.int8 | np.int32]  # (height, width), -1 for background
    boxes: NDArray[np.intp]  # (n, 4): left, top, right, bottom (exclusive)
    area: NDArray[np.intp]  # (n,), px
    mass: NDArray[np.float64]  # (n,), sum of the ink
    runs: Runs  # of all components, one after another
    firsts: NDArray[np.intp]  # (n,), index of each component's first run

    @classmethod
    def of(cls, mask: Mask, ink: Levels) -> "Components":
        """mask, ink: shape (height, width)."""
        runs = Runs.of(mask)
        of_run = runs.labels()
        count = int(of_run.max(initial=-1)) + 1
        if count < 2:
            return cls._single(mask, ink, runs)
        of_pixel = np.repeat(of_run, runs.right - runs.left)  # in the order of the mask's pixels
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
    def _single(cls, mask: Mask, ink: Levels, runs: Runs) -> "Components":
        """One component, as in most drawings, or none: faster, because nothing needs sorting."""
        labels = mask.view(np.int8) - np.int8(1)
        if not len(runs.row):
            empty = np.zeros(0, int)
            return cls(labels, np.zeros((0, 4), int), empty, np.zeros(0), runs, empty)
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

    @property
    def longer_side(self) -> NDArray[np.intp]:
        return np.maximum(self.width, self.height)

    def only(self, numbers: NDArray[np.intp]) -> Mask:
        """The mask of some components."""
        if len(numbers) == len(self):
            return self.labels >= 0
        wanted = np.zeros(len(self) + 1, bool)
        wanted[numbers] = True
        return np.asarray(wanted[self.labels])

    def take(self, numbers: NDArray[np.intp]) -> "Components":
        """Some components, renumbered. numbers: in ascending order."""
        if len(numbers) == len(self):
            return self
        new_numbers = np.full(len(self) + 1, -1, np.int32)
        new_numbers[numbers] = np.arange(len(numbers))
        lengths = np.diff(self.firsts, append=len(self.runs.row))
        wanted = np.repeat(new_numbers[:-1] >= 0, lengths)
        return Components(
            labels=new_numbers[self.labels],
            boxes=self.boxes[numbers],
            area=self.area[numbers],
            mass=self.mass[numbers],
            runs=Runs(self.runs.row[wanted], self.runs.left[wanted], self.runs.right[wanted]),
            firsts=np.cumsum(lengths[numbers]) - lengths[numbers],
        )

    @property
    def spans(self) -> NDArray[np.float64]:
        """The leftmost and rightmost edge of each component along each of SLANTS, shape (n, slants, 2), px."""
        across = np.multiply.outer(SLANTS, self.runs.row)  # (slants, runs)
        leftmost = np.minimum.reduceat(self.runs.left + across, self.firsts, axis=1)
        rightmost = np.maximum.reduceat(self.runs.right + across, self.firsts, axis=1)
        return np.stack([leftmost.T, rightmost.T], axis=-1)


def gap_between(boxes: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.float64]:
    """The distance in px between boxes (..., 4); 0 where they overlap."""
    across = np.maximum(boxes[..., 0] - others[..., 2], others[..., 0] - boxes[..., 2]).clip(0)
    down = np.maximum(boxes[..., 1] - others[..., 3], others[..., 1] - boxes[..., 3]).clip(0)
    return np.asarray(np.hypot(across, down))


def touches_border(components: Components, margin: int = 0) -> NDArray[np.bool_]:
    """Which components come within `margin` px of the picture's border, shape (n,)."""
    height, width = components.labels.shape
    low = components.boxes[:, :2] <= margin
    high = components.boxes[:, 2:] >= np.array([width, height]) - margin
    return np.asarray(low.any(1) | high.any(1))


def border_length(components: Components) -> NDArray[np.intp]:
    """The most px of one side of the picture that each component covers, shape (n,)."""
    labels = components.labels
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.asarray(np.max([np.bincount(side[side >= 0], minlength=len(components)) for side in sides], axis=0))
