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
from ..preprocessing.masks.dilation import dilate, masked
from ..preprocessing.picture_digits import SOFT_EDGE, without_sheet
from .rows import TALL, Row, band
from .sketch_rows import rows_of_boxes

TALLEST = 128  # px of the digits in a row; larger ones are shrunk by a whole factor
FLAT = 6  # ratio of width to height from which a component is a line or a dash
LEAST_HEIGHT = 3  # px of a component
ROOM = 0.35  # of the height of the digits: around the components of a row
MOST_TALL = 500  # components; more are no writing, and read as one row
LEAST_INK = 0.01  # of the ink of the row with most: less is no row
THIN = 30  # ratio of height to width from which a component is an edge or a printed line
AROUND = 0.85  # of the picture's width and height: a component as large as that is around the others
LEAST_MARK = 0.06  # of the height of a row with its room: the longer side of a mark
JOINED = 1.3  # of that height: a higher component is no digit joined to a rule or to others
NEXT = 0.6  # of that height: how far a mark is from the digits or marks beside it


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
    inside = remove_paper_edges(_without_frame(foreground))
    strong, lines = remove_ruled_lines(foreground, inside)
    parts = Components.of(strong, foreground.ink)
    ink = foreground.ink
    if lines:
        ink = masked(ink, strong | ~foreground.strong)
    outside = foreground.strong & ~inside
    if outside.any():
        ink = masked(ink, strong | ~dilate(outside, SOFT_EDGE))
    boxes = parts.boxes.astype(float)
    upright = (parts.height >= LEAST_HEIGHT) & (parts.width <= FLAT * parts.height)
    upright &= parts.height <= THIN * parts.width
    if not upright.any():
        return [_row(foreground, ink, boxes, boxes, lines)]
    tall = upright & (parts.height >= TALL * parts.height[upright].max())
    of_tall = rows_of_boxes(boxes[tall]) if tall.sum() <= MOST_TALL else np.zeros(int(tall.sum()), int)
    mass = np.bincount(of_tall, parts.mass[tall])
    return [
        _row(
            foreground,
            ink,
            boxes[tall][of_tall == number],
            boxes,
            lines,
        )
        for number in np.flatnonzero(mass >= LEAST_INK * mass.max())
    ]


def _without_frame(foreground: Foreground) -> Foreground:
    """The ink without what is around all the rest: the table beside the paper, a printed frame."""
    parts = Components.of(foreground.strong, foreground.ink)
    sides = parts.boxes[:, 2:] - parts.boxes[:, :2]
    height, width = foreground.strong.shape
    around = np.asarray((sides >= AROUND * np.array([width, height])).all(1))
    middle = parts.labels[height // 4 : -(height // 4), width // 4 : -(width // 4)]
    around[np.unique(middle[middle >= 0])] = False
    if not around.any() or around.all():
        return foreground
    return replace(foreground, strong=parts.only(np.flatnonzero(~around)))


def _row(foreground: Foreground, ink: Levels, tall: NDArray[np.float64], boxes: NDArray[np.float64], lines: int) -> Row:
    """The row about some tall components. tall: their boxes; boxes: of all components."""
    height, width = ink.shape
    top, bottom = band(tall[:, 1], tall[:, 3])
    room = ROOM * (bottom - top)
    first, last = max(0, int(tall[:, 1].min() - room)), min(height, int(tall[:, 3].max() + room) + 1)
    low, high = _ends(tall, boxes, top - room, bottom + room)
    left, right = max(0, int(low - room)), min(width, int(high + room) + 1)
    part = np.clip(ink[first:last, left:right] * np.float32(255 / foreground.peak), 0, 255).astype(np.uint8)
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
        left_px=left,
        top_px=first,
        zoom=1,
        side_px=max(ink.shape),
        hints=hints,
        noise=foreground.noise * 255 / foreground.peak,
    )


def _ends(tall: NDArray[np.float64], boxes: NDArray[np.float64], first: float, last: float) -> tuple[float, float]:
    """Left and right of a row, with the marks beside its tall components. first, last: top and bottom of its band."""
    low, high = float(tall[:, 0].min()), float(tall[:, 2].max())
    height = last - first
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    is_mark = (longer >= LEAST_MARK * height) & (longer <= height) & (boxes[:, 1] >= first) & (boxes[:, 3] <= last)
    tallness, middle = (boxes[:, 3] - boxes[:, 1]) / height, (boxes[:, 1] + boxes[:, 3]) / 2
    is_joined = (tallness >= TALL) & (tallness <= JOINED) & (middle > first) & (middle < last)  # to a rule, say
    beside = boxes[is_mark | is_joined]
    for left, _, right, _ in beside[np.argsort(beside[:, 0])].tolist():
        if high < right and left - high <= NEXT * height:
            high = right
    for left, _, right, _ in beside[np.argsort(-beside[:, 2])].tolist():
        if left < low and low - right <= NEXT * height:
            low = left
    return low, high
