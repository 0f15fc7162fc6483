"""Stacks that are read already: rows and pictures of pages, made without a worker."""

import io
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from classifier.sheets.fields.description import Description, Field
from classifier.sheets.models import Sheet, SheetPage, Stack, StackPage, Value

SIDE = 700  # px, the longer one of a page's picture


def field(key: str, name: str, top: float, kind: str = "boxes", cells: int = 2, **more: Any) -> dict[str, Any]:
    """A single field of a description as JSON."""
    cells = cells if kind == "boxes" else 0
    rules = more.pop("rules", {})
    return {"key": key, "name": name, "box": [0.5, top, 0.3, 0.05], "kind": kind, "cells": cells, "rules": rules} | more


# A mark sheet: points from 0 to 60, a pupil's number, absent or not.
MARKS: dict[str, Any] = {
    "pages": 1,
    "fields": [
        field("points", "Points", 0.1, rules={"digits_from": 1, "highest": 60}),
        field("pupil", "Pupil", 0.2, cells=4, rules={"digits_from": 4}),
        field("absent", "Absent", 0.3, "check"),
    ],
    "tables": [],
}
TALLY = {
    "key": "tally",
    "name": "Tally",
    "page": 1,
    "box": [0.1, 0.4, 0.8, 0.4],
    "rows": 2,
    "columns": [
        {"key": "item", "name": "Item", "kind": "line"},
        {"key": "count", "name": "Count", "kind": "line", "rules": {"lowest": 0}},
    ],
}


def stack_of(owner: User, description: dict[str, Any] = MARKS, **more: Any) -> Stack:
    """A stack without pages of a sheet of its own."""
    parsed = Description.of(description).as_json()
    sheet = more.pop("sheet", None) or Sheet.objects.create(owner=owner, name="Marks", description=parsed)
    given = {"status": "done", "one_in": 200, "name": "scan.pdf", "size": 1000, "file": "none.zip", "sent_by": owner}
    return Stack.objects.create(sheet=sheet, description=parsed, **given | more)


def page_of(stack: Stack, number: int = 0, *, picture: bool = False, **more: Any) -> StackPage:
    """The next page, read unless `more` says something else. picture: with its JPEG."""
    number = number or stack.pages.count() + 1
    given = {"name": "scan.pdf", "place": {}, "page": number, "status": "read", "sheet_page": 1} | more
    page = StackPage(stack=stack, number=number, width=SIDE * 210 // 297, height=SIDE, **given)
    if picture:
        page.file.save("", ContentFile(drawn(stack, "JPEG")), save=False)
    page.save()
    return page


def value_of(page: StackPage, key: str, text: str, risk: float = 0.0001, **more: Any) -> Value:
    """What was read in a field of a page. Chosen as a check only if `more` says so."""
    fields = page.stack.described().fields()
    position = next(at for at, each in enumerate(fields) if each.key == key)
    given = {"confidence": 1 - risk if risk < 1 else 0.3, "is_check": False, "read": text} | more
    return Value.objects.create(
        stack=page.stack,
        page=page,
        position=position,
        key=key,
        kind=fields[position].kind,
        text=text,
        risk=risk,
        public_id=uuid.uuid4(),
        **given,
    )


def filled(owner: User, pages: int = 1, risk: float = 0.0001, picture: bool = False, **more: Any) -> Stack:
    """A stack of mark sheets: of each, the points, the pupil's number and the box are read. risk: of the points."""
    stack = stack_of(owner, **more)
    for number in range(1, pages + 1):
        page = page_of(stack, number, picture=picture)
        value_of(page, "points", f"{number % 61}", risk, alternatives=["41"] if risk > 0.005 else [])
        value_of(page, "pupil", f"{number:04d}")
        value_of(page, "absent", "")
    Stack.objects.filter(pk=stack.pk).update(total=pages)
    stack.refresh_from_db()
    return stack


def add_picture_of_sheet(stack: Stack) -> None:
    """The list of sheets shows it; without one, the browser complains."""
    empty = SheetPage(sheet=stack.sheet, number=1, width=SIDE * 210 // 297, height=SIDE)
    empty.file.save("", ContentFile(drawn(stack, "PNG")))


def drawn(stack: Stack, file_format: str) -> bytes:
    """The file of a page with a frame where each field is, and a number in it."""
    size = SIDE * 210 // 297, SIDE
    picture = Image.new("L", size, 250)
    pen = ImageDraw.Draw(picture)
    for each in stack.described().fields():
        _draw(pen, each, *size)
    file = io.BytesIO()
    picture.save(file, file_format)
    return file.getvalue()


def _draw(pen: ImageDraw.ImageDraw, each: Field, width: int, height: int) -> None:
    left, top = each.box[0] * width, each.box[1] * height
    right, bottom = left + each.box[2] * width, top + each.box[3] * height
    pen.rectangle((left, top, right, bottom), outline=120)
    pen.text((20, top + 8), each.name, fill=60, font_size=18)
    pen.text((left + 12, top + 2), "4 7" if each.kind != "check" else "x", fill=20, font_size=28)
