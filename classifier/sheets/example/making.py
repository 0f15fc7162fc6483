"""Makes the worked example for a person: the sheet, and a stack of its three pages."""

import io
import json
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import InMemoryUploadedFile
from PIL import Image, ImageChops

from classifier.sheets.describing.sheets import create_printed
from classifier.sheets.imaging import REFERENCE_SIDE
from classifier.sheets.models import Sheet, Stack
from classifier.sheets.printing.drawing import Copy
from classifier.sheets.printing.pictures import pictures
from classifier.sheets.stacks import lifecycle

FOLDER = Path(__file__).parent
TURNS = (0.0, 180.0, 1.5)  # degrees: as pages come out of a scanner


@cache
def contents() -> dict[str, Any]:
    """Name, paper, roster and description of the sheet, and what is written on each page."""
    read: dict[str, Any] = json.loads((FOLDER / "mark_sheet.json").read_text())
    return read


def make(owner: User) -> Stack:
    """Makes the sheet and puts the three pages in. Raises TooManyStacks; then nothing is made."""
    lifecycle.check_may_send(owner)
    given = contents()
    sheet = create_printed(owner, given["name"], given["description"], given["paper"], given["roster"])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for number, page in enumerate(filled_pages(sheet), 1):
            picture = io.BytesIO()
            page.save(picture, "JPEG", quality=85)
            file.writestr(f"page {number}.jpg", picture.getvalue())
    size = archive.seek(0, io.SEEK_END)
    archive.seek(0)
    stack = InMemoryUploadedFile(archive, "file", "Three filled-in pages.zip", "application/zip", size, None)
    return lifecycle.accept(sheet, owner, stack)


def filled_pages(sheet: Sheet) -> Iterator[Image.Image]:
    """The pages of the copies of the example's sheet with their handwriting, turned as a scanner might have them."""
    for number, (name, turn) in enumerate(zip(sheet.roster, TURNS, strict=True), 1):
        copy = Copy(number, name)
        (page,) = pictures(sheet.name, sheet.described(), sheet.paper, sheet.public_id, REFERENCE_SIDE, copy)
        with Image.open(FOLDER / f"ink_{number}.png") as ink:
            written = ImageChops.multiply(page, ink.convert("L"))
        yield written.rotate(turn, Image.Resampling.BICUBIC, expand=turn == 180, fillcolor=255)
