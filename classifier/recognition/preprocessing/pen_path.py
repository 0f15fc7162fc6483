"""The path of the pen, and drawing it for the network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .strokes import Sketch

PATH_STEP = 0.25  # px of the small picture between two points of the way that is drawn
MOST_STEPS = 40_000  # of one way; a scribble longer than ten thousand px of the small picture is black anyway
FINE = 8  # a long way's points are sorted into this many places per px, so that each is drawn once


@dataclass(frozen=True)
class PenPath:
    """Where the pen went: straight pieces, each from `start` to `start + step`; a tap is a piece of no length."""

    start: NDArray[np.float64]  # (n, 2), x and y in px of the pad
    step: NDArray[np.float64]  # (n, 2)
    stroke: NDArray[np.intp]  # (n,), which stroke each piece belongs to

    @classmethod
    def of(cls, sketch: Sketch) -> "PenPath | None":
        """What of a sketch lies on its pad; None when nothing does."""
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
        """The part inside a rectangle, edges included. Source: Liang and Barsky's clipping of lines, 1984."""
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
        return PenPath(self.start[kept], self.step[kept], self.stroke[kept])

    @property
    def low(self) -> NDArray[np.float64]:
        """Left and top, shape (2,)."""
        return np.asarray(np.minimum(self.start, self.start + self.step).min(0))

    @property
    def high(self) -> NDArray[np.float64]:
        """Right and bottom, shape (2,)."""
        return np.asarray(np.maximum(self.start, self.start + self.step).max(0))

    @property
    def size(self) -> NDArray[np.float64]:
        """Width and height of the way itself, without the pen's, shape (2,)."""
        return self.high - self.low

    @property
    def length(self) -> float:
        return float(np.hypot(self.step[:, 0], self.step[:, 1]).sum())

    def stroke_extents(self, slants: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The box of each stroke and its leftmost and rightmost edge along each slant (px to the right per px up).

        Returns boxes, shape (strokes, 4): left, top, right, bottom, and spans, shape (strokes, slants, 2).
        """
        firsts = np.flatnonzero(np.r_[True, self.stroke[1:] != self.stroke[:-1]])
        ends = np.stack([self.start, self.start + self.step])  # (2, n, 2)
        edges = []
        for values in (*(ends[..., 0] + slant * ends[..., 1] for slant in (0.0, *slants)), ends[..., 1]):
            edges.append((np.minimum.reduceat(values.min(0), firsts), np.maximum.reduceat(values.max(0), firsts)))
        (left, right), *along, (top, bottom) = edges
        return np.column_stack([left, top, right, bottom]), np.stack([np.column_stack(pair) for pair in along], 1)

    def points(self, apart: float, most: int) -> NDArray[np.float64]:
        """Points along the way, at most `apart` from one to the next unless that made more than about `most`.

        Returns shape (m, 2).
        """
        lengths = np.hypot(self.step[:, 0], self.step[:, 1])
        apart = max(apart, float(lengths.sum()) / most)
        counts = np.ceil(lengths / apart).astype(int) + 1
        piece = np.repeat(np.arange(len(counts)), counts)
        position = np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)
        share = position / np.maximum(counts - 1, 1)[piece]
        along: NDArray[np.float64] = self.start[piece] + share[:, None] * self.step[piece]
        return along


def draw_path(way: PenPath, scale: float, pen: float) -> NDArray[np.float32]:
    """Draw a way `scale` times its size with a round pen `pen` px wide, soft-edged by the distance of each pixel.

    The same for every place of the way on the pad. Returns shape (height, width) as small as it fits, 0 ground
    to 255 ink.
    """
    size = scale * way.size + pen
    width, height = np.maximum(np.ceil(size - 1e-6), 1).astype(int)
    points = (way.points(PATH_STEP / scale, MOST_STEPS) - way.low) * scale
    if len(points) > MOST_STEPS // 10:
        points = np.asarray(np.unique(np.rint(points * FINE), axis=0) / FINE)
    shifted = (points + (np.array([width, height]) - size + pen) / 2 - 0.5).astype(np.float32)  # in px of the picture
    nearest = np.full((height, width), np.inf, np.float32)
    for begin in range(0, len(shifted), 1024):
        some = shifted[begin : begin + 1024]
        across = (np.arange(width, dtype=np.float32)[:, None] - some[:, 0]) ** 2
        down = (np.arange(height, dtype=np.float32)[:, None] - some[:, 1]) ** 2
        np.minimum(nearest, (down[:, None] + across).min(-1), out=nearest)
    return np.asarray(255 * np.clip(pen / 2 + 0.5 - np.sqrt(nearest), 0, 1), np.float32)
