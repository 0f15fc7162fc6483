"""Divides a field of several boxes into its cells, as the printed lines on the page divide it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Field

from .ink import rectangle, without_printing

Grey = NDArray[np.uint8]


def cells(page: Grey, reference: Grey | None, field: Field) -> list[Grey]:
    """One crop for each box of a field of kind BOXES, from the left, without printed lines.

    page: (height, width), laid straight; reference: its empty page, of the same shape, or None. Returns as many crops
    as `field.cells`, dark ink on light paper, each of the size of its box.
    """
    left, top, right, bottom = rectangle(field.box, page.shape)
    crop = without_printing(page, reference, (left, top, right, bottom))
    edges = np.linspace(0, right - left, field.cells + 1).round().astype(int)
    return [crop[:, start : max(end, start + 1)] for start, end in pairwise(edges.tolist())]
