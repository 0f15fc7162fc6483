"""Tables for spreadsheets, as CSV and XLSX. No cell is ever evaluated, and no table is held in memory.

Source: OWASP, "CSV Injection", for the characters that begin a formula.
"""

import csv
import io
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

Row = Sequence[Any]  # texts, numbers and None for empty cells

BOM = b"\xef\xbb\xbf"  # without which Excel takes UTF-8 for a code page
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_AT_MOST = 2**20  # of a worksheet
CELL_AT_MOST = 32_767  # characters
LINE_HEIGHT = 15  # points
LINKS_AT_MOST = 65_000  # of a worksheet; Excel opens no file with more than 65,530
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # a text that begins like this is evaluated


def neutral(cell: Any) -> Any:
    """A cell of a CSV that no spreadsheet takes for a formula: texts get an apostrophe, numbers stay as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yields the lines of a CSV in UTF-8."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        yield file.getvalue().encode()
        file.seek(0)
        file.truncate()


class Link(str):
    """A text that is an address: a click in a worksheet opens it."""

    __slots__ = ()


@dataclass(frozen=True)
class Worksheet:
    """A table of an XLSX."""

    name: str  # at most 31 characters, without []:*?/\\
    rows: Iterable[Row]  # the first is the header; more than a worksheet can have are left out
    widths: Sequence[int]  # of the columns, in characters


def as_xlsx(rows: Iterable[Row], widths: Sequence[int]) -> IO[bytes]:
    """Writes an XLSX of one worksheet into a temporary file, and returns the file at its start. Arguments: see
    Worksheet."""
    return as_workbook([Worksheet("Digits", rows, widths)])


def as_workbook(worksheets: Iterable[Worksheet]) -> IO[bytes]:
    """Writes an XLSX into a temporary file, one worksheet after the other, and returns the file at its start."""
    # Inside the function: a web process needs it only when somebody downloads a table.
    from xlsxwriter import Workbook

    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    # Each row goes to a file as soon as the next one begins.
    with Workbook(file, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for worksheet in worksheets:
            _write(book.add_worksheet(worksheet.name), worksheet, head)
    file.seek(0)
    return file


def _write(sheet: Any, worksheet: Worksheet, head: Any) -> None:
    """sheet, head: of XlsxWriter, which has no annotations."""
    links = 0
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.repeat_rows(0)  # on paper
    for column, width in enumerate(worksheet.widths):
        sheet.set_column(column, column, width)
    for at, row in zip(range(ROWS_AT_MOST), worksheet.rows, strict=False):
        if at == 0:
            sheet.set_row(0, LINE_HEIGHT * _most_lines(row, worksheet.widths))
        for column, cell in enumerate(row):
            if isinstance(cell, Link) and links < LINKS_AT_MOST:
                sheet.write_url(at, column, cell)
                links += 1
            elif isinstance(cell, str):
                sheet.write_string(at, column, cell[:CELL_AT_MOST], None if at else head)
            elif cell is not None:
                sheet.write_number(at, column, cell)


def _most_lines(heads: Row, widths: Sequence[int]) -> int:
    """How many lines the longest head needs, as spreadsheets break them: only between words."""
    return max([1, *(len(textwrap.wrap(str(head), width)) for head, width in zip(heads, widths, strict=False))])
