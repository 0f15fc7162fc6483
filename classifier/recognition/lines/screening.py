"""What is worth a line reader: found before any network is asked, so that a single digit is not kept waiting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..preprocessing.arrays import Grey
from ..preprocessing.pen_path import PenPath
from ..preprocessing.pipeline import FoundDigit, find_digits
from ..preprocessing.segmentation import SLANTS
from ..preprocessing.strokes import Sketch
from .picture_rows import rows_of_picture
from .routing import WIDE, Boxes, is_several, is_wide, large, may_be_number
from .rows import Row
from .sketch_rows import rows_of_path


def is_plainly_one(digits: Sequence[FoundDigit]) -> bool:
    """Whether segmentation found a single compact shape and nothing beside it, as in most pictures.

    Its answer costs nothing, whereas finding the rows of a small picture takes longer than finding its digit.
    """
    hints = digits[0].hints
    is_alone = len(digits) == 1 and hints["shapes"] == 1 and not hints["others"]
    return bool(is_alone and hints["aspect"] <= WIDE)


def rows_to_read(grey: Grey) -> tuple[list[Row], FoundDigit | None]:
    """The rows of a picture, and all of it as one digit; nothing if it is plainly one digit. Raises NoInk."""
    rows = rows_of_picture(grey)
    if not may_be_number(rows):
        return [], None
    return rows, find_digits(grey, one_digit=True)[0]


def sketch_may_be_number(sketch: Sketch) -> bool:
    """Whether a sketch may show more than one character. Draws nothing, so a single digit is not kept waiting."""
    if len(sketch.strokes) == 1:
        box = _box(sketch)
        return box is not None and is_wide(box)
    path = PenPath.of(sketch)
    if path is None:
        return False
    boxes, spans = path.stroke_extents(SLANTS)
    return is_several(*large(boxes, spans, float(path.size[1]))) or len(rows_of_path(path)) > 1


def _box(sketch: Sketch) -> Boxes | None:
    """The bounding box of all points on the pad, (1, 4); None if there are none."""
    points = [point for stroke in sketch.strokes for point in stroke]
    xs = [point[0] for point in points if 0 <= point[0] <= sketch.width]
    ys = [point[1] for point in points if 0 <= point[1] <= sketch.height]
    return np.array([[min(xs), min(ys), max(xs), max(ys)]]) if xs and ys else None
