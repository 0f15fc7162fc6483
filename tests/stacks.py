"""Stacks on a running site, put in by a program of its own that shares its database, queue and files."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from classifier.sheets.fields.description import Description, Rules
from classifier.sheets.imaging import REFERENCE_SIDE
from tests.classifier.sheets.forms.drawing import Drawing, Form, form_of
from tests.classifier.sheets.forms.filling import filled
from tests.classifier.sheets.forms.scanning import scanned
from tests.services import Site

PUT_IN = """
import json, sys
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from classifier.sheets.models import Sheet, SheetPage
from classifier.sheets.stacks import lifecycle
from classifier.uploads import receiving, stored
given = json.load(open({given!r}))
owner, _ = User.objects.get_or_create(username="olga")
sheet = Sheet.objects.create(owner=owner, name="Readings", description=given["description"])
for number, path in enumerate(given["references"], 1):
    page = SheetPage(sheet=sheet, number=number, width=1654, height={side})
    page.file.save("", ContentFile(open(path, "rb").read()))
file, path = stored.new_file()
file.write(open(given["archive"], "rb").read())
file.flush()
file.seek(0)
with receiving.Incoming(file, path, "stack.zip") as incoming:
    print("stack", lifecycle.accept(sheet, owner, incoming).pk)
"""


def form_of_twelve_fields() -> Form:
    """A page with six fields of boxes and six lines."""
    page = Drawing(210, 297, 1, np.random.default_rng(1))
    page.text(20, 14, page.some_words(3, 5), 6)
    page.paragraph(20, 24, 3, 160)
    for number in range(6):
        y = 60 + 30 * number
        page.text(20, y - 6, page.some_words(2, 4))
        page.boxes(f"boxes_{number}", 20, y, 7, 6)
        page.text(110, y - 6, page.some_words(2, 4))
        page.free_line(f"line_{number}", 110, y - 1, 60, 9, Rules(1, 6))
    page.paragraph(20, 250, 4, 160)
    return form_of("twelve fields", [page])


def write_scans(path: Path, form: Form, count: int, distinct: int = 20, dpi: int = 200) -> None:
    """A PDF of scans of the filled form, `distinct` ones again and again."""
    pages = [Image.fromarray(scanned(filled(form, 1, seed), seed, dpi=dpi).grey) for seed in range(distinct)]
    wanted = [pages[number % distinct] for number in range(count)]
    wanted[0].save(path, "PDF", save_all=True, append_images=wanted[1:], resolution=dpi, quality=80)


def put_in(site: Site, description: Description, references: list[Any], archive: Path) -> int:
    """Puts an archive in as a stack of a new sheet. references: its empty pages. Returns the key of the stack."""
    paths = []
    for number, grey in enumerate(references):
        paths.append(str(archive.with_name(f"reference-{number}.png")))
        Image.fromarray(grey).save(paths[-1])
    given = archive.with_name("given.json")
    given.write_text(json.dumps({"description": description.as_json(), "references": paths, "archive": str(archive)}))
    output = site.manage("shell", "--no-imports", "-c", PUT_IN.format(given=str(given), side=REFERENCE_SIDE))
    return int(output.split()[-1])


def query(site: Site, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Asks the site's database."""
    address = f"file:{site.data_dir / 'digitsite.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
        return database.execute(sql, arguments).fetchall()


def status(site: Site, stack: int) -> str:
    return str(query(site, "SELECT status FROM sheets_stack WHERE id = ?", stack)[0][0])


def read(site: Site, stack: int) -> int:
    """How many of its pages are not waiting any more."""
    sql = "SELECT count(*) FROM sheets_stackpage WHERE stack_id = ? AND status != 'waiting'"
    return int(query(site, sql, stack)[0][0])
