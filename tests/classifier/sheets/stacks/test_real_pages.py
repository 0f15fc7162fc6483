"""A stack of drawn forms, read by the real parts: the networks in service, the decoders, OpenCV."""

import numpy as np
import pytest
from PIL import Image

from classifier.digits.registry import register_bundled
from classifier.sheets.models import Sheet, SheetPage, StackPage, Value
from classifier.sheets.stacks import reading
from tests.archives import incoming
from tests.classifier.sheets.forms.filling import filled
from tests.classifier.sheets.forms.scanning import scanned
from tests.factories import encoded
from tests.stacks import form_of_twelve_fields

from .conftest import read_whole, waiting_stack

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_scans_are_laid_straight_and_read(owner, monkeypatch):
    register_bundled()
    monkeypatch.setattr(reading, "processes", lambda: 1)
    form = form_of_twelve_fields()
    sheet = Sheet.objects.create(owner=owner, name="Readings", description=form.description.as_json())
    for number, grey in enumerate(form.references(), 1):
        page = SheetPage(sheet=sheet, number=number, width=grey.shape[1], height=grey.shape[0])
        with incoming(encoded(Image.fromarray(grey), "PNG")) as file:
            page.file.save("", file)
    pages = [filled(form, 1, seed) for seed in range(3)]
    scans = {f"{n}.jpg": encoded(Image.fromarray(scanned(p, n, dpi=200).grey), "JPEG") for n, p in enumerate(pages)}
    scans["blank.png"] = encoded(Image.fromarray(np.full((2339, 1654), 255, np.uint8)), "PNG")
    stack = read_whole(waiting_stack(sheet, scans))
    rows = list(StackPage.objects.filter(stack=stack).order_by("number"))
    assert [(row.status, row.reason) for row in rows] == [("read", "")] * 3 + [("refused", "blank")]
    right = 0
    for row, page in zip(rows, pages, strict=False):
        read = dict(Value.objects.filter(page=row).values_list("key", "read"))
        assert read.keys() == page.values.keys()
        right += sum(read[key] == value for key, value in page.values.items())
    assert right >= 0.6 * 3 * 12
