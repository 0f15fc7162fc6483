"""Whether the lines of a reference's fields are on a page: two editions of a form may differ in nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Box

Grey = NDArray[np.uint8]
PRINTED = 40  # darkness
MARGIN = 3  # px around a field in which its lines are
REACH = 5  # px: a side of the square in which a line may be
SEEN = 0.4  # of the usual darkness of the lines
LEAST = 20  # px of lines of a field that counts
COMPARED = 3  # fields at least
COMPLETE = 0.75  # share of a field's lines that must be there


class Edges:
    """The lines of the fields of a reference."""

    def __init__(self, dark: Grey, boxes: Sequence[Box]) -> None:
        """dark: darkness of the reference, about 100 dpi; boxes: of its fields, shares of the page."""
        height, width = dark.shape
        rows, columns, fields = [], [], []
        for number, (left, top, wide, high) in enumerate(boxes):
            upper, first = max(0, round(top * height) - MARGIN), max(0, round(left * width) - MARGIN)
            part = dark[upper : round((top + high) * height) + MARGIN, first : round((left + wide) * width) + MARGIN]
            y, x = np.nonzero(part > PRINTED)
            rows.append(y + upper)
            columns.append(x + first)
            fields.append(np.full(len(y), number))
        self._rows, self._columns, self._field = (
            np.concatenate([np.empty(0, int), *a]) for a in (rows, columns, fields)
        )
        self._count = len(boxes)
        self._printing = dark[self._rows, self._columns].astype(np.float64)

    def found(self, page: Grey, visible: Grey) -> float | None:
        """The share of the fields whose lines are on the page; None if too few can be compared.

        page: darkness, laid straight, the shape of the reference; visible: 1 where it is in the picture, else 0.
        """
        near = cv2.dilate(page, np.ones((REACH, REACH), np.uint8))
        seen = near[self._rows, self._columns] / np.maximum(self._printing, 1)
        area = np.bincount(self._field, minlength=self._count)
        in_picture = np.bincount(self._field, visible[self._rows, self._columns], self._count)
        counts = (area >= LEAST) & (in_picture >= area)
        if int(counts.sum()) < COMPARED:
            return None
        there = seen > SEEN * min(1.0, float(np.median(seen)))
        share = np.bincount(self._field, there, self._count) / np.maximum(area, 1)
        return float((share[counts] > COMPLETE).mean())
