"""What is printed on the pages of a sheet, from its description: texts and rectangles, in millimetres.

The description says where the fields are, so what is printed later always agrees with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from classifier.sheets.fields import marks
from classifier.sheets.fields.description import Description, Field, Kind, Table

from . import fonts
from .placing import GAP, HEAD_LINE, HEAD_POINTS, LABEL_POINTS, LINE_HEIGHT, SIDE, head_lines, label_lines

THICK, THIN = 0.45, 0.25  # mm
POINT = 1.2  # mm, side of the decimal point, which is on the line below the boxes
TITLE_POINTS, TITLE_HEIGHT = 14.0, 5.6
NAME_POINTS, SMALL_POINTS = 12.0, 8.5
NAME_LINE = 41.0  # mm from the top of the page
_RISE = 0.36  # of a letter's size from its middle to its baseline

ADVICE = "Write one digit in each box, with a dark pen."


@dataclass(frozen=True)
class Text:
    left: float  # of the baseline's beginning, or of its middle or end
    baseline: float
    text: str
    points: float
    is_bold: bool = False
    align: str = "left"  # or "middle", "right"


@dataclass(frozen=True)
class Rectangle:
    """Lines around an area, half of their thickness outside it; or the area filled, if thickness is 0."""

    left: float
    top: float
    width: float
    height: float
    thickness: float = 0.0
    is_white: bool = False


@dataclass
class Page:
    texts: list[Text] = field(default_factory=list)
    rectangles: list[Rectangle] = field(default_factory=list)


@dataclass(frozen=True)
class Copy:
    """One copy of a sheet. number: 0 if copies are the same; name: the roster's line, or empty."""

    number: int
    name: str = ""


def pages_of(name: str, description: Description, paper: str) -> list[Page]:
    """What is the same on all copies, for each page. name: of the sheet."""
    pages = [_blank(name, description, paper) for _ in range(description.pages)]
    width, height = marks.PAPERS[paper]
    for each in description.single:
        _draw_field(pages[each.page - 1], each, width, height)
    for table in description.tables:
        _draw_table(pages[table.page - 1], table, width, height)
    return pages


def texts_of(copy: Copy, page: int, pages: int, paper: str) -> list[Text]:
    """What differs from copy to copy and from page to page, except for the QR code. page: from 1."""
    right = marks.PAPERS[paper][0] - SIDE
    said = [f"Page {page} of {pages}"] if pages > 1 else []
    said += [f"Copy {copy.number}"] if copy.number else []
    texts = [Text(right, 12.0 + 4.5 * line, text, SMALL_POINTS, align="right") for line, text in enumerate(said)]
    if copy.name:
        points = min(NAME_POINTS, NAME_POINTS * (right - SIDE) / fonts.width(copy.name, NAME_POINTS, True))
        texts.append(Text(SIDE, NAME_LINE, copy.name, points, is_bold=True))
    return texts


def _blank(name: str, description: Description, paper: str) -> Page:
    """A page with marks, the sheet's name and the advice."""
    page = Page()
    for corner, (left, top) in enumerate(marks.mark_corners(paper)):
        page.rectangles.append(Rectangle(left, top, marks.MARK, marks.MARK))
        if corner == 2:
            edge = (marks.MARK - marks.HOLE) / 2
            page.rectangles.append(Rectangle(left + edge, top + edge, marks.HOLE, marks.HOLE, is_white=True))
    room = (marks.PAPERS[paper][0] - marks.QR_SIDE) / 2 - SIDE - 2
    points = TITLE_POINTS
    while len(lines := fonts.wrapped(name, points, room, True)) > 4:
        points -= 1
    for number, line in enumerate(lines):
        page.texts.append(Text(SIDE, 13.0 + number * TITLE_HEIGHT, line, points, is_bold=True))
    if any(each.kind is Kind.BOXES for each in description.fields()):
        page.texts.append(Text(SIDE, 46.5, ADVICE, SMALL_POINTS))
    return page


def _draw_field(page: Page, field: Field, page_width: float, page_height: float) -> None:
    left, top, width, height = _in_mm(field, page_width, page_height)
    lines = label_lines(field.name)
    is_beside = left > SIDE + GAP
    first = (
        top + height / 2 - (len(lines) - 1) * LINE_HEIGHT / 2
        if is_beside
        else top - 1 - (len(lines) - 0.5) * LINE_HEIGHT
    )
    for number, line in enumerate(lines):
        page.texts.append(_centred(SIDE, first + number * LINE_HEIGHT, line, LABEL_POINTS))
    if field.kind is Kind.LINE:
        page.rectangles.append(Rectangle(left, top + height - THICK, width, THICK))
        return
    _draw_cells(page, field, (left, top, width, height), THICK)


def _draw_cells(page: Page, field: Field, box: tuple[float, float, float, float], thickness: float) -> None:
    """The lines around and between the boxes of a field, and its point."""
    left, top, width, height = box
    page.rectangles.append(Rectangle(left, top, width, height, thickness))
    cell = width / max(field.cells, 1)
    for number in range(1, field.cells):
        page.rectangles.append(Rectangle(left + number * cell - THIN / 2, top, THIN, height))
    if field.kind is Kind.BOXES and 0 < field.rules.decimals < field.cells:
        across = left + (field.cells - field.rules.decimals) * cell
        page.rectangles.append(Rectangle(across - POINT / 2, top + height - POINT / 2, POINT, POINT))


def _draw_table(page: Page, table: Table, page_width: float, page_height: float) -> None:
    left, top, width, height = (
        share * side for share, side in zip(table.box, (page_width, page_height) * 2, strict=True)
    )
    total = sum(column.share for column in table.columns)
    edges = list(accumulate((column.share / total * width for column in table.columns), initial=left))
    heads = [
        head_lines(each.name, end - start) for each, (start, end) in zip(table.columns, pairwise(edges), strict=True)
    ]
    most = max(map(len, heads))
    page.texts.append(Text(SIDE, top - most * HEAD_LINE - 3.2, table.name, LABEL_POINTS, is_bold=True))
    for lines, (start, end) in zip(heads, pairwise(edges), strict=True):
        for number, line in enumerate(lines):
            baseline = top - 1.2 - (len(lines) - 1 - number) * HEAD_LINE
            page.texts.append(Text((start + end) / 2, baseline, line, HEAD_POINTS, align="middle"))
    for cell in table.fields():
        _draw_cells(page, cell, _in_mm(cell, page_width, page_height), THIN)
    row = height / table.rows
    for number in range(table.rows):
        text = _centred(left - 1.5, top + (number + 0.5) * row, str(number + 1), HEAD_POINTS, "right")
        page.texts.append(text)
    for start, end in pairwise(edges):
        page.rectangles.append(Rectangle(start, top, end - start, height, THICK))


def _in_mm(field: Field, width: float, height: float) -> tuple[float, float, float, float]:
    left, top, across, down = field.box
    return left * width, top * height, across * width, down * height


def _centred(left: float, middle: float, text: str, points: float, align: str = "left") -> Text:
    return Text(left, middle + _RISE * points * fonts.POINT, text, points, align=align)
