"""Pen strokes: their validation, and the picture of them.

Strokes are what the browser's pad sends. This renderer is the only one, for the pad, the API and the generated
training digits.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..errors import InvalidInput

MAX_STROKES = 500
MAX_POINTS = 20_000  # of all strokes; a minute of quick scribbling makes about 6,000
SIZE_RANGE = (16, 4096)  # of the pad's sides, px
RENDER_MAX_SIDE = 560  # px; larger pads are drawn smaller
FAR_OFF = 4 * SIZE_RANGE[1]  # px from the corner of the pad to a point, at most
MAX_PAINT = 2e9  # px of canvas that the pen may cover, a quarter of a second's work
OVERSAMPLING = 3  # Pillow draws hard edges; shrinking by this makes them soft

Point = tuple[float, float] | tuple[float, float, float]  # x and y in px from the top left, time in ms


@dataclass(frozen=True)
class Sketch:
    """Strokes as drawn on a pad of `width` × `height` px with a round pen `pen` px wide."""

    strokes: list[list[list[float]]]  # each a list of points [x, y] or [x, y, time in ms]
    width: int
    height: int
    pen: float


def parse_sketch(strokes: Any, size: Any, pen: Any) -> Sketch:  # Any: parsed from untrusted JSON
    """Validates strokes against the limits above.

    strokes: a list of strokes, each a list of points [x, y] or [x, y, time in ms]; size: [width, height] of the pad in
    px; pen: width of the pen in px. Points may lie off the pad, as a pointer can leave it, but only so far.
    Raises InvalidInput with a sentence that says what is wrong.
    """
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(_is_number(side) for side in size):
        raise InvalidInput("size must be [width, height], two numbers.")
    low, high = SIZE_RANGE
    if not all(low <= side <= high for side in size):
        raise InvalidInput(f"size must be from {low} to {high} pixels on both sides.")
    if not _is_number(pen) or not 0.5 <= pen <= min(size) / 2:
        raise InvalidInput("pen must be a width in pixels, from 0.5 to half the shorter side of the pad.")
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
        raise InvalidInput("This drawing has too many points for so wide a pen.")
    return sketch


def read_json(text: str) -> Any:
    """Parses untrusted JSON. Raises InvalidInput, also for what Python cannot parse (nesting, long numbers)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The strokes are not valid JSON.") from None


def _is_number(value: Any) -> bool:
    """Whether a value is a usable number: JSON has integers of any length, and Python also parses NaN."""
    return isinstance(value, (int, float)) and type(value) is not bool and -1e12 < value < 1e12


def _check_point(point: Any) -> None:
    if not isinstance(point, list) or len(point) not in (2, 3) or not all(map(_is_number, point)):
        raise InvalidInput("Each point must be [x, y] or [x, y, time in ms], all numbers.")
    if not (-FAR_OFF <= point[0] <= FAR_OFF and -FAR_OFF <= point[1] <= FAR_OFF):
        raise InvalidInput("A point is too far off the pad.")


def _zoom(sketch: Sketch) -> float:
    """The number of pixels of the canvas for each px of the pad."""
    return OVERSAMPLING * min(1.0, RENDER_MAX_SIDE / max(sketch.width, sketch.height))


def render(sketch: Sketch) -> NDArray[np.uint8]:
    """Draws strokes with a round pen and soft edges; a stroke of one point is a dot.

    Returns shape (height, width), 0 background to 255 ink, scaled down to RENDER_MAX_SIDE if the pad is larger.
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
        end = radius - 0.5  # Pillow's ellipse includes the far edge of its box, its line does not
        for x, y in path:  # round ends and joints
            draw.ellipse((x - end, y - end, x + end, y + end), fill=255)
    return np.asarray(canvas.reduce(OVERSAMPLING))
