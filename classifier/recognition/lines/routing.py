"""Which drawings and pictures are read as a number: everything that is not plainly one digit.

A single compact shape goes to the digit network alone, as it always has. Where both have answered, the line reader
counts if it sees more than one digit and the digit network is not sure of a single one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..classes import Verdict
from ..preprocessing.masks.components import Components
from ..preprocessing.segmentation import SLANTS
from ..verdict import Judgement
from .judging import NumberVerdict, Reading
from .rows import Row
from .seams import STRONG

WIDE = 1.15  # ratio of width to height from which a shape is not plainly one digit
SPECK = 0.06  # of the height of the digits: what is smaller in both directions is no character
SIGNED = ("-", "+", "=", "/")  # a single digit with one of these before it is a number
SUFFIXES = ("%",)
SURE_OF_ONE = 0.9  # confidence of the digit network beside which an unsure number does not count
MUCH_WIDER = 1.5  # ratio of width to height from which the digit network's answer says nothing


def may_be_number(row: Row) -> bool:
    """Whether a row may show more than one character: it is wide, or its parts stand side by side."""
    boxes, spans = _parts(row)
    if not len(boxes):
        return False
    width, height = (boxes[:, 2:].max(0) - boxes[:, :2].min(0)).tolist()
    return width > WIDE * height or any(_are_beside(spans[:, slant]) for slant in range(len(SLANTS)))


def _parts(row: Row) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The boxes of the strokes or components, (n, 4), and their extents along each slant, (n, slants, 2)."""
    if row.path is not None:
        boxes, spans = row.path.stroke_extents(SLANTS)
        least = SPECK * (row.bottom - row.top) * row.zoom
    else:
        parts = Components.of(row.ink >= STRONG, row.ink)
        boxes, spans = parts.boxes.astype(float), parts.spans
        least = SPECK * (row.bottom - row.top)
    large = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0) >= least
    return boxes[large], spans[large]


def _are_beside(spans: NDArray[np.float64]) -> bool:
    """Whether any part begins to the right of all those before it. spans: (n, 2)."""
    order = np.argsort(spans[:, 0])
    reach = np.maximum.accumulate(spans[order, 1])
    return bool((spans[order, 0][1:] > reach[:-1]).any())


def counts_as_number(reading: Reading, judgement: Judgement, row: Row) -> bool:
    """Whether a row is answered as a number. judgement: the digit network's on the whole row as one digit."""
    if reading.verdict == NumberVerdict.NOT_A_NUMBER:
        return False
    if len(reading.number) == 1 and not reading.text.startswith(SIGNED) and not reading.text.endswith(SUFFIXES):
        return False
    if judgement.verdict == Verdict.DIGIT and judgement.confidence >= SURE_OF_ONE:
        is_wide = row.ink.shape[1] > MUCH_WIDER * (row.bottom - row.top)
        return is_wide and reading.verdict == NumberVerdict.NUMBER
    return True
