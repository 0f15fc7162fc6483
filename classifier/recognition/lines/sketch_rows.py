"""The rows of a sketch: lines of strokes that are clearly above one another."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..errors import NoInk
from ..preprocessing.pen_path import PenPath
from ..preprocessing.strokes import Sketch
from .pen_direction import APART, PEN, draw_directions
from .rows import Pen, Row, band

HEIGHT = 48  # px of the digits in the ink of a row
LOWEST = 1 / 12  # of its width: a row as low as that is a dash, and its height says nothing
OVERSAMPLING = 2
POINT_EVERY = 1.5  # px of the ink between two points of the pen's path
LONGEST = 4000  # px of a row's ink
CLIMBS = np.linspace(-0.24, 0.24, 13)  # px down for each px to the right that a line of writing may fall
MOST_ROWS = 30  # more are no writing, and read as one
ROW_HEIGHT = 0.45  # of the tallest row's height
ABOVE = 0.5  # of the shorter row's length that lies above or below the longer one
ROW_GAP = 0.15  # of the lower row's height


def rows_of_sketch(sketch: Sketch) -> list[Row]:
    """The rows from top to bottom. Raises NoInk when no stroke lies on the pad."""
    path = PenPath.of(sketch)
    if path is None:
        raise NoInk("There is nothing to read here: no stroke lies on the pad. Draw a digit.")
    return [draw_row(path.part(kept), sketch) for kept in rows_of_path(path)]


def rows_of_path(path: PenPath) -> list[NDArray[np.bool_]]:
    """Which segments of the path belong to each row."""
    of_segment = np.r_[0, np.cumsum(path.stroke[1:] != path.stroke[:-1])]
    boxes, _ = path.stroke_extents((0.0,))
    rows = rows_of_boxes(boxes)[of_segment]
    return [rows == number for number in range(int(rows.max()) + 1)]


def rows_of_boxes(boxes: NDArray[np.float64]) -> NDArray[np.intp]:
    """The row of each part, (n,), numbered from the top. boxes: (n, 4): left, top, right, bottom.

    Lines of writing may climb or fall, but only rows above one another do so, not words side by side.
    """
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    falls = CLIMBS[:, None] * middle
    tops, bottoms = boxes[:, 1] - falls, boxes[:, 3] - falls  # (climbs, n)
    most = separate(boxes[:, 1], boxes[:, 3])
    for climb in np.flatnonzero(_has_gap(tops, bottoms)):
        rows = separate(tops[climb], bottoms[climb])
        if most.max() < rows.max() < MOST_ROWS and _are_above_one_another(rows, boxes):
            most = rows
    return most if most.max() < MOST_ROWS else np.zeros(len(boxes), int)


def _has_gap(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether any part begins below all those above it; as quick for many climbs as for one. tops: (climbs, n)."""
    order = tops.argsort(1)
    reach = np.maximum.accumulate(np.take_along_axis(bottoms, order, 1), 1)
    return np.asarray((np.take_along_axis(tops, order, 1)[:, 1:] > reach[:, :-1]).any(1))


def _are_above_one_another(rows: NDArray[np.intp], boxes: NDArray[np.float64]) -> bool:
    ends = np.array([[boxes[rows == n, 0].min(), boxes[rows == n, 2].max()] for n in range(int(rows.max()) + 1)])
    shared = np.minimum(ends[1:, 1], ends[:-1, 1]) - np.maximum(ends[1:, 0], ends[:-1, 0])
    length = ends[:, 1] - ends[:, 0]
    return bool((shared >= ABOVE * np.minimum(length[1:], length[:-1])).all())


def separate(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> NDArray[np.intp]:
    """The row of each part, numbered from the top; all are in one if the rows are not clearly apart.

    tops, bottoms: (n,), px.
    """
    order = np.argsort(tops)
    reach = np.maximum.accumulate(bottoms[order])
    gaps = np.r_[0.0, tops[order][1:] - reach[:-1]]
    starts = np.flatnonzero(np.r_[True, gaps[1:] > 0])
    first, last = tops[order][starts], np.r_[reach[starts[1:] - 1], reach[-1]]
    tallest = float((last - first).max())
    apart = np.zeros(len(starts), bool)  # from the row before
    for number in range(1, len(starts)):
        heights = last[number - 1] - first[number - 1], last[number] - first[number]
        is_row = min(heights) >= ROW_HEIGHT * tallest
        apart[number] = is_row and first[number] - last[number - 1] >= ROW_GAP * min(heights)
    rows = np.empty(len(tops), int)
    rows[order] = np.repeat(np.cumsum(apart), np.diff(starts, append=len(tops)))
    return rows


def draw_row(path: PenPath, sketch: Sketch) -> Row:
    """Draws one row anew with the pen that the line network knows."""
    boxes, _ = path.stroke_extents((0.0,))
    top, bottom = band(boxes[:, 1], boxes[:, 3])
    width, height = path.size.tolist()
    tall = max(bottom - top, height / 2, width * LOWEST, 1.0)
    scale = min(HEIGHT / tall, LONGEST / max(width, 1.0))
    pen = PEN * HEIGHT
    left_px, top_px = (path.low - pen / scale).tolist()
    corner = np.array([left_px, top_px])
    ink = _drawn(path, corner, scale, pen)
    lines = [(points - corner) * scale for points in lines_of(path, APART * HEIGHT / scale)]
    middle, reach = (top + bottom) / 2, tall / 2 + pen / scale / 2
    limits = np.array([sketch.width, sketch.height])
    on_edge = bool((path.low < sketch.pen / 2).any() or (path.high > limits - sketch.pen / 2).any())
    hints = {"is_sketch": True, "shapes": 1, "others": 0, "touches_edge": on_edge, "contrast": 1.0}
    return Row(
        ink=ink,
        top=(middle - reach - top_px) * scale,
        bottom=(middle + reach - top_px) * scale,
        left_px=left_px,
        top_px=top_px,
        zoom=1 / scale,
        side_px=float(limits.max()),
        hints=hints,
        pen=Pen(path, sketch),
        directions=draw_directions(lines, ink.shape, HEIGHT),
    )


def _drawn(path: PenPath, corner: NDArray[np.float64], scale: float, pen: float) -> NDArray[np.uint8]:
    columns, rows = (max(1, round(side)) for side in (path.size * scale + 2 * pen).tolist())
    canvas = Image.new("L", (columns * OVERSAMPLING, rows * OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    radius = pen * OVERSAMPLING / 2 - 0.5
    for points in lines_of(path, POINT_EVERY / scale):
        placed = (points - corner) * scale * OVERSAMPLING
        if len(placed) > 1:
            draw.line(placed.ravel().tolist(), fill=255, width=round(pen * OVERSAMPLING))
        for box in np.hstack([placed - radius, placed + radius]).tolist():
            draw.ellipse(box, fill=255)
    return np.asarray(canvas.reduce(OVERSAMPLING))


def lines_of(path: PenPath, apart: float) -> list[NDArray[np.float64]]:
    """The points of each unbroken line of a path, (n, 2), about `apart` from one another or more."""
    ends = path.start + path.step
    broken = (path.stroke[1:] != path.stroke[:-1]) | (np.abs(path.start[1:] - ends[:-1]).max(1) > 1e-6)
    limits = np.r_[0, np.flatnonzero(broken) + 1, len(ends)]
    lines = []
    for first, after in itertools.pairwise(limits):
        points = np.vstack([path.start[first], ends[first:after]])
        way = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
        step = np.floor(way / apart)
        kept = np.r_[True, step[1:] > step[:-1]]
        kept[-1] = True
        lines.append(points[kept])
    return lines
