"""Batches for the tests of exports and imports."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from classifier.batches import results
from classifier.models import Batch
from classifier.recognition.preprocessing.strokes import render
from tests import archives, exports
from tests.exports import (
    BATCH,
    drawing_of_batch,
    unread,
)
from tests.factories import FORTY_SEVEN, ONE, picture, seven, sketch

PNG, GIF = picture(seven(40)), picture(255 - render(sketch(ONE)), "GIF")
NUMBER = picture(255 - render(sketch(FORTY_SEVEN)))
BLANK = picture(np.full((40, 40), 255, np.uint8))
MIXED = {"7/a.png": PNG, "1/one.gif": GIF, "47.png": NUMBER, "7/blank.png": BLANK, "x.txt": b"no", "7/z.png": PNG}
MEDIA = Path(Batch.file.field.storage.path(""))
ARCHIVE = archives.zipped({"7/a.png": PNG, "b.png": GIF})
UNREAD = unread()


def a_batch(**changed):
    """A batch of ARCHIVE."""
    said = {"name": f"batches/{BATCH}.zip", "bytes": len(ARCHIVE)}
    return exports.a_batch(**{"size": len(ARCHIVE), "archive": said} | changed)


def member(name="7/a.png", **changed):
    return drawing_of_batch(**{"member": {"name": name, "at": None, "format": "PNG"} | changed})


def packed(data: dict, *members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("digits.json", json.dumps(data))
        for name, content in members or ((f"batches/{BATCH}.zip", ARCHIVE),):
            made.writestr(name, content)
    return file.getvalue()


def links(export) -> list[tuple]:
    """The batch of each drawing and unread file, by its place in the list."""
    places = {batch["id"]: place for place, batch in enumerate(export["batches"])} | {None: None}
    return [places[each["batch"]] for each in [*export["drawings"], *export["unread"]]]


def rows_of(person) -> list[list[dict]]:
    """The results of all batches, without the ids of digits."""
    per_batch = [list(results.results(batch)) for batch in Batch.objects.owned_by(person).order_by("pk")]
    return [[{key: value for key, value in row.items() if key != "id"} for row in rows] for rows in per_batch]


def archives_of(person) -> list[bytes]:
    batches = Batch.objects.owned_by(person).order_by("pk")
    return [Path(batch.file.path).read_bytes() if batch.file else b"" for batch in batches]
