"""The form that describes a printed sheet: rows for fields, tables and their columns, which the server adds and moves.

Each row has the same inputs, so the n-th value of each belongs to the n-th row.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from classifier.sheets.fields.description import CELLS_AT_MOST, FIELDS_AT_MOST, Column, Description, Field, Kind

ROWS_AT_MOST = 120  # with seven inputs each

FIELD, TABLE, COLUMN = "field", "table", "column"


@dataclass
class Row:
    """part: FIELD, TABLE or COLUMN, which belongs to the table before it; digits: boxes, or digits of a line."""

    part: str = FIELD
    name: str = ""
    kind: str = Kind.BOXES
    digits: int = 3
    decimals: int = 0
    rows: int = 10  # of a table
    key: str = ""  # of the sheet that it was copied from


def rows_in(sent: QueryDict) -> list[Row]:
    """The rows of a sent form. What is no number becomes the default; fields check the rest."""
    parts = sent.getlist("part")[:ROWS_AT_MOST]
    columns = {name: sent.getlist(name) for name in ("row_name", "kind", "digits", "decimals", "rows", "key")}

    def value(name: str, place: int) -> str:
        return columns[name][place] if place < len(columns[name]) else ""

    return [
        Row(
            part if part in (TABLE, COLUMN) else FIELD,
            value("row_name", place)[:200],
            value("kind", place),
            _number(value("digits", place), 3),
            _number(value("decimals", place), 0),
            _number(value("rows", place), 10),
            value("key", place)[:40],
        )
        for place, part in enumerate(parts)
    ]


def rows_of(description: Description) -> list[Row]:
    """The rows that describe a sheet again."""
    rows = [_row_of(FIELD, each) for each in description.single]
    for table in description.tables:
        rows.append(Row(TABLE, table.name, rows=table.rows, key=table.key))
        rows += [_row_of(COLUMN, each) for each in table.columns]
    return rows


def _row_of(part: str, each: Field | Column) -> Row:
    digits = each.cells or min(each.rules.digits_to, CELLS_AT_MOST)
    return Row(part, each.name, each.kind, digits, each.rules.decimals, key=each.key)


def apply(action: str, rows: list[Row]) -> list[Row]:
    """The rows after a button was pressed: "add-field", "add-table", or "column-", "remove-", "up-" or "down-" n."""
    verb, _, place = action.partition("-")
    if verb in ("add", "column") and len(rows) > ROWS_AT_MOST - 3:
        return rows
    if verb == "add":
        new = [Row()] if place == "field" else [Row(TABLE), Row(COLUMN), Row(COLUMN)]
        end = (
            next((at for at, row in enumerate(rows) if row.part == TABLE), len(rows)) if place == "field" else len(rows)
        )
        return [*rows[:end], *new, *rows[end:]]
    groups = _groups(rows)
    at = _number(place, -1)
    group = next((number for number, places in enumerate(groups) if at in places), None)
    if group is None:
        return rows
    if verb == "column":
        end = groups[group][-1] + 1
        return [*rows[:end], Row(COLUMN), *rows[end:]]
    is_column = rows[at].part == COLUMN
    if verb == "remove":
        gone = [at] if is_column else groups[group]
        return [row for number, row in enumerate(rows) if number not in gone]
    step = {"up": -1, "down": 1}.get(verb, 0)
    if is_column:
        if at + step in groups[group][1:]:
            rows[at], rows[at + step] = rows[at + step], rows[at]
        return rows
    other = group + step
    if 0 <= other < len(groups) and rows[groups[other][0]].part == rows[at].part:
        groups[group], groups[other] = groups[other], groups[group]
    return [rows[number] for places in groups for number in places]


def _groups(rows: list[Row]) -> list[list[int]]:
    """The places of rows that move together: each field, and each table with its columns."""
    groups: list[list[int]] = []
    for place, row in enumerate(rows):
        if row.part == COLUMN and groups:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def described(rows: list[Row], before: Description | None = None) -> dict[str, Any]:
    """The description that `placing.place` takes. before: of the sheet that was copied, whose rules are kept."""
    kept = {each.key: each for each in before.single} if before else {}
    fields, tables = [], list[dict[str, Any]]()
    taken: set[str] = set()
    for row in rows:
        if row.part == TABLE:
            columns_before = {
                column.key: column
                for table in (before.tables if before else ())
                if table.key == row.key
                for column in table.columns
            }
            tables.append({"name": row.name, "key": _key(row, taken), "rows": row.rows, "columns": []})
            columns_taken = set[str]()
        elif row.part == COLUMN and tables:
            tables[-1]["columns"].append(_part(row, columns_taken, columns_before))
        else:
            fields.append(_part(row, taken, kept))
    return {"fields": fields, "tables": tables}


def _part(row: Row, taken: set[str], before: Mapping[str, Field | Column]) -> dict[str, Any]:
    part: dict[str, Any] = {"name": row.name, "kind": row.kind}
    old = before.get(row.key)
    if old is not None and (old.kind, old.cells or row.digits, old.rules.decimals) == (
        row.kind,
        row.digits,
        row.decimals,
    ):
        part["rules"] = old.rules.__dict__
    elif row.kind in (Kind.BOXES, Kind.LINE):
        part["rules"] = {"digits_to": row.digits, "decimals": row.decimals}
    if row.kind == Kind.BOXES:
        part["cells"] = row.digits
    return part | {"key": _key(row, taken)}


def _key(row: Row, taken: set[str]) -> str:
    """A key like the row's name that no other row has."""
    plain = unicodedata.normalize("NFKD", row.name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    begin = row.key if re.fullmatch(r"[a-z0-9_-]{1,40}", row.key) else re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30]
    key, number = begin or "field", 2
    while key in taken:
        key, number = f"{begin[:30] or 'field'}-{number}", number + 1
    taken.add(key)
    return key


def _number(text: str, default: int) -> int:
    return min(int(text), FIELDS_AT_MOST) if re.fullmatch(r"[0-9]{1,6}", text) else default
