"""Fixtures for tests of stacks: a sheet, pages whose picture says what they are, and a reader that believes them.

The left top corner of a page has 16 squares, black or white: the number of the page on the sheet, and its copy.
"""

import numpy as np
import pytest
from PIL import Image

from classifier.sheets.fields.description import Description
from classifier.sheets.imaging.pages import PageRefused, Placed
from classifier.sheets.models import Sheet, SheetPage, Stack
from classifier.sheets.reading.fields import FieldRead
from classifier.sheets.stacks import answering, lifecycle, reading
from tests.archives import incoming, zipped
from tests.factories import encoded

FIELDS = 3
SIDE = 8  # px of a square


def page(number=1, copy=0, shade=255):
    """A page of a sheet, (400, 280)."""
    grey = np.full((400, 280), shade, np.uint8)
    for bit in range(16):
        is_set = (number << 12 | copy) >> bit & 1
        grey[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 0 if is_set else 255
    return grey


def png(*args, **kwargs):
    return encoded(Image.fromarray(page(*args, **kwargs)), "PNG")


class Placer:
    def __init__(self, references):
        self._reference = references[0].grey

    def place(self, grey):
        side = SIDE * grey.shape[1] / 280
        squares = grey[: int(side / 2), (np.arange(0.5, 16) * side).astype(int)].mean(axis=0) < 128
        code = sum(int(is_set) << bit for bit, is_set in enumerate(squares))
        if code >> 12 == 0:
            raise PageRefused("blank", "This page is empty.")
        if code >> 12 == 9:
            raise ValueError("a bug")
        if code >> 12 > 2:
            raise PageRefused("other_form", "This page shows another form.")
        return Placed(code >> 12, code & 0xFFF or None, self._reference)


class FieldReader:
    def __init__(self, *networks):
        pass

    def read(self, grey, fields, reference=None):
        risks = (0.0005, 0.004, 0.3)
        return [FieldRead(str(number), 0.9, risks[number % 3], ["7"], "") for number, _ in enumerate(fields)]


class Serving:
    line_network = digit_network = line_calibration = digit_calibration = None


def description(pages=1):
    fields = [
        {
            "key": f"f{page}-{number}",
            "name": f"Field {page}.{number}",
            "page": page,
            "box": [0.1, 0.1 + 0.1 * number, 0.3, 0.05],
            "kind": "line",
        }
        for page in range(1, pages + 1)
        for number in range(FIELDS)
    ]
    return Description.of({"pages": pages, "fields": fields})


def sheet_of(owner, pages=1, roster=()):
    sheet = Sheet.objects.create(
        owner=owner,
        name="Marks",
        description=description(pages).as_json(),
        roster=list(roster),
        is_printed=bool(roster),
    )
    for number in range(1, pages + 1):
        row = SheetPage(sheet=sheet, number=number, width=280, height=400)
        with incoming(png(number)) as file:
            row.file.save("", file)
    return sheet


def waiting_stack(sheet, files, sender=None, **given):
    """A stack that waits for a worker. files: content by name."""
    with incoming(zipped(files), "stack.zip") as file:
        return lifecycle.accept(sheet, sender or sheet.owner, file, **given)


def read_whole(stack):
    """Reads a stack to its end in this process and its forks."""
    while reading.carry_on(stack.pk):
        pass
    return Stack.objects.get(pk=stack.pk)


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings):
    """No other test has files here."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Tasks are recorded instead of sent."""
    tasks = []
    monkeypatch.setattr(lifecycle, "enqueue", lambda *task, **_: tasks.append(task) or True)
    return tasks


@pytest.fixture
def believing(monkeypatch):
    """Pages are what they say, and one process reads them."""
    monkeypatch.setattr(answering, "Placer", Placer)
    monkeypatch.setattr(answering, "FieldReader", FieldReader)
    monkeypatch.setattr(answering, "ServingReader", Serving)
    monkeypatch.setattr(reading, "processes", lambda: 1)
    answering._placers.clear()


@pytest.fixture
def sheet(owner, model_version):
    return sheet_of(owner)
