"""Pen strokes: reading them from a request, and drawing them as the picture that is stored.

The browser's pad sends strokes alone; this renderer makes the one picture of them, for the pad, the API
and the generated training digits alike.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .errors import MalformedRequest

MAX_STROKES = 500
MAX_POINTS = 20_000  # in all; a minute of quick scribbling is about 6,000
SIZE_RANGE = (16, 4096)  # of the pad's sides, px
RENDER_MAX_SIDE = 560  # px; larger pads are drawn smaller: the network sees 28 of them
MAX_PAINT = 2e9  # px of canvas that the pen may cover in all, a quarter of a second's work
OVERSAMPLING = 3  # Pillow draws hard edges; shrinking by this makes them soft

Point = tuple[float, float] | tuple[float, float, float]  # x and y in px from the top left, time in ms


@dataclass(frozen=True)
class Sketch:
    """Strokes as drawn on a pad of `width` × `height` px with a round pen `pen` px wide."""

    strokes: list[list[list[float]]]
    width: int
    height: int
    pen: float


def parse_sketch(strokes: Any, size: Any, pen: Any) -> Sketch:  # Any: straight from somebody's JSON
    """Check what a request sent against the limits above.

    strokes: list of strokes, each a list of points [x, y] or [x, y, time in ms]; size: [width, height];
    pen: width of the pen. Points may lie off the pad (a pointer leaves it), but only so far.
    Raises MalformedRequest with the sentence that says what is wrong.
    """
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(_is_number(side) for side in size):
        raise MalformedRequest("size must be [width, height], two numbers.")
    low, high = SIZE_RANGE
    if not all(low <= side <= high for side in size):
        raise MalformedRequest(f"size must lie between {low} and {high} pixels each way.")
    if not _is_number(pen) or not 0.5 <= pen <= min(size) / 2:
        raise MalformedRequest("pen must be a width in pixels, from 0.5 to half the pad.")
    if not isinstance(strokes, list):
        raise MalformedRequest("strokes must be a list of strokes, each a list of [x, y] points.")
    if len(strokes) > MAX_STROKES:
        raise MalformedRequest(f"A drawing may have at most {MAX_STROKES} strokes.")
    if not all(isinstance(stroke, list) for stroke in strokes):
        raise MalformedRequest("Each stroke must be a list of [x, y] points.")
    if sum(len(stroke) for stroke in strokes) > MAX_POINTS:
        raise MalformedRequest(f"A drawing may have at most {MAX_POINTS:,} points.")
    for stroke in strokes:
        for point in stroke:
            _check_point(point)
    sketch = Sketch([stroke for stroke in strokes if stroke], round(size[0]), round(size[1]), float(pen))
    if sum(map(len, strokes)) * (pen * _zoom(sketch)) ** 2 > MAX_PAINT:
        raise MalformedRequest("These are too many points for so wide a pen.")
    return sketch


def read_json(text: str) -> Any:
    """Somebody's JSON. Raises MalformedRequest, also for what Python's reader cannot take (depth, length)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedRequest("The strokes are no JSON that can be read.") from None


def _is_number(value: Any) -> bool:
    """A number that can be reckoned with: JSON has integers of any length, and Python's reader also NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e12 < value < 1e12


def _check_point(point: Any) -> None:
    if not isinstance(point, list) or len(point) not in (2, 3) or not all(_is_number(value) for value in point):
        raise MalformedRequest("Each point must be [x, y] or [x, y, time in ms], all numbers.")
    if max(abs(point[0]), abs(point[1])) > 4 * SIZE_RANGE[1]:
        raise MalformedRequest("A point lies too far off the pad.")


def _zoom(sketch: Sketch) -> float:
    """Pixels of the canvas for one of the pad."""
    return OVERSAMPLING * min(1.0, RENDER_MAX_SIDE / max(sketch.width, sketch.height))


def render(sketch: Sketch) -> NDArray[np.uint8]:
    """Draw strokes with a round pen, soft-edged; a stroke of one point is a dot.

    Returns shape (height, width), 0 ground to 255 ink; when the pad is larger than RENDER_MAX_SIDE, the
    same picture scaled down to it.
    """
    scale = _zoom(sketch) / OVERSAMPLING
    width, height = max(1, round(sketch.width * scale)), max(1, round(sketch.height * scale))
    zoom = _zoom(sketch)
    canvas = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    radius = max(sketch.pen * zoom / 2, 0.5)
    for stroke in sketch.strokes:
        path = [(point[0] * zoom, point[1] * zoom) for point in stroke]
        if len(path) > 1:
            draw.line(path, fill=255, width=max(1, round(2 * radius)))
        end = radius - 0.5  # Pillow's ellipse takes in its box's far edge, its line does not
        for x, y in path:  # round ends and joints
            draw.ellipse((x - end, y - end, x + end, y + end), fill=255)
    return np.asarray(canvas.reduce(OVERSAMPLING))


# --- the pen's way, drawn for the network ----------------------------------------------------------

WAY_STEP = 0.25  # px of the small picture between two points of the way that is drawn
MOST_STEPS = 40_000  # of one way; a scribble longer than ten thousand px of the small picture is black anyway
FINE = 8  # a long way's points are sorted into this many places per px, so that each is drawn once


@dataclass(frozen=True)
class Way:
    """Where the pen went: straight pieces, each from `start` to `start + step`; a tap is a piece of no length."""

    start: NDArray[np.float64]  # (n, 2), x and y in px of the pad
    step: NDArray[np.float64]  # (n, 2)
    stroke: NDArray[np.intp]  # (n,), which stroke each piece belongs to

    @classmethod
    def of(cls, sketch: Sketch) -> "Way | None":
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

    def within(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> "Way | None":
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
        return Way(start, ((leave - enter)[:, None] * self.step)[kept], self.stroke[kept])

    def part(self, kept: NDArray[np.bool_]) -> "Way":
        return Way(self.start[kept], self.step[kept], self.stroke[kept])

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


def draw_way(way: Way, scale: float, pen: float) -> NDArray[np.float32]:
    """Draw a way `scale` times its size with a round pen `pen` px wide, soft-edged by the distance of each pixel.

    The same for every place of the way on the pad. Returns shape (height, width) as small as it fits, 0 ground
    to 255 ink.
    """
    size = scale * way.size + pen
    width, height = np.maximum(np.ceil(size - 1e-6), 1).astype(int)
    points = (way.points(WAY_STEP / scale, MOST_STEPS) - way.low) * scale
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
