"""Draws the handwriting of the worked example: run `python -m tests.classifier.sheets.forms.example`.

Needs DJANGO_SETTINGS_MODULE=tests.settings. Also draws the pictures of the page that explains the example.
"""

from collections.abc import Iterator
from uuid import UUID

import numpy as np
from PIL import Image

from classifier.sheets.example.making import FOLDER, contents, filled_pages
from classifier.sheets.fields.description import Description
from classifier.sheets.fields.marks import PAPERS
from classifier.sheets.models import Sheet
from classifier.sheets.printing.placing import place
from tests.environment import BASE_DIR

from .drawing import PER_MM, as_reference
from .filling import written_on

PICTURES, WIDTH = BASE_DIR / "static/classifier/sheets/example", 560  # px
SEEDS = 37, 38, 33
SHEET = UUID(int=7)


def values_of(page: dict, description: Description) -> dict[str, str]:
    """What is written on a page, by the keys of the fields."""
    cells = {f"tasks.{row}.{key}": page[key][row - 1] for key in ("points", "helped") for row in range(1, 7)}
    return {field.key: page.get(field.key) or cells.get(field.key, "") for field in description.fields()}


def inks() -> Iterator[Image.Image]:
    given = contents()
    description = place(given["description"], given["paper"])
    width, height = PAPERS[given["paper"]]
    for seed, page in zip(SEEDS, given["written"], strict=True):
        white = np.full((round(height * PER_MM), round(width * PER_MM)), 255, np.uint8)
        ink = written_on(white, description.on_page(1), values_of(page, description), seed)
        yield Image.fromarray(as_reference(ink))


def main() -> None:
    for number, ink in enumerate(inks(), 1):
        ink.quantize(16).save(FOLDER / f"ink_{number}.png", optimize=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    given = contents()
    description = place(given["description"], given["paper"])
    sheet = Sheet(
        public_id=SHEET,
        name=given["name"],
        paper=given["paper"],
        roster=given["roster"],
        description=description.as_json(),
    )
    for number, page in enumerate(filled_pages(sheet), 1):
        page.thumbnail((WIDTH, 2 * WIDTH), Image.Resampling.LANCZOS)
        page.quantize(8).save(PICTURES / f"page_{number}.png", optimize=True)


if __name__ == "__main__":
    main()
