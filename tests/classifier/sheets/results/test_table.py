"""The table of a stack: its columns, what is open, what is not read, and how many queries it takes."""

import csv
import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.sheets.results import lines, table
from tests.classifier.digits.test_spreadsheets import cells_of
from tests.filled_stacks import MARKS, TALLY, field, filled, page_of, stack_of, value_of


def address(page):
    return f"https://x.test/{page.number}"


def rows_of(stack):
    return [list(row) for row in table.rows(stack, address)]


def test_a_row_for_each_page_with_confidence_and_who_decided(owner, stranger):
    stack = filled(owner, 2, risk=0.3)
    points, other = stack.values.filter(key="points").order_by("page__number")
    stack.values.filter(pk=points.pk).update(text="41", decided=timezone.now(), decided_by=stranger)
    header, first, second = rows_of(stack)
    assert header[:5] == ["Page", "File", "Points", "Points – confidence", "Points – decided by"]
    assert header[5:] == [
        *(f"Pupil{more}" for more in ("", " – confidence", " – decided by")),
        *(f"Absent{more}" for more in ("", " – confidence", " – decided by")),
        "Link",
    ]
    assert first[2:5] == [41, 0.7, "stranger"]
    assert first[5:] == ["0001", 0.9999, "machine", None, 0.9999, "machine", "https://x.test/1"]
    assert second[2:5] == [None, 0.7, "open"]
    assert other.text == "2"  # which was read, and is not given away as if it counted


def test_the_tolerance_of_the_moment_counts(owner):
    stack = filled(owner, 1, risk=0.01)
    assert rows_of(stack)[1][4] == "open"
    stack.one_in = 50
    assert rows_of(stack)[1][4] == "machine"


def test_a_row_for_each_row_of_a_table_with_the_single_fields_repeated(owner):
    stack = stack_of(owner, MARKS | {"tables": [TALLY]})
    page = page_of(stack)
    for key, text in (("pupil", "0042"), ("tally.1.item", "007"), ("tally.1.count", "3"), ("tally.2.count", "12")):
        value_of(page, key, text)
    header, first, second = rows_of(stack)
    columns = [header.index(name) for name in ("Row", "Pupil", "Item", "Count")]
    assert [[row[column] for column in columns] for row in (first, second)] == [
        [1, "0042", "007", 3],
        [2, "0042", None, 12],
    ]


def test_columns_of_several_tables_and_equal_names_are_told_apart(owner):
    other = TALLY | {"key": "more", "name": "More", "page": 2}
    single = [*MARKS["fields"], field("count", "Count", 0.9)]
    stack = stack_of(owner, {"pages": 2, "fields": single, "tables": [TALLY, other]})
    value_of(page_of(stack), "tally.1.count", "3")
    value_of(page_of(stack, sheet_page=2), "more.2.count", "4")
    header, *rows = rows_of(stack)
    assert {"Count", "Tally: Count", "More: Count", "Table", "Row", "Page of the sheet"} <= set(header)
    assert len(header) == len(set(header))
    shown = [(row[header.index("Table")], row[header.index("Row")], row[header.index("More: Count")]) for row in rows]
    assert shown == [("Tally", 1, None), ("Tally", 2, None), ("More", 1, None), ("More", 2, 4)]


def test_printed_sheets_say_for_whom(owner):
    stack = filled(owner)
    stack.sheet.is_printed, stack.sheet.roster = True, ["Ada"]
    stack.pages.update(copy=1, label="Ada")
    header, row = rows_of(stack)
    assert (row[header.index("Copy")], row[header.index("Printed for")]) == (1, "Ada")


@pytest.fixture
def with_refused(owner):
    stack = filled(owner)
    page_of(stack, status="refused", reason="blank", sentence="=The page is empty.", picture=True)
    page_of(stack, status="waiting")
    return stack


def test_csv_lists_the_pages_that_are_not_read_at_its_end(with_refused):
    text = b"".join(table.csv_lines(with_refused, address)).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][5] == "0001"
    assert rows[2:] == [
        [],
        list(table.NOT_READ),
        ["2", "scan.pdf, page 2", "'=The page is empty.", "https://x.test/2"],
    ]
    with_refused.pages.filter(status="refused").delete()
    assert b"Not read" not in b"".join(table.csv_lines(with_refused, address))


def test_xlsx_keeps_leading_zeros_and_has_a_worksheet_of_pages_not_read(with_refused):
    file = table.xlsx_file(with_refused, address)
    cells = cells_of(file)
    assert cells["C2"] == ("n", "1")
    assert cells["F2"] == ("inlineStr", "0001")
    with zipfile.ZipFile(file) as book:
        assert b'name="Pages not read"' in book.read("xl/workbook.xml")
        assert "=The page is empty." in book.read("xl/worksheets/sheet2.xml").decode()
        assert b"https://x.test/1" in book.read("xl/worksheets/_rels/sheet1.xml.rels")


def test_json_says_of_each_value_what_it_is_worth(with_refused):
    with_refused.values.filter(key="points").update(risk=0.5)
    told = json.loads("".join(table.json_pieces(with_refused, address)))
    (row,), (unread,) = told["rows"], told["refused"]
    assert (row["page"], row["row"], row["picture"]) == (1, None, None)
    assert {key: (value["text"], value["state"]) for key, value in row["values"].items()} == {
        "points": (None, "open"),
        "pupil": ("0001", "taken"),
        "absent": ("", "taken"),
    }
    assert (unread["code"], unread["page"], unread["picture"]) == ("blank", 2, "https://x.test/2")


def test_an_empty_stack_has_a_header(owner):
    stack = stack_of(owner)
    assert len(rows_of(stack)) == 1
    assert json.loads("".join(table.json_pieces(stack, address))) == {"rows": [], "refused": []}


@pytest.mark.postgres
def test_more_pages_take_no_more_queries(owner):
    few, many = filled(owner, 2), filled(owner, 30)
    with CaptureQueriesContext(
        connection,
    ) as for_few:
        rows_of(few)
    with CaptureQueriesContext(connection) as for_many:
        assert len(rows_of(many)) == 31
    assert len(for_many) == len(for_few)


def test_pages_come_in_pieces_and_none_twice(owner, monkeypatch):
    monkeypatch.setattr(lines, "PAGES_AT_ONCE", 2)
    assert [row[0] for row in rows_of(filled(owner, 5))][1:] == [1, 2, 3, 4, 5]
