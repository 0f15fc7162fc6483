"""Lists that people paste or upload as CSV: the values that may stand in a field, and rosters."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from classifier.recognition.errors import InvalidInput
from classifier.sheets.fields.description import ALLOWED_AT_MOST, CELLS_AT_MOST, LISTED
from classifier.sheets.printing.placing import check_text

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

BYTES_AT_MOST = 2**20
ROSTER_AT_MOST = 2000  # lines
LINE_AT_MOST = 80  # characters


class ListRejected(InvalidInput):
    """A list cannot be used; the message names the line and says what to change."""

    code = "list_rejected"


def text_of(file: "UploadedFile[bytes]") -> str:
    """The text of an uploaded list: UTF-8, UTF-16 with its mark, or Windows-1252. Raises ListRejected."""
    if (file.size or 0) > BYTES_AT_MOST:
        raise ListRejected("This file is too large for a list. Choose a text or CSV file of at most 1 MB.")
    data = bytes(file.read())
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ListRejected("This file is no text. Save the table as CSV and choose that file.")


def values(text: str) -> list[str]:
    """The numbers of a list: one on each line, or separated by commas or spaces; of a CSV the first column.

    A first line without any number is a heading. A decimal comma needs lines of its own or a CSV with semicolons.
    Raises ListRejected.
    """
    found: dict[str, int] = {}
    for number, value in _values(text):
        if not LISTED.fullmatch(value):
            raise ListRejected(f"Line {number}: “{value[:30]}” is not a number of at most {CELLS_AT_MOST} digits.")
        if value in found:
            lines = f"lines {found[value]} and {number}" if found[value] != number else f"line {number}"
            raise ListRejected(f"“{value}” is in the list twice ({lines}). Remove one of them.")
        found[value] = number
    if len(found) > ALLOWED_AT_MOST:
        raise ListRejected(f"The list has {len(found):,} values; at most {ALLOWED_AT_MOST:,} are possible.")
    if not found:
        raise ListRejected("The list is empty. Put one value on each line.")
    return list(found)


def roster(text: str) -> list[str]:
    """The lines of a roster, without empty ones; the cells of a CSV are joined by commas. Raises ListRejected."""
    found: dict[str, int] = {}
    for number, cells in _rows(text):
        line = ", ".join(" ".join(cell.split()) for cell in cells if cell)
        if len(line) > LINE_AT_MOST:
            raise ListRejected(f"Line {number} of the roster is longer than {LINE_AT_MOST} characters. Shorten it.")
        if not line.isprintable():
            raise ListRejected(f"Line {number} of the roster has a character that cannot be shown.")
        if line in found:
            raise ListRejected(
                f"“{line}” is in the roster twice (lines {found[line]} and {number}). Add what tells them apart."
            )
        check_text(line)
        found[line] = number
    if len(found) > ROSTER_AT_MOST:
        raise ListRejected(f"The roster has {len(found):,} lines; at most {ROSTER_AT_MOST:,} are possible.")
    return list(found)


def _values(text: str) -> Iterator[tuple[int, str]]:
    """Values with the numbers of their lines, without a heading."""
    rows = list(_rows(text))
    if rows and not any(re.search(r"\d", cell) for cell in rows[0][1]):
        del rows[0]
    has_columns = _separator(text) is not None
    for number, cells in rows:
        if has_columns or (len(rows) > 1 and re.fullmatch(r"\d+,\d+", cells[0])):
            yield number, cells[0].replace(",", ".")
        else:
            yield from ((number, value) for value in re.split(r"[,\s]+", cells[0]) if value)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that has any, with its number from 1."""
    separator = _separator(text)
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip().strip('"').strip() for cell in (line.split(separator) if separator else [line])]
        if any(cells):
            yield number, cells


def _separator(text: str) -> str | None:
    """The character between the columns of a CSV. Never a comma, which is in names and decimal numbers."""
    return next((each for each in "\t;" if each in text), None)
