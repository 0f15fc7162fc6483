"""What a sheet's fields are: where each is on its page, and what may stand there. Plain values, stored as JSON.

Description.of(json)   checks and parses; raises FieldRejected with a sentence
description.as_json()  the inverse
description.fields()   all fields in reading order, those of tables included
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any

from classifier.recognition.errors import InvalidInput

from .checksums import CHECKSUMS
from .values import wrong_value

FIELDS_AT_MOST = 1000  # of a sheet, those of tables included
PAGES_AT_MOST = 20
CELLS_AT_MOST = 20  # boxes of one field, and digits of a line
ALLOWED_AT_MOST = 10_000  # values of a list
NAME_AT_MOST = 60  # characters
KEY = re.compile(r"[a-z0-9_-]{1,40}")
SMALLEST = 0.002  # of the page's side: a field is not smaller

# A value of a list: at most CELLS_AT_MOST digits, and a point or none.
LISTED = re.compile(rf"(?=.{{1,{CELLS_AT_MOST + 1}}}\Z)(?![0-9]{{{CELLS_AT_MOST + 1}}})[0-9]+(\.[0-9]+)?")

Box = tuple[float, float, float, float]  # left, top, width, height, as shares of the page, 0 to 1


class FieldRejected(InvalidInput):
    """A field is described in a way that cannot be read; the message names the field and says what to change."""

    code = "field_rejected"


class Kind(StrEnum):
    """How a field is filled in. Stored values stay."""

    BOXES = "boxes"  # one digit in each of several boxes
    LINE = "line"  # a number written freely
    CHECK = "check"  # a box that is marked or not


@dataclass(frozen=True)
class Rules:
    """What may stand in a field of kind BOXES or LINE. A value is a text of digits, with at most one point."""

    digits_from: int = 1  # digits, those after the point included
    digits_to: int = CELLS_AT_MOST
    decimals: int = 0  # digits after the point; 0 without a point
    lowest: float | None = None
    highest: float | None = None
    allowed: tuple[str, ...] = ()  # the only values; empty if any may stand there
    checksum: str = ""  # a name in CHECKSUMS, or empty
    is_required: bool = False  # an empty field is left to a person

    @cached_property
    def allowed_set(self) -> frozenset[str]:
        """The allowed values, to look one up."""
        return frozenset(self.allowed)


@dataclass(frozen=True)
class Field:
    """A field of a sheet, or a cell of a table."""

    key: str  # stays when the field is renamed or moved; of a cell: table.row.column
    name: str  # for people; of a cell: of its column
    page: int  # of the sheet, from 1
    box: Box
    kind: Kind
    cells: int = 0  # boxes beside each other, of kind BOXES
    rules: Rules = field(default_factory=Rules)
    table: str = ""  # key of its table
    row: int = 0  # of a cell, from 1


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    key: str
    name: str
    kind: Kind
    share: float = 1.0  # of the width, compared with the other columns
    cells: int = 0
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class Table:
    """Rows and columns of equal fields, described by one rectangle."""

    key: str
    name: str
    page: int
    box: Box
    rows: int
    columns: tuple[Column, ...]

    def fields(self) -> Iterator[Field]:
        """Its cells, row by row."""
        left, top, width, height = self.box
        total = sum(column.share for column in self.columns)
        edges = [0.0]
        for column in self.columns:
            edges.append(edges[-1] + column.share / total)
        for row in range(self.rows):
            for column, (start, end) in zip(self.columns, pairwise(edges), strict=True):
                box = (left + start * width, top + row * height / self.rows, (end - start) * width, height / self.rows)
                key = f"{self.key}.{row + 1}.{column.key}"
                yield Field(
                    key, column.name, self.page, box, column.kind, column.cells, column.rules, self.key, row + 1
                )


@dataclass(frozen=True)
class Description:
    """All fields of a sheet: single ones and tables, in the order of the result's columns."""

    pages: int = 1
    single: tuple[Field, ...] = ()
    tables: tuple[Table, ...] = ()

    def fields(self) -> list[Field]:
        """The single fields in their order, then the cells of each table, row by row."""
        return [*self.single, *(cell for table in self.tables for cell in table.fields())]

    def on_page(self, page: int) -> list[Field]:
        """The fields of a page, from 1."""
        return [each for each in self.fields() if each.page == page]

    def as_json(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "fields": [_without_place_in_table(asdict(each)) for each in self.single],
            "tables": [asdict(each) for each in self.tables],
        }

    @classmethod
    def of(cls, described: object) -> Description:
        """Parses what `as_json` returns, or a person's program sends. Raises FieldRejected."""
        given = _object(described, "The description")
        pages = _whole(given.get("pages", 1), "pages", 1, PAGES_AT_MOST, "The description")
        single = tuple(_field(each, pages) for each in _list(given.get("fields", []), "fields", FIELDS_AT_MOST))
        tables = tuple(_table(each, pages) for each in _list(given.get("tables", []), "tables", FIELDS_AT_MOST))
        _check_names([*single, *tables])
        if len(single) + sum(table.rows * len(table.columns) for table in tables) > FIELDS_AT_MOST:
            raise FieldRejected(f"A sheet has at most {FIELDS_AT_MOST:,} fields. Divide it into several sheets.")
        return cls(pages, single, tables)


def _without_place_in_table(described: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if name not in ("table", "row")}


def _field(described: object, pages: int) -> Field:
    given = _object(described, "A field")
    name, who, key = _named(given, "field")
    kind = _kind(given.get("kind"), who)
    page = _whole(given.get("page", 1), "page", 1, pages, who)
    return Field(key, name, page, _box(given.get("box"), who), kind, _cells(given, kind, who), _rules(given, kind, who))


def _table(described: object, pages: int) -> Table:
    given = _object(described, "A table")
    name, who, key = _named(given, "table")
    rows = _whole(given.get("rows"), "rows", 1, FIELDS_AT_MOST, who)
    columns = tuple(_column(each, who) for each in _list(given.get("columns"), "columns", FIELDS_AT_MOST))
    if not columns:
        raise FieldRejected(f"{who} has no columns. Add one.")
    _check_names(columns)
    page = _whole(given.get("page", 1), "page", 1, pages, who)
    table = Table(key, name, page, _box(given.get("box"), who), rows, columns)
    total = sum(column.share for column in columns)
    narrowest = min(column.share for column in columns) / total * table.box[2]
    if min(narrowest, table.box[3] / rows) < SMALLEST:
        raise FieldRejected(f"The cells of {who[0].lower()}{who[1:]} are too small. Draw it larger, or divide it.")
    return table


def _column(described: object, table: str) -> Column:
    given = _object(described, f"A column of {table[0].lower()}{table[1:]}")
    name, who, key = _named(given, "column")
    kind = _kind(given.get("kind"), who)
    share = _number(given.get("share", 1.0), "share", who)
    if share is None or not 0.01 <= share <= 100:
        raise FieldRejected(f"{who}: “share” is a number from 0.01 to 100.")
    return Column(key, name, kind, share, _cells(given, kind, who), _rules(given, kind, who))


def _named(given: Mapping[str, Any], what: str) -> tuple[str, str, str]:
    """Name, how sentences begin that are about it, and key."""
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise FieldRejected(f"A {what} has no name. Give it one.")
    name = name.strip()
    if len(name) > NAME_AT_MOST:
        raise FieldRejected(f"The name “{name[:NAME_AT_MOST]}…” is too long: at most {NAME_AT_MOST} characters.")
    if any(not character.isprintable() for character in name):
        raise FieldRejected(f"The name of a {what} has a character that cannot be shown.")
    who, key = f"{what.capitalize()} “{name}”", given.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise FieldRejected(f"{who}: “key” has 1 to 40 of the characters a to z, 0 to 9, - and _.")
    return name, who, key


def _kind(value: object, who: str) -> Kind:
    if value not in list(Kind):
        raise FieldRejected(f"{who}: “kind” is one of {', '.join(Kind)}.")
    return Kind(str(value))


def _cells(given: Mapping[str, Any], kind: Kind, who: str) -> int:
    return _whole(given.get("cells"), "cells", 1, CELLS_AT_MOST, who) if kind is Kind.BOXES else 0


def _box(value: object, who: str) -> Box:
    numbers = [_number(each, "box", who) for each in value] if isinstance(value, list | tuple) else []
    if len(numbers) != 4 or any(each is None for each in numbers):
        raise FieldRejected(f"{who}: “box” has four numbers: left, top, width and height, as shares of the page.")
    left, top, width, height = (float(each or 0) for each in numbers)
    if width < SMALLEST or height < SMALLEST:
        raise FieldRejected(f"{who} is too small. Draw it larger.")
    if left < 0 or top < 0 or left + width > 1.0001 or top + height > 1.0001:
        raise FieldRejected(f"{who} reaches beyond the page. Move it onto the page.")
    return left, top, width, height


def _rules(given: Mapping[str, Any], kind: Kind, who: str) -> Rules:
    rules = _object(given.get("rules") or {}, f"{who}: “rules”")
    if unknown := set(rules) - set(Rules.__dataclass_fields__):
        raise FieldRejected(f"{who}: there is no rule “{min(unknown)}”.")
    is_required = rules.get("is_required", False)
    if not isinstance(is_required, bool):
        raise FieldRejected(f"{who}: “is_required” is true or false.")
    if kind is Kind.CHECK:
        return Rules(is_required=is_required)
    most = CELLS_AT_MOST
    if kind is Kind.BOXES:
        most = min(most, _cells(given, kind, who))
    least = _whole(rules.get("digits_from", 1), "digits_from", 1, CELLS_AT_MOST, who)
    to = min(_whole(rules.get("digits_to", most), "digits_to", 1, CELLS_AT_MOST, who), most)
    if least > to:
        raise FieldRejected(f"{who}: at least {least} digits cannot stand where at most {to} may.")
    decimals = _whole(rules.get("decimals", 0), "decimals", 0, to - 1, who)
    lowest, highest = (_number(rules.get(name), name, who) for name in ("lowest", "highest"))
    if lowest is not None and highest is not None and lowest > highest:
        raise FieldRejected(f"{who}: the lowest value is above the highest.")
    checksum = rules.get("checksum") or ""
    if not isinstance(checksum, str) or (checksum and checksum not in CHECKSUMS):
        raise FieldRejected(f"{who}: “checksum” is one of {', '.join(CHECKSUMS)}.")
    least = max(least, decimals + 1)
    greatest = (10**to - 1) / 10**decimals
    if (lowest is not None and lowest > greatest) or (highest is not None and highest < 0):
        raise FieldRejected(f"{who}: no number of at most {to} digits is in its range.")
    found = Rules(least, to, decimals, lowest, highest, _allowed(rules.get("allowed"), who), checksum, is_required)
    return _as_listed(found, kind, most, who) if found.allowed else found


def _as_listed(rules: Rules, kind: Kind, most: int, who: str) -> Rules:
    """The rules of a field with a list, which says by itself how many digits and decimals there are."""
    for value in rules.allowed:
        if wrong := wrong_value(value, rules.lowest, rules.highest, rules.checksum):
            raise FieldRejected(f"{who}: the list has a value that the other rules exclude. {wrong}")
    counts = {len(value.replace(".", "")) for value in rules.allowed}
    decimals = {len(value.partition(".")[2]) for value in rules.allowed}
    if kind is Kind.BOXES and max(counts) > most:
        raise FieldRejected(f"{who}: the list has a value with more digits than there are boxes.")
    if kind is Kind.BOXES and len(decimals) > 1:
        raise FieldRejected(f"{who}: in boxes, all values of the list have the same number of decimals.")
    return replace(
        rules,
        digits_from=min(counts),
        digits_to=max(counts),
        decimals=decimals.pop() if len(decimals) == 1 else 0,
    )


def _allowed(value: object, who: str) -> tuple[str, ...]:
    values = _list(value or [], "allowed", ALLOWED_AT_MOST)
    for each in values:
        if not isinstance(each, str) or not LISTED.fullmatch(each):
            raise FieldRejected(f"{who}: “{str(each)[:30]}” in the list is not a number of at most 20 digits.")
    return tuple(dict.fromkeys(values))


def _check_names(parts: list[Field | Table] | tuple[Column, ...]) -> None:
    for attribute in ("key", "name"):
        ((value, times),) = Counter(getattr(part, attribute) for part in parts).most_common(1) or [("", 0)]
        if times > 1:
            raise FieldRejected(f"Two fields have the {attribute} “{value}”. Give one of them another.")


def _object(value: object, who: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FieldRejected(f"{who} is a JSON object.")
    return value


def _list(value: object, name: str, most: int) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise FieldRejected(f"“{name}” is a list.")
    if len(value) > most:
        raise FieldRejected(f"“{name}” has {len(value):,} elements; at most {most:,} are possible.")
    return list(value)


def _whole(value: object, name: str, least: int, most: int, who: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise FieldRejected(f"{who}: “{name}” is a whole number from {least} to {most}.")
    return value


def _number(value: object, name: str, who: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        raise FieldRejected(f"{who}: “{name}” is a number.")
    return float(value)
