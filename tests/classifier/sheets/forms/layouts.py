"""The forms. Each is drawn from two seeds: one of its layout, the other of its words."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import numpy as np

from classifier.sheets.fields.description import Column, Kind, Rules, Table
from classifier.sheets.fields.marks import PAPERS
from classifier.sheets.printing.drawing import Copy
from classifier.sheets.printing.pictures import pictures
from classifier.sheets.printing.placing import place

from .drawing import PER_MM, WORDS, Drawing, Form, form_of

PRINTED_SHEET = UUID("0b5b7c1e-4f1f-4c7c-9a54-2f6f5b1d7a11")


def _page(width: float, height: float, number: int, layout: np.random.Generator, words: int) -> Drawing:
    return Drawing(width, height, number, np.random.default_rng([words, number]), int(layout.integers(0, 90)))


def mark_sheet(layout: int, words: int = 0) -> Form:
    """A list of pupils: a printed name, a number in boxes, a mark on a line, a check box."""
    rng = np.random.default_rng(layout)
    page = _page(210, 297, 1, rng, words)
    page.text(20, 14, page.some_words(3, 5), 6)
    page.paragraph(20, 24, 2, 150)
    page.boxes("class", 150, 36, 6.5, 4)
    page.text(120, 38, page.some_words(2, 3))
    rows, top, high = int(rng.integers(12, 19)), 56.0, 11.5
    for x, wide in ((20, 55), (75, 45), (120, 40), (160, 30)):
        page.text(x + 2, top - 5, page.some_words(1, 2))
        page.frame(x, top, wide, rows * high)
    for row in range(rows):
        y = top + row * high
        page.line(20, y, 190, y, 0.2)
        page.text(22, y + 4, page.some_words(2, 2))
        page.boxes(f"number_{row}", 79, y + 1.8, 6.2, 6)
        page.free_line(f"mark_{row}", 124, y + 1.5, 30, 8, Rules(1, 3, 1, 0, 20))
        page.check(f"absent_{row}", 172, y + 3)
    page.paragraph(20, top + rows * high + 5, 2, 150)
    return form_of("mark sheet", [page])


def meter_card(layout: int, words: int = 0) -> Form:
    """A postcard with a number in boxes and readings."""
    rng = np.random.default_rng(layout)
    page = _page(148, 105, 1, rng, words)
    page.text(8, 6, page.some_words(2, 3), 5)
    page.paragraph(8, 14, 3, 90, 2)
    page.frame(105, 6, 36, 22)
    page.paragraph(107, 9, 3, 30, 2)
    side = rng.uniform(6.5, 8.5)
    for line, (name, cells) in enumerate((("customer", 8), ("meter", 10), ("reading", 6), ("date", 6))):
        y = 32 + line * 14
        page.text(8, y + 3, page.some_words(1, 2))
        page.boxes(name, 40, y, side, cells)
    page.check("moved", 8, 92)
    page.text(15, 92.5, page.some_words(3, 5))
    page.free_line("phone", 90, 86, 48, 9, Rules(6, 9))
    return form_of("meter card", [page])


def tax_form(layout: int, words: int = 0) -> Form:
    """Two pages of text with amounts in boxes and on lines."""
    rng = np.random.default_rng(layout)
    pages = []
    for number in (1, 2):
        page = _page(210, 297, number, rng, words)
        page.text(15, 12, page.some_words(3, 4), 5.5)
        page.paragraph(15, 21, 3, 180)
        y, line = 36.0, 0
        while y < 265:
            page.line(15, y - 1.5, 195, y - 1.5, 0.5)
            page.text(15, y, f"{number}.{line + 1}  {page.some_words(3, 6)}", 3)
            page.paragraph(15, y + 5, 2, 95, 2.1)
            which = rng.random()
            if which < 0.5:
                page.boxes(f"amount_{line}", 130, y + 1, 5.2, int(rng.integers(5, 12)))
            elif which < 0.75:
                page.free_line(f"sum_{line}", 130, y + 1, 60, 8, Rules(1, 7))
            else:
                page.check(f"yes_{line}", 140, y + 3)
                page.check(f"no_{line}", 165, y + 3)
                page.text(146, y + 3.5, "Yes")
                page.text(171, y + 3.5, "No")
            y, line = y + 14, line + 1
        page.paragraph(15, 275, 3, 180)
        pages.append(page)
    return form_of("tax form", pages)


def tally_table(layout: int, words: int = 0) -> Form:
    """A heading and a table of 20 rows and 4 columns."""
    rng = np.random.default_rng(layout)
    page = _page(210, 297, 1, rng, words)
    page.text(25, 15, page.some_words(2, 4), 6)
    page.paragraph(25, 25, 1, 150)
    left, top, width, height = 25.0, 45.0, 160.0, 20 * rng.uniform(9, 11.5)
    for column in range(4):
        page.text(left + column * width / 4 + 3, top - 6, page.some_words(1, 1), 3.5)
    for column in range(5):
        page.line(left + column * width / 4, top, left + column * width / 4, top + height)
    for row in range(21):
        page.line(left, top + row * height / 20, left + width, top + row * height / 20)
    columns = tuple(Column(f"c{n}", f"Column {n}", Kind.LINE, 1, 0, Rules(1, 4)) for n in range(4))
    page.tables.append(Table("tally", "Tally", 1, page.share(left, top, width, height), 20, columns))
    return form_of("tally table", [page])


def printed_sheet(layout: int, words: int = 0, *, copy: int = 1, sheet: UUID = PRINTED_SHEET) -> Form:
    """A sheet as this site prints it. copy: of the code; a name is printed beside it."""
    rng, spoken = np.random.default_rng(layout), np.random.default_rng([words, 1])
    paper = "A4" if layout % 2 == 0 else "Letter"
    fields: list[dict[str, object]] = []
    for line in range(12):
        kind = ("boxes", "boxes", "line", "check")[line % 4]
        name = f"{' '.join(spoken.choice(WORDS, 2).tolist()).capitalize()} {line + 1}"
        cells = int(rng.integers(3, 10))
        rules = {"digits_from": cells, "digits_to": cells} if kind == "boxes" else {"digits_to": 6}
        fields.append({"key": f"{kind}_{line}", "name": name, "kind": kind, "cells": cells, "rules": rules})
    description = place({"fields": fields}, paper)
    name = " ".join(spoken.choice(WORDS, 3).tolist()).capitalize()
    side = round(PAPERS[paper][1] * PER_MM)
    pages = pictures(name, description, paper, sheet, side, Copy(copy, f"{spoken.choice(WORDS)} {copy}"))
    return Form("printed sheet", description, tuple(np.asarray(page) for page in pages))


FORMS: dict[str, Callable[[int, int], Form]] = {
    "mark_sheet": mark_sheet,
    "meter_card": meter_card,
    "tax_form": tax_form,
    "tally_table": tally_table,
    "printed_sheet": printed_sheet,
}
