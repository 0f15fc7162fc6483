"""The path of the pen, and its picture for the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .strokes import Sketch

PATH_STEP = 0.25  # px of the picture between two points of a drawn path
MAX_POINTS = 40_000  # of one path; a scribble longer than 10,000 px of the picture is black anyway
GRID = 8  # places per px to which the points of a long path are rounded, so each is drawn once


@dataclass(frozen=True)
class PenPath:
    """The n straight segments of the pen's path, from `start` to `start + step`; a tap is a segment of length 0."""

    start: NDArray[np.float64]  # (n, 2), x and y in px of the pad
    step: NDArray[np.float64]  # (n, 2)
    stroke: NDArray[np.intp]  # (n,), the stroke of each segment

    @classmethod
    def of(cls, sketch: Sketch) -> "PenPath | None":
        """The part of a sketch on its pad; None if there is no such part."""
        lengths = np.array([len(stroke) for stroke in sketch.strokes], int)
        if not lengths.sum():
            return None
        numbers = (value for stroke in sketch.strokes for point in stroke for value in (point[0], point[1]))
        points = np.fromiter(numbers, float, 2 * lengths.sum()).reshape(-1, 2)
        stroke = np.repeat(np.arange(len(lengths)), lengths)
        ends = np.r_[stroke[1:] != stroke[:-1], True]  # the last point of each stroke
        step = np.where(ends[:, None], 0, np.roll(points, -1, 0) - points)
        needed = ~ends | np.repeat(lengths == 1, lengths)
        reach = sketch.pen / 2
        return cls(points[needed], step[needed], stroke[needed]).within(
            np.array([-reach, -reach]), np.array([sketch.width + reach, sketch.height + reach])
        )

    def within(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> "PenPath | None":
        """The part inside a rectangle, edges included; None if it is empty. low, high: (2,), x and y.

        Source: Liang and Barsky, "A new concept and method for line clipping", 1984.
        """
        if (self.low >= low).all() and (self.high <= high).all():  # as nearly always
            return self
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.stack([(low - self.start) / self.step, (high - self.start) / self.step])  # (2, n, 2)
        still = self.step == 0
        enter = np.where(still, 0, shares.min(0)).max(1).clip(0, None)
        leave = np.where(still, 1, shares.max(0)).min(1).clip(None, 1)
        beside = (still & ((self.start < low) | (self.start > high))).any(1)
        kept = (enter <= leave) & ~beside
        if not kept.any():
            return None
        start = (self.start + enter[:, None] * self.step)[kept]
        return PenPath(start, ((leave - enter)[:, None] * self.step)[kept], self.stroke[kept])

    def part(self, kept: NDArray[np.bool_]) -> "PenPath":
        """Some of the segments. kept: (n,)."""
        return PenPath(self.start[kept], self.step[kept], self.stroke[kept])

    @property
    def is_one_stroke(self) -> bool:
        """Whether all segments are of the same stroke; they are in the order of the strokes."""
        return bool(self.stroke[0] == self.stroke[-1])

    @property
    def low(self) -> NDArray[np.float64]:
        """Left and top, (2,)."""
        return np.asarray(np.minimum(self.start, self.start + self.step).min(0))

    @property
    def high(self) -> NDArray[np.float64]:
        """Right and bottom, (2,)."""
        return np.asarray(np.maximum(self.start, self.start + self.step).max(0))

    @property
    def size(self) -> NDArray[np.float64]:
        """Width and height of the path, without the width of the pen, (2,)."""
        return self.high - self.low

    @property
    def length(self) -> float:
        """Of all segments together, px."""
        return float(np.hypot(self.step[:, 0], self.step[:, 1]).sum())

    def stroke_extents(self, slants: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The bounding box of each stroke, and its leftmost and rightmost edge along each slant.

        slants: px to the right for each px up. Returns boxes, (strokes, 4): left, top, right, bottom, and spans,
        (strokes, slants, 2).
        """
        firsts = np.flatnonzero(np.r_[True, self.stroke[1:] != self.stroke[:-1]])
        ends = np.stack([self.start, self.start + self.step])  # (2, n, 2)
        edges = []
        for values in (*(ends[..., 0] + slant * ends[..., 1] for slant in (0.0, *slants)), ends[..., 1]):
            edges.append((np.minimum.reduceat(values.min(0), firsts), np.maximum.reduceat(values.max(0), firsts)))
        (left, right), *along, (top, bottom) = edges
        return np.column_stack([left, top, right, bottom]), np.stack([np.column_stack(pair) for pair in along], 1)

    def points(self, apart: float, most: int) -> NDArray[np.float64]:
        """Points along the path, (m, 2), at most `apart` px from one to the next, unless m would exceed `most`."""
        lengths = np.hypot(self.step[:, 0], self.step[:, 1])
        apart = max(apart, float(lengths.sum()) / most)
        counts = np.ceil(lengths / apart).astype(int) + 1
        segment = np.repeat(np.arange(len(counts)), counts)
        position = np.arange(len(segment)) - np.repeat(np.cumsum(counts) - counts, counts)
        share = position / np.maximum(counts - 1, 1)[segment]
        along: NDArray[np.float64] = self.start[segment] + share[:, None] * self.step[segment]
        return along


def draw_path(path: PenPath, scale: float, pen: float) -> NDArray[np.float32]:
    """Draws a path at `scale` times its size with a round pen `pen` px wide.

    The grey level of a pixel follows from its distance to the path. The position of the path on the pad makes no
    difference. Returns the smallest shape (height, width) that fits, 0 background to 255 ink.
    """
    size = scale * path.size + pen
    width, height = np.maximum(np.ceil(size - 1e-6), 1).astype(int)
    points = (path.points(PATH_STEP / scale, MAX_POINTS) - path.low) * scale
    if len(points) > MAX_POINTS // 10:
        points = np.asarray(np.unique(np.rint(points * GRID), axis=0) / GRID)
    shifted = (points + (np.array([width, height]) - size + pen) / 2 - 0.5).astype(np.float32)  # px of the picture
    nearest = np.full((height, width), np.inf, np.float32)
    for begin in range(0, len(shifted), 1024):
        chunk = shifted[begin : begin + 1024]
        across = (np.arange(width, dtype=np.float32)[:, None] - chunk[:, 0]) ** 2
        down = (np.arange(height, dtype=np.float32)[:, None] - chunk[:, 1]) ** 2
        np.minimum(nearest, (down[:, None] + across).min(-1), out=nearest)
    return np.asarray(255 * np.clip(pen / 2 + 0.5 - np.sqrt(nearest), 0, 1), np.float32)
