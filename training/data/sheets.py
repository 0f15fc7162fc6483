"""What people decided about fields of sheets, as digits and lines to learn from.

The pictures are cut from the stored page as the reader of sheets cuts them. Left out are fields in which something else
than the decided digits is found, and pages whose picture is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import groupby

import cv2
import numpy as np
from django.db.models.fields.files import FieldFile
from numpy.typing import NDArray

from classifier.sheets.fields.description import Field, Kind
from classifier.sheets.models import SheetPage, Stack, Value
from classifier.sheets.reading.fields import MARGINS
from classifier.sheets.reading.ink import FieldInk
from classifier.sheets.reading.lines import rows_inside
from training.synthesis.cache import Part
from training.synthesis.lines.parts import Lines
from training.synthesis.sheets.cutting import cut_digits

Grey = NDArray[np.uint8]

log = logging.getLogger(__name__)


def decided_digits() -> Part:
    """The digits in boxes that people decided and staff accepted: images, (n, 28, 28), and labels, (n,)."""
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for field, text, page, reference in _accepted(Kind.BOXES):
        of_field = cut_digits(page, reference, field, text)
        images += of_field[0]
        labels += of_field[1]
    return np.array(images, np.uint8).reshape(-1, 28, 28), np.array(labels, np.uint8)


def decided_lines() -> Lines:
    """The lines that people decided and staff accepted. Numbers with a point are left out: it may be a comma."""
    lines = Lines([], [])
    for field, text, page, reference in _accepted(Kind.LINE):
        rows = [] if "." in text else rows_inside(FieldInk.of(page, reference, field.box, MARGINS[Kind.LINE]))
        if len(rows) == 1:
            lines.images.append(rows[0].image())
            lines.texts.append(text)
    return lines


def _accepted(kind: Kind) -> Iterator[tuple[Field, str, Grey, Grey | None]]:
    """Accepted decisions: the field, its text, the page laid straight, and the empty page, None if it is gone."""
    values = Value.objects.to_train_on().filter(kind=kind).select_related("page", "stack__sheet")
    for page, of_page in groupby(values.iterator(), key=lambda value: value.page):
        grey = _read(page.file)
        if grey is None:
            log.warning("The picture of page %s is gone, so nothing is learnt from it", page.public_id)
            continue
        values_here = list(of_page)
        stack = values_here[0].stack
        fields, reference = stack.described().fields(), _empty_page(stack, page.sheet_page or 0, grey.shape)
        for value in values_here:
            yield fields[value.position], value.text, grey, reference


def _empty_page(stack: Stack, number: int, shape: tuple[int, ...]) -> Grey | None:
    """A page of the stack's sheet in the shape of a filled-in one."""
    found = SheetPage.objects.filter(sheet=stack.sheet_id, number=number).first()
    grey = _read(found.file) if found else None
    return grey if grey is not None and grey.shape == shape else None


def _read(file: FieldFile) -> Grey | None:
    if not file:
        return None
    try:
        with file.open("rb") as opened:
            grey = cv2.imdecode(np.frombuffer(opened.read(), np.uint8), cv2.IMREAD_GRAYSCALE)
    except OSError:
        return None
    return None if grey is None else np.asarray(grey, np.uint8)
