"""A stack's table as rows for spreadsheets, and as plain values for programs. Both are made while they are sent."""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO, Any

from classifier.digits.spreadsheets import Link, Row, Worksheet, as_csv, as_workbook
from classifier.sheets.fields.description import Description
from classifier.sheets.models import Stack, StackPage, Value

from .columns import ValueColumn, value_columns
from .lines import Line, State, lines, refused, state_of, who_decided

NOT_READ = ("Page", "File", "Not read because", "Link")
Address = Callable[[StackPage], str]  # of a page's picture


def rows(stack: Stack, address: Address) -> Iterator[Row]:
    """The header, and a row for each line. Beside each value: its confidence, 0 to 1, and who decided.

    A value that is left to people and not decided is empty, and “open” is beside it.
    """
    description = stack.described()
    columns = value_columns(description)
    places = _places(stack, description)
    yield [*(name for name, _ in places), *(head for column in columns for head in _heads(column)), "Link"]
    for line in lines(stack):
        cells = [cell for column, value in _pairs(line, columns) for cell in _cells(column, value, stack)]
        yield [*(place(line) for _, place in places), *cells, Link(address(line.page))]


def refused_rows(stack: Stack, address: Address) -> Iterator[Row]:
    """The header, and a row for each page that could not be read."""
    yield list(NOT_READ)
    for page in refused(stack):
        yield [page.number, str(page), page.sentence, Link(address(page)) if page.file else None]


def csv_lines(stack: Stack, address: Address) -> Iterator[bytes]:
    """The table as CSV in UTF-8, with the pages that could not be read at its end, if there are any."""
    yield from as_csv(rows(stack, address))
    unread = refused_rows(stack, address)
    header = next(unread)
    if (first := next(unread, None)) is not None:
        yield from as_csv(chain([[], header, first], unread))


def xlsx_file(stack: Stack, address: Address) -> IO[bytes]:
    """The table as XLSX, with the pages that could not be read in a worksheet of their own."""
    description = stack.described()
    widths = [*(14 for _ in _places(stack, description)), *[12, 11, 12] * len(value_columns(description)), 40]
    return as_workbook(
        [
            Worksheet("Values", rows(stack, address), widths),
            Worksheet("Pages not read", refused_rows(stack, address), [8, 30, 70, 40]),
        ]
    )


def records(stack: Stack, address: Address) -> Iterator[dict[str, Any]]:
    """The lines of the table as plain values for JSON. Values are named by their fields' keys."""
    columns = value_columns(stack.described())
    for line in lines(stack):
        found = {column.key_in(line.row): _record(value, stack) for column, value in _pairs(line, columns) if value}
        table = {"table": line.table.key if line.table else None, "row": line.row or None}
        yield _page_record(line.page, address) | table | {"values": found}


def refused_records(stack: Stack, address: Address) -> Iterator[dict[str, Any]]:
    """The pages that could not be read, as plain values for JSON."""
    for page in refused(stack):
        yield _page_record(page, address) | {"code": page.reason, "detail": page.sentence}


def json_pieces(stack: Stack, address: Address) -> Iterator[str]:
    """One JSON object in pieces: `rows` and `refused`."""
    yield '{"rows": ['
    yield from _listed(records(stack, address))
    yield '], "refused": ['
    yield from _listed(refused_records(stack, address))
    yield "]}"


def _listed(values: Iterator[dict[str, Any]]) -> Iterator[str]:
    for number, value in enumerate(values):
        yield f"{', ' if number else ''}{json.dumps(value, ensure_ascii=False)}"


def _places(stack: Stack, description: Description) -> list[tuple[str, Callable[[Line], Any]]]:
    """The columns that say which line it is: name, and content."""
    places: list[tuple[str, Callable[[Line], Any]]] = [
        ("Page", lambda line: line.page.number),
        ("File", lambda line: str(line.page)),
    ]
    if description.pages > 1:
        places.append(("Page of the sheet", lambda line: line.page.sheet_page))
    if stack.sheet.is_printed:
        places.append(("Copy", lambda line: line.page.copy or None))
    if stack.sheet.roster:
        places.append(("Printed for", lambda line: line.page.label))
    if len(description.tables) > 1:
        places.append(("Table", lambda line: line.table.name if line.table else None))
    if description.tables:
        places.append(("Row", lambda line: line.row or None))
    return places


def _heads(column: ValueColumn) -> tuple[str, str, str]:
    return column.name, f"{column.name} – confidence", f"{column.name} – decided by"


def _pairs(line: Line, columns: list[ValueColumn]) -> Iterator[tuple[ValueColumn, Value | None]]:
    return zip(columns, line.values, strict=True)


def _cells(column: ValueColumn, value: Value | None, stack: Stack) -> tuple[Any, Any, Any]:
    if value is None:
        return None, None, None
    is_open = state_of(value, stack) is State.OPEN
    text = None if is_open or not value.text else column.cell(value.text)
    return text, round(value.confidence, 4), who_decided(value, stack)


def _record(value: Value, stack: Stack) -> dict[str, Any]:
    state = state_of(value, stack)
    return {
        "id": str(value.public_id),
        "text": None if state is State.OPEN else value.text,
        "read": value.read,
        "confidence": round(value.confidence, 6),
        "state": state,
        "decided_by": who_decided(value, stack) if state is State.DECIDED else None,
    }


def _page_record(page: StackPage, address: Address) -> dict[str, Any]:
    return {
        "page": page.number,
        "file": page.name,
        "page_of_file": page.page,
        "page_of_sheet": page.sheet_page,
        "copy": page.copy,
        "label": page.label,
        "picture": address(page) if page.file else None,
    }
