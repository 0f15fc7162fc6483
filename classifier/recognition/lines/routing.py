"""Which drawings and pictures are answered as a number: those that are not plainly one digit.

A single compact shape that the digit network knows is one digit, as it always was. Everything else is read by the
line network, and is a number if that sees more than one character.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..classes import Verdict
from ..preprocessing.masks.components import Components
from ..preprocessing.pipeline import FoundDigit
from ..preprocessing.segmentation import SLANTS
from ..verdict import Judgement
from .calibration import LineCalibration
from .cuts.seams import STRONG
from .judging import NumberVerdict, Reading, judge_row
from .reading import DigitNetwork, LineNetwork, read_row
from .rows import Row

Boxes = NDArray[np.float64]

WIDE = 1.15  # ratio of width to height from which one stroke or component is not plainly one digit
SEVERAL_WIDE = 0.75  # the same ratio of several strokes or components, which may overlap: 48
SPECK = 0.06  # of the height of the digits: what is smaller in both directions is no character
SIGNS = ("-", "+")  # a single digit after one of these is a number
SUFFIXES = ("%",)
SURE_OF_ONE = 0.9  # confidence of the digit network in a single digit
SIGN_AND_DIGIT = 3  # strokes or components: a plus has two, a percent sign three
MUCH_WIDER = 1.5  # ratio of width to height from which the digit network's confidence says nothing


def read_rows(
    rows: Sequence[Row],
    whole: FoundDigit,
    line_network: LineNetwork,
    digit_network: DigitNetwork,
    calibration: LineCalibration | None,
) -> list[Reading]:
    """The readings of the rows of a drawing or picture; none if it is one digit, or nothing that could be read.

    whole: everything framed as one digit, as `find_digits` returns it with one_digit=True.
    """
    judgement = digit_network([whole])[0].judgement
    if not may_be_number(rows) and judgement.verdict == Verdict.DIGIT:
        return []
    if is_one_digit(rows, judgement, whole):
        return []
    readings = [judge_row(read_row(row, line_network, digit_network), calibration) for row in rows]
    return readings if count_as_numbers(readings, rows, judgement, whole) else []


def may_be_number(rows: Sequence[Row]) -> bool:
    """Whether rows may show more than one character: there are several, one is wide, or parts are side by side."""
    if len(rows) > 1:
        return True
    return is_several(*_large_parts(rows[0]))


def is_one_digit(rows: Sequence[Row], judgement: Judgement, whole: FoundDigit | None = None) -> bool:
    """Whether rows count as one digit for any answer of the line network, so that it need not be asked.

    The digit network must be sure, and the strokes or components compact and without a possible sign, as in most 4s
    and 5s of two strokes.
    """
    if len(rows) > 1 or not _is_sure_of_one(judgement) or _is_wide(rows[0], whole):
        return False
    boxes, _ = _large_parts(rows[0])
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    begins_flat = len(boxes) and heights[boxes[:, 0].argmin()] < widths[boxes[:, 0].argmin()]
    return len(boxes) < SIGN_AND_DIGIT and not begins_flat


def _large_parts(row: Row) -> tuple[Boxes, Boxes]:
    """The boxes and spans of the strokes or components of a row that may be characters."""
    height = row.bottom - row.top
    if row.pen is not None:
        return large(*row.pen.path.stroke_extents(SLANTS), height * row.zoom)
    parts = Components.of(row.ink >= STRONG, row.ink)
    return large(parts.boxes.astype(float), parts.spans, height)


def large(boxes: Boxes, spans: Boxes, height: float) -> tuple[Boxes, Boxes]:
    """The parts that may be characters. boxes: (n, 4); spans: (n, slants, 2); height: of the digits, their unit."""
    kept = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) >= SPECK * height
    return boxes[kept], spans[kept]


def is_several(boxes: Boxes, spans: Boxes) -> bool:
    """Whether the parts may be several characters."""
    if not len(boxes):
        return False
    return is_wide(boxes) or any(_are_beside(spans[:, slant]) for slant in range(len(SLANTS)))


def is_wide(boxes: Boxes) -> bool:
    """Whether parts are together wider than one digit, or than most if there are several."""
    width, height = (boxes[:, 2:].max(0) - boxes[:, :2].min(0)).tolist()
    return bool(width > (WIDE if len(boxes) == 1 else SEVERAL_WIDE) * height)


def _are_beside(spans: NDArray[np.float64]) -> bool:
    """Whether any part begins to the right of all those before it. spans: (n, 2)."""
    order = np.argsort(spans[:, 0])
    reach = np.maximum.accumulate(spans[order, 1])
    return bool((spans[order, 0][1:] > reach[:-1]).any())


def count_as_numbers(
    readings: Sequence[Reading], rows: Sequence[Row], judgement: Judgement, whole: FoundDigit | None = None
) -> bool:
    """Whether the readings count, and not the digit network's judgement on everything as one digit.

    whole: everything as one digit, without the neighbours that the border of a picture cuts off.
    """
    if not any(_is_number(reading) for reading in readings):
        return False
    if judgement.verdict == Verdict.NOT_A_DIGIT:
        return True
    if len(rows) > 1:
        return all(len(reading.number) > 1 for reading in readings)
    is_wide = _is_wide(rows[0], whole)
    is_sure = readings[0].verdict == NumberVerdict.NUMBER
    if _is_sure_of_one(judgement):  # a sign beside the same digit contradicts nothing
        return is_sure and (is_wide or readings[0].number == str(judgement.label))
    return is_wide or is_sure


def _is_sure_of_one(judgement: Judgement) -> bool:
    return judgement.verdict == Verdict.DIGIT and judgement.confidence >= SURE_OF_ONE


def _is_wide(row: Row, whole: FoundDigit | None) -> bool:
    """Whether a row is so wide that the digit network's confidence says nothing."""
    if whole is not None and row.pen is None:
        return bool(whole.hints.get("aspect", MUCH_WIDER) > WIDE)
    return bool(row.ink.shape[1] > MUCH_WIDER * (row.bottom - row.top))


def _is_number(reading: Reading) -> bool:
    if reading.verdict == NumberVerdict.NOT_A_NUMBER:
        return False
    return len(reading.number) > 1 or reading.text.startswith(SIGNS) or reading.text.endswith(SUFFIXES)
