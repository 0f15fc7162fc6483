"""Tables for spreadsheets: texts are never evaluated, numbers stay numbers, and memory is bounded."""

import csv
import io
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pytest

from classifier.digits.spreadsheets import as_csv, as_xlsx, neutral

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells_of(file):
    """The cells of a worksheet by address: their type ("n" is a number) and content."""
    sheet = ElementTree.fromstring(zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    assert not list(sheet.iter(f"{MAIN}f")), "a formula"
    return {cell.get("r"): (cell.get("t", "n"), "".join(cell.itertext())) for cell in sheet.iter(f"{MAIN}c")}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(begin):
    assert neutral(f"{begin}1+1") == f"'{begin}1+1"
    (row,) = csv.reader(io.StringIO(b"".join(as_csv([["a", f"{begin}1,2"]])).decode(), newline=""))
    assert row == ["a", f"'{begin}1,2"]


@pytest.mark.parametrize("cell", [-1, -0.5, 7, None, "", "a=1", "'=1", "7/=1.png", "–"])
def test_numbers_and_other_texts_stay(cell):
    assert neutral(cell) == cell


def test_xlsx_has_texts_as_texts_and_numbers_as_numbers():
    rows = [["File", "Answer"], ['=HYPERLINK("http:x","y")', -1.5], ["http://x.test/", 7], ["@SUM(1)", None]]
    cells = cells_of(as_xlsx(rows, [10, 10]))
    assert cells == {
        "A1": ("inlineStr", "File"),
        "B1": ("inlineStr", "Answer"),
        "A2": ("inlineStr", '=HYPERLINK("http:x","y")'),
        "B2": ("n", "-1.5"),
        "A3": ("inlineStr", "http://x.test/"),
        "B3": ("n", "7"),
        "A4": ("inlineStr", "@SUM(1)"),
    }


@pytest.mark.parametrize(("head", "lines"), [("Points", 1), ("Points – decided by", 2), ("", 1)])
def test_xlsx_shows_long_heads_in_several_lines(head, lines):
    """A spreadsheet does not make the row higher by itself."""
    file = zipfile.ZipFile(as_xlsx([["Page", head], [1, 2]], [8, 12]))
    first, second = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml")).iter(f"{MAIN}row")  # noqa: S314
    assert float(first.get("ht", 15)) == 15 * lines
    assert second.get("ht") is None
    assert b'wrapText="1"' in file.read("xl/styles.xml")


def test_control_characters_and_long_texts_make_a_file_that_can_be_read():
    cells = cells_of(as_xlsx([["a"], ["\x01\x1f<&>"], ["x" * 40_000]], [10]))
    assert len(cells) == 3
    assert len(cells["A3"][1]) == 32_767


def test_many_rows_take_as_much_memory_as_few():
    code = (
        "import resource, sys; from classifier.digits.spreadsheets import as_xlsx;"
        "as_xlsx((('a%06d.png' % i, i % 10, 99.9, 'no', None) for i in range(int(sys.argv[1]))), [9] * 5);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    few, many = (
        int(subprocess.run([sys.executable, "-c", code, count], check=True, capture_output=True).stdout)
        for count in ("100", "30000")
    )
    assert many < few + 8 * 1024  # KB
