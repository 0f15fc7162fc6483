"""Digits with their labels, cut out of boxes as the reader of sheets cuts them: with what is left of the frame, and cut
where strokes ran into the box beside.
"""

from __future__ import annotations

from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Field, Kind
from classifier.sheets.reading.cells import cells_of
from classifier.sheets.reading.fields import MARGINS
from classifier.sheets.reading.ink import FieldInk
from training.synthesis.cache import Part
from training.synthesis.lines.scans import Scans
from training.synthesis.processes import count_one

from .pages import draw_page

Grey = NDArray[np.uint8]


def cut_digits(page: Grey, reference: Grey | None, field: Field, text: str) -> tuple[list[Grey], list[int]]:
    """The digits of a field with boxes, each (28, 28), and their labels; none if not as many are found as `text` has.

    page: (height, width), laid straight; reference: its empty page, of the same shape, or None; text: what is written
    in the field, with or without a decimal point.
    """
    ink = FieldInk.of(page, reference, field.box, MARGINS[Kind.BOXES])
    images = [cell.digit.pixels for cell in cells_of(ink, field.cells) if cell.digit]
    labels = [int(character) for character in text if character != "."]
    return (images, labels) if len(images) == len(labels) else ([], [])


def draw_digits(count: int, rng: np.random.Generator, scans: Scans) -> Part:
    """Digits of generated pages, images (count, 28, 28) and labels (count,). scans: see `draw_page`."""
    cv2.setNumThreads(1)  # each process has a core
    images: list[Grey] = []
    labels: list[int] = []
    while len(images) < count:
        page = draw_page(Kind.BOXES, rng, scans)
        for field, text in zip(page.fields, page.truths, strict=True):
            if text is not None:
                of_field = cut_digits(page.grey, page.reference, field, text)
                for image, label in islice(zip(*of_field, strict=True), count - len(images)):
                    count_one()
                    images.append(image)
                    labels.append(label)
    return np.stack(images), np.array(labels, np.uint8)
