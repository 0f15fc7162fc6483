"""Where the fields of a printed sheet are: a list of fields becomes a description with boxes and pages.

Single fields come first, one below the other, then the tables. What does not fit on a page goes to the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from classifier.recognition.errors import InvalidInput
from classifier.sheets.fields.description import Box, Column, Description, Field, Kind, Table
from classifier.sheets.fields.marks import PAPERS

from . import fonts

# mm
CELL_WIDTH, CELL_HEIGHT = 7.0, 9.0
NARROW_CELL = 6.0  # in a table that would be too wide otherwise
CHECK = 6.0  # side of a box to mark; in a table the whole cell is the box
DIGIT = 6.0  # width for a digit that is written freely
SIDE = 20.0  # from the paper's edge to what is printed
TOP, BOTTOM = 50.0, 18.0  # from the paper's edges to the fields
LABELS = 58.0  # width for the labels at the left
GAP = 4.0  # between a label and its field
BETWEEN = 5.0  # from one field to the next
LINE_HEIGHT = 4.4  # of a label
TITLE = 8.0  # height for the name of a table
NUMBERS = 8.0  # width for the numbers of a table's rows
HEAD_LINE = 3.6  # of the names of columns

LABEL_POINTS, HEAD_POINTS = 11.0, 8.5
HEAD_LINES = 4  # at most


class NotPrintable(InvalidInput):
    """A sheet cannot be printed as it is described; the message says what to change."""

    code = "not_printable"


@dataclass
class _Place:
    """How far the pages are filled."""

    width: float
    height: float
    page: int = 1
    top: float = TOP

    def take(self, height: float) -> float:
        """The top of the next `height` mm, on a new page if they do not fit on this one."""
        if self.top > TOP and self.top + height > self.bottom:
            self.page, self.top = self.page + 1, TOP
        top = self.top
        self.top += height + BETWEEN
        return top

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM

    @property
    def right(self) -> float:
        return self.width - SIDE

    def share(self, left: float, top: float, width: float, height: float) -> Box:
        """Shares of the page, with digits enough for a thousandth of a mm."""
        box = left / self.width, top / self.height, width / self.width, height / self.height
        return tuple(round(each, 6) for each in box)  # type: ignore[return-value]  # four of them


def place(described: dict[str, Any], paper: str) -> Description:
    """The description of a printed sheet.

    described: as `Description.of` takes it, without boxes and pages, which are ignored. Raises FieldRejected, or
    NotPrintable if something is too large for the paper or cannot be printed.
    """
    parsed = Description.of(_with_any_boxes(described))
    place = _Place(*PAPERS[paper])
    single = tuple(_placed_field(each, place) for each in parsed.single)
    tables = tuple(_placed_table(each, place, paper) for each in parsed.tables)
    for text in (
        *(each.name for each in parsed.single),
        *(text for table in parsed.tables for text in (table.name, *(column.name for column in table.columns))),
    ):
        check_text(text)
    # Once more, for the limits of pages.
    return Description.of(replace(parsed, pages=place.page, single=single, tables=tables).as_json())


def check_text(text: str) -> None:
    """Raises NotPrintable for a text with characters that the fonts do not have."""
    if character := fonts.unprintable(text):
        raise NotPrintable(f"“{text}” cannot be printed: the font has no “{character}”. Write it in another way.")


def label_lines(name: str) -> list[str]:
    return fonts.wrapped(name, LABEL_POINTS, LABELS)


def head_lines(name: str, width: float) -> list[str]:
    """The name of a column, shortened if it has too many lines. width: of the column, in mm."""
    lines = fonts.wrapped(name, HEAD_POINTS, width - 1)
    return lines if len(lines) <= HEAD_LINES else [*lines[: HEAD_LINES - 1], f"{lines[HEAD_LINES - 1][:-1]}…"]


def _with_any_boxes(described: dict[str, Any]) -> dict[str, Any]:
    def placed(part: Any) -> Any:
        return part | {"box": [0, 0, 1, 1], "page": 1} if isinstance(part, dict) else part

    lists = {
        name: [placed(part) for part in given]
        for name in ("fields", "tables")
        if isinstance(given := described.get(name, []), list)
    }
    return described | lists | {"pages": 1}


def _placed_field(field: Field, place: _Place) -> Field:
    width, height = _size(field)
    lines = len(label_lines(field.name)) * LINE_HEIGHT
    if SIDE + LABELS + GAP + width <= place.right:
        row = max(height, lines)
        top = place.take(row) + (row - height) / 2
        left = SIDE + LABELS + GAP
    else:
        top = place.take(lines + 1 + height) + lines + 1
        left = SIDE
    return replace(field, page=place.page, box=place.share(left, top, width, height))


def _size(field: Field) -> tuple[float, float]:
    """Width and height in mm."""
    if field.kind is Kind.CHECK:
        return CHECK, CHECK
    if field.kind is Kind.BOXES:
        return field.cells * CELL_WIDTH, CELL_HEIGHT
    return max(30.0, min(field.rules.digits_to, 12) * DIGIT), CELL_HEIGHT


def _placed_table(table: Table, place: _Place, paper: str) -> Table:
    most = place.right - SIDE - NUMBERS
    widths = [_column_width(column, CELL_WIDTH) for column in table.columns]
    if sum(widths) > most:
        widths = [_column_width(column, NARROW_CELL) for column in table.columns]
    if sum(widths) > most:
        raise NotPrintable(
            f"Table “{table.name}” is {sum(widths) - most:.0f} mm too wide for {paper}. "
            "Take a column out, or give the columns fewer boxes."
        )
    lines = max(len(head_lines(each.name, width)) for each, width in zip(table.columns, widths, strict=True))
    above = TITLE + lines * HEAD_LINE
    rows_at_most = int((place.bottom - TOP - above) / CELL_HEIGHT)
    if table.rows > rows_at_most:
        raise NotPrintable(
            f"Table “{table.name}” has {table.rows} rows, and a page of {paper} has room for {rows_at_most}. "
            "Divide it into two tables."
        )
    height = table.rows * CELL_HEIGHT
    top = place.take(above + height) + above
    columns = tuple(replace(each, share=width) for each, width in zip(table.columns, widths, strict=True))
    box = place.share(SIDE + NUMBERS, top, sum(widths), height)
    return replace(table, page=place.page, box=box, columns=columns)


def _column_width(column: Column, cell: float) -> float:
    if column.kind is Kind.CHECK:
        return 2 * cell
    if column.kind is Kind.BOXES:
        return max(column.cells * cell, 2 * cell) if column.cells > 1 else cell
    return max(4 * cell, min(column.rules.digits_to, 8) * cell)
