"""Pen strokes: reading them from a request, and drawing them as the picture that is stored.

The browser's pad sends strokes alone; this renderer makes the one picture of them, for the pad, the API
and the generated training digits alike.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..errors import InvalidInput

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
    Raises InvalidInput with the sentence that says what is wrong.
    """
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(_is_number(side) for side in size):
        raise InvalidInput("size must be [width, height], two numbers.")
    low, high = SIZE_RANGE
    if not all(low <= side <= high for side in size):
        raise InvalidInput(f"size must lie between {low} and {high} pixels each way.")
    if not _is_number(pen) or not 0.5 <= pen <= min(size) / 2:
        raise InvalidInput("pen must be a width in pixels, from 0.5 to half the pad.")
    if not isinstance(strokes, list):
        raise InvalidInput("strokes must be a list of strokes, each a list of [x, y] points.")
    if len(strokes) > MAX_STROKES:
        raise InvalidInput(f"A drawing may have at most {MAX_STROKES} strokes.")
    if not all(isinstance(stroke, list) for stroke in strokes):
        raise InvalidInput("Each stroke must be a list of [x, y] points.")
    if sum(len(stroke) for stroke in strokes) > MAX_POINTS:
        raise InvalidInput(f"A drawing may have at most {MAX_POINTS:,} points.")
    for stroke in strokes:
        for point in stroke:
            _check_point(point)
    sketch = Sketch([stroke for stroke in strokes if stroke], round(size[0]), round(size[1]), float(pen))
    if sum(map(len, strokes)) * (pen * _zoom(sketch)) ** 2 > MAX_PAINT:
        raise InvalidInput("These are too many points for so wide a pen.")
    return sketch


def read_json(text: str) -> Any:
    """Somebody's JSON. Raises InvalidInput, also for what Python's reader cannot take (depth, length)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The strokes are no JSON that can be read.") from None


def _is_number(value: Any) -> bool:
    """A number that can be reckoned with: JSON has integers of any length, and Python's reader also NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e12 < value < 1e12


def _check_point(point: Any) -> None:
    if not isinstance(point, list) or len(point) not in (2, 3) or not all(_is_number(value) for value in point):
        raise InvalidInput("Each point must be [x, y] or [x, y, time in ms], all numbers.")
    if max(abs(point[0]), abs(point[1])) > 4 * SIZE_RANGE[1]:
        raise InvalidInput("A point lies too far off the pad.")


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
