"""A page of a form while it is drawn. Lengths are in millimetres from the left top corner."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from classifier.sheets.fields.description import Box, Description, Field, Kind, Rules, Table
from classifier.sheets.imaging import REFERENCE_SIDE

Grey = NDArray[np.uint8]
PER_MM = 300 / 25.4  # px: forms are drawn with 300 dpi
_WORDS = (
    "name address date number amount total year month signature please write only one digit into each box enter your "
    "reading meter account customer school class teacher pupil result remarks office use only section part income tax "
    "deduction allowance relief interest dividend pension benefit period household members share rent council return "
    "before after within days notice failure penalty print black blue ink capital letters tick applies overleaf see "
    "note guidance page form reference postcode telephone declare information given correct complete knowledge"
)
WORDS = _WORDS.split()


@dataclass(frozen=True)
class Form:
    """An empty form."""

    name: str
    description: Description
    pages: tuple[Grey, ...]  # with 300 dpi, or fewer on large paper

    def references(self) -> list[Grey]:
        """Its pages as they are kept: the longer side REFERENCE_SIDE."""
        return [as_reference(page) for page in self.pages]


def as_reference(page: Grey) -> Grey:
    scale = REFERENCE_SIDE / max(page.shape)
    size = round(page.shape[1] * scale), round(page.shape[0] * scale)
    return np.asarray(Image.fromarray(page).resize(size, Image.Resampling.LANCZOS, reducing_gap=2))


@dataclass
class Drawing:
    """One page."""

    width: float
    height: float
    number: int
    words: np.random.Generator
    ink: int = 20  # grey of the printing
    fields: list[Field] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("L", (round(self.width * PER_MM), round(self.height * PER_MM)), 255)
        self.draw = ImageDraw.Draw(self.image)

    def share(self, x: float, y: float, width: float, height: float) -> Box:
        return x / self.width, y / self.height, width / self.width, height / self.height

    def text(self, x: float, y: float, text: str, size: float = 3.0) -> None:
        font = ImageFont.load_default(size * PER_MM)
        self.draw.text((x * PER_MM, y * PER_MM), text, fill=self.ink, font=font)

    def some_words(self, least: int, most: int) -> str:
        count = int(self.words.integers(least, most + 1))
        return " ".join(self.words.choice(WORDS, count).tolist()).capitalize()

    def paragraph(self, x: float, y: float, lines: int, width: float, size: float = 2.4) -> None:
        """Lines of words of about this width."""
        for line in range(lines):
            length = int(width / (size * 3.2))
            self.text(x, y + line * size * 1.35, self.some_words(length, length), size)

    def line(self, x: float, y: float, x2: float, y2: float, width: float = 0.3) -> None:
        points = [round(each * PER_MM) for each in (x, y, x2, y2)]
        self.draw.line(points, fill=self.ink, width=max(1, round(width * PER_MM)))

    def frame(self, x: float, y: float, width: float, height: float, line: float = 0.3) -> None:
        for start, end in (((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 1)), ((0, 1), (0, 0))):
            self.line(x + start[0] * width, y + start[1] * height, x + end[0] * width, y + end[1] * height, line)

    def boxes(self, name: str, x: float, y: float, side: float, cells: int, rules: Rules | None = None) -> None:
        """A field of boxes beside each other, each `side` wide and a little higher."""
        high = side * 1.25
        self.frame(x, y, cells * side, high)
        for cell in range(1, cells):
            self.line(x + cell * side, y, x + cell * side, y + high, 0.2)
        self._field(name, x, y, cells * side, high, Kind.BOXES, cells, rules or Rules(cells, cells))

    def free_line(self, name: str, x: float, y: float, width: float, height: float, rules: Rules) -> None:
        """A field on a line to write on."""
        self.line(x, y + height, x + width, y + height)
        self._field(name, x, y, width, height, Kind.LINE, 0, rules)

    def check(self, name: str, x: float, y: float, side: float = 4.5) -> None:
        self.frame(x, y, side, side)
        self._field(name, x, y, side, side, Kind.CHECK, 0, Rules())

    def _field(
        self, name: str, x: float, y: float, width: float, height: float, kind: Kind, cells: int, rules: Rules
    ) -> None:
        key = f"p{self.number}_{name}"
        box = self.share(x, y, width, height)
        self.fields.append(Field(key, f"{name} {self.number}", self.number, box, kind, cells, rules))


def form_of(name: str, drawings: list[Drawing]) -> Form:
    fields = tuple(each for drawing in drawings for each in drawing.fields)
    tables = tuple(each for drawing in drawings for each in drawing.tables)
    description = Description.of(Description(len(drawings), fields, tables).as_json())
    return Form(name, description, tuple(np.asarray(drawing.image) for drawing in drawings))
