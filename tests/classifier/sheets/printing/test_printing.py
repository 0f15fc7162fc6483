"""Printed sheets: their fields have room on the page, and PDF, pictures and description agree."""

import uuid
from itertools import pairwise

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from classifier.recognition.errors import InvalidInput
from classifier.sheets.fields.description import Description, FieldRejected
from classifier.sheets.fields.marks import HOLE, MARK, PAPERS, Code, mark_corners
from classifier.sheets.imaging.pages import Placer, Reference
from classifier.sheets.models import Sheet
from classifier.sheets.printing import fonts
from classifier.sheets.printing.pictures import pictures
from classifier.sheets.printing.placing import NotPrintable, place
from classifier.sheets.printing.process import copies_of, pdf_of

FORM = {
    "fields": [
        {"key": "number", "name": "Schülernummer, vierstellig und links beginnend", "kind": "boxes", "cells": 4},
        {"key": "account", "name": "Konto", "kind": "boxes", "cells": 20},
        {"key": "amount", "name": "Betrag", "kind": "boxes", "cells": 6, "rules": {"decimals": 2}},
        {"key": "free", "name": "Zähler", "kind": "line", "rules": {"digits_to": 6}},
        {"key": "there", "name": "Anwesend", "kind": "check"},
    ],
    "tables": [
        {
            "key": "points",
            "name": "Punkte",
            "rows": 12,
            "columns": [
                {"key": "one", "name": "Aufgabe 1", "kind": "boxes", "cells": 2},
                {"key": "two", "name": "Aufgabe 2", "kind": "boxes", "cells": 3},
                {"key": "yes", "name": "ja", "kind": "check"},
                {"key": "sum", "name": "Summe", "kind": "line", "rules": {"digits_to": 4}},
            ],
        }
    ],
}
ROSTER = ["Łukasz Ångström-Müller", "Ελένη Παπαδοπούλου", "Юлия Ёлкина"]


def boxes_form(count, **more):
    return {
        "fields": [{"key": f"f{n}", "name": f"Field {n}", "kind": "boxes", "cells": 3, **more} for n in range(count)]
    }


def printed(owner, described=FORM, paper="A4", **more):
    return Sheet.objects.create(
        owner=owner, name="Klassenarbeit – Brüche", description=place(described, paper).as_json(),
        is_printed=True, paper=paper, **more,
    )  # fmt: skip


def drawn(pdf, dpi=200):
    """The pages of a PDF in grey."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_numpy().copy() for page in document]


def ink_along_edges(grey, box):
    """The share of dark pixels on each of the four edges of a box, of which a line covers 1 px or more."""
    height, width = grey.shape
    left, top, right, bottom = box[0] * width, box[1] * height, (box[0] + box[2]) * width, (box[1] + box[3]) * height
    across, down = slice(round(left) + 3, round(right) - 3), slice(round(top) + 3, round(bottom) - 3)
    dark = grey < 128
    near = [slice(round(edge) - 2, round(edge) + 3) for edge in (top, bottom, left, right)]
    found = [
        dark[near[0], across].any(0),
        dark[near[1], across].any(0),
        dark[down, near[2]].any(1),
        dark[down, near[3]].any(1),
    ]
    return [float(edge.mean()) for edge in found]


@pytest.mark.parametrize("paper", ["A4", pytest.param("Letter", marks=pytest.mark.slow)])
def test_pdf_has_lines_where_the_description_says(owner, paper):
    sheet = printed(owner, paper=paper, roster=ROSTER)
    copies = drawn(pdf_of(sheet, copies_of(sheet)))
    (picture,) = pictures(sheet.name, sheet.described(), paper, sheet.public_id, 2339)
    assert len(copies) == 3
    width, height = PAPERS[paper]
    for grey in (*copies, np.asarray(picture)):
        assert grey.shape[1] / grey.shape[0] == pytest.approx(width / height, abs=0.001)
        for field in sheet.described().fields():
            edges = ink_along_edges(grey, field.box)
            assert min(edges if field.kind != "line" or field.table else edges[1:2]) > 0.95, field.key
        for corner, (left, top) in enumerate(mark_corners(paper)):
            scale = grey.shape[0] / height
            middle = grey[round((top + MARK / 2) * scale), round((left + MARK / 2) * scale)]
            beside = grey[round((top + MARK / 2) * scale), round((left + (MARK - HOLE) / 4) * scale)]
            assert (middle > 200, beside < 50) == (corner == 2, True)


def test_qr_codes_say_which_sheet_page_and_copy_it_is(owner):
    sheet = printed(owner, boxes_form(40), roster=ROSTER)
    pages = sheet.described().pages
    assert pages == 3
    found = [zxingcpp.read_barcodes(grey) for grey in drawn(pdf_of(sheet, [2, 3]))]
    assert [[Code.of(each.text) for each in codes] for codes in found] == [
        [Code(sheet.public_id, page, copy)] for copy in (2, 3) for page in range(1, pages + 1)
    ]
    coarse = drawn(pdf_of(sheet, [0]), dpi=100)
    assert Code.of(zxingcpp.read_barcodes(coarse[0])[0].text) == Code(sheet.public_id, 1, 0)


def test_names_of_the_roster_are_in_the_pdf_as_text(owner):
    sheet = printed(owner, roster=ROSTER)
    with pypdfium2.PdfDocument(pdf_of(sheet, copies_of(sheet, 2, 3))) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    assert ["Ελένη Παπαδοπούλου" in texts[0], "Юлия Ёлкина" in texts[1], ROSTER[0] in "".join(texts)] == [
        True,
        True,
        False,
    ]
    assert "Copy 2" in texts[0]


def test_fields_neither_overlap_nor_leave_their_page():
    placed = place(boxes_form(40), "Letter")
    fields = placed.fields()
    assert [each.name for each in fields] == [f"Field {n}" for n in range(40)]
    for one, other in pairwise(fields):
        if one.page == other.page:
            assert one.box[1] + one.box[3] < other.box[1]
    width, height = PAPERS["Letter"]
    assert {(round(each.box[2] * width / 3, 2), round(each.box[3] * height, 2)) for each in fields} == {(7.0, 9.0)}


def test_a_table_is_wider_than_high_cells_and_stays_on_one_page():
    (table,) = place(FORM, "A4").tables
    width = PAPERS["A4"][0] * table.box[2]
    assert width == pytest.approx(2 * 7 + 3 * 7 + 14 + 28, abs=0.01)
    assert place(FORM | {"fields": boxes_form(14)["fields"]}, "A4").tables[0].page == 2


COLUMN = {"key": "a", "name": "A", "kind": "boxes", "cells": 2}


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ({"tables": [{"key": "t", "name": "T", "rows": 40, "columns": [COLUMN]}]}, "has room for 24"),
        (
            {
                "tables": [
                    {
                        "key": "t",
                        "name": "T",
                        "rows": 2,
                        "columns": [COLUMN | {"cells": 20}, COLUMN | {"cells": 9, "key": "b", "name": "B"}],
                    }
                ]
            },
            "mm too wide",
        ),
        ({"fields": [{"key": "a", "name": "姓名", "kind": "check"}]}, "no “姓”"),
    ],
)
def test_what_the_paper_cannot_hold_is_refused_with_a_number(described, words):
    with pytest.raises(NotPrintable, match=words):
        place(described, "A4")


@pytest.mark.parametrize("described", [{"fields": [{"name": "A"}]}, {"fields": 3}, {"fields": ["a"]}, {"tables": [{}]}])
def test_malformed_descriptions_are_refused_as_others_are(described):
    with pytest.raises(FieldRejected):
        place(described, "A4")


def test_too_many_pages_of_fields_are_refused():
    with pytest.raises(FieldRejected):
        place(boxes_form(400), "A4")


def test_only_copies_that_exist_and_fit_into_one_pdf_are_printed(owner):
    sheet, blank = printed(owner, roster=ROSTER), printed(owner)
    assert copies_of(sheet) == [1, 2, 3] and copies_of(sheet, 2, 2) == [2]
    assert copies_of(blank) == [0] and copies_of(blank, 31, 60) == list(range(31, 61))
    for of, first, last in ((sheet, 1, 4), (sheet, 0, 1), (sheet, 3, 2), (blank, 1, 2001), (blank, 5, 1_000_000)):
        with pytest.raises(InvalidInput):
            copies_of(of, first, last)
    with pytest.raises(InvalidInput):
        pdf_of(printed(owner, boxes_form(40)), [0] * 667)


def test_wrapping_divides_only_words_that_are_too_long():
    assert fonts.wrapped("one two", 11, 12) == ["one", "two"]
    lines = fonts.wrapped("Donaudampfschifffahrt", 11, 20)
    assert "".join(lines) == "Donaudampfschifffahrt" and all(fonts.width(line, 11) <= 20 for line in lines)


def test_a_long_name_of_the_sheet_does_not_run_into_the_code():
    name = "Ein ausgesprochen langer Name mit vielen Silben und Wörtern " * 2
    (page,) = pictures(name.strip()[:100], Description.of(boxes_form_placed()), "A4", uuid.uuid4(), 1000)
    grey = np.asarray(page)
    scale = 1000 / PAPERS["A4"][1]
    gap = grey[: round(38 * scale), round(93 * scale) : round(94.5 * scale)]
    assert gap.min() == 255


def boxes_form_placed():
    return place(boxes_form(1), "A4").as_json()


@pytest.mark.parametrize(
    ("dpi", "turns"),
    [(150, 2), pytest.param(100, 0, marks=pytest.mark.slow), pytest.param(300, 1, marks=pytest.mark.slow)],
)
def test_a_printed_page_is_laid_on_its_sheet(owner, dpi, turns):
    """What is printed here is what classifier.sheets.imaging looks for."""
    sheet = printed(owner, boxes_form(20), roster=ROSTER)
    drawn_pages = pictures(sheet.name, sheet.described(), "A4", sheet.public_id, 2339)
    references = [
        Reference(number, np.asarray(page), sheet.public_id, "A4") for number, page in enumerate(drawn_pages, 1)
    ]
    placed = Placer(references).place(np.rot90(drawn(pdf_of(sheet, [3]), dpi)[1], turns).copy())
    assert (placed.number, placed.copy) == (2, 3)
    assert placed.grey.shape == references[1].grey.shape
    for field in sheet.described().on_page(2):
        assert min(ink_along_edges(placed.grey, field.box)) > 0.9
