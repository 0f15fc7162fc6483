"""The rows of a picture: lines of ink that are clearly above one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.arrays import Grey, Levels
from ..preprocessing.background import Foreground, find_ink
from ..preprocessing.clutter.paper_edges import remove_paper_edges
from ..preprocessing.clutter.ruled_lines import remove_ruled_lines
from ..preprocessing.greyscale import shrink
from ..preprocessing.masks.components import Components
from ..preprocessing.picture_digits import without_sheet
from .rows import TALL, Row, band
from .sketch_rows import CLIMBS, separate

TALLEST = 128  # px of the digits in a row; larger ones are shrunk by a whole factor
FLAT = 6  # ratio of width to height from which a component is a line or a dash
LEAST_HEIGHT = 3  # px of a component
ROOM = 0.35  # of the height of the digits: around the components of a row
LEAST_INK = 0.15  # of the ink of the row with most: less is no row


def rows_of_picture(grey: Grey) -> list[Row]:
    """The rows from top to bottom. grey: shape (height, width), any size. Raises NoInk."""
    small = shrink(grey)
    foreground, corner = without_sheet(find_ink(small), small)
    zoom = grey.shape[1] / small.shape[1]
    return [_moved(row, corner, zoom) for row in rows_of_ink(foreground)]


def _moved(row: Row, corner: tuple[int, int], zoom: float) -> Row:
    left, top = (row.left_px + corner[0]) * zoom, (row.top_px + corner[1]) * zoom
    return replace(row, left_px=left, top_px=top, zoom=row.zoom * zoom, side_px=row.side_px * zoom)


def rows_of_ink(foreground: Foreground) -> list[Row]:
    """The rows of a picture's ink, their places in px of its array."""
    strong, lines = remove_ruled_lines(foreground, remove_paper_edges(foreground))
    parts = Components.of(strong, foreground.ink)
    ink = foreground.ink
    if lines:
        ink = ink * (strong | ~foreground.strong)
    boxes = parts.boxes.astype(float)
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    upright = (height >= LEAST_HEIGHT) & (width <= FLAT * height)
    if not upright.any():
        return [_row(foreground, ink, boxes, lines)]
    tall = upright & (height >= TALL * height[upright].max())
    of_tall = _rows(boxes[tall])
    rows = []
    mass = np.bincount(of_tall, parts.mass[tall])
    for number in np.flatnonzero(mass >= LEAST_INK * mass.max()):
        rows.append(_row(foreground, ink, boxes[tall][of_tall == number], lines))
    return rows


def _rows(boxes: NDArray[np.float64]) -> NDArray[np.intp]:
    """The row of each component, (n,), numbered from the top. boxes: (n, 4)."""
    found = []
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    for climb in CLIMBS:
        found.append(separate(boxes[:, 1] - climb * middle, boxes[:, 3] - climb * middle))
    return max(found, key=lambda rows: int(rows.max()))


def _row(foreground: Foreground, ink: Levels, boxes: NDArray[np.float64], lines: int) -> Row:
    """The row about some tall components."""
    height, _width = ink.shape
    top, bottom = band(boxes[:, 1], boxes[:, 3])
    room = ROOM * (bottom - top)
    first, last = max(0, int(boxes[:, 1].min() - room)), min(height, int(boxes[:, 3].max() + room) + 1)
    part = np.clip(ink[first:last] * np.float32(255 / foreground.peak), 0, 255).astype(np.uint8)
    hints = {
        "is_sketch": False,
        "is_photo": foreground.is_photo,
        "shapes": 1,
        "others": 0,
        "lines": lines,
        "touches_edge": False,
        "contrast": round(min(foreground.peak / 255, 1), 3),
    }
    return Row(
        ink=part,
        top=top - first,
        bottom=bottom - first,
        left_px=0,
        top_px=first,
        zoom=1,
        side_px=max(ink.shape),
        hints=hints,
        noise=foreground.noise * 255 / foreground.peak,
    )
