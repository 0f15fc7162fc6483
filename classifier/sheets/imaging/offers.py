"""Finds rectangles on an empty page that look like fields, to be offered to the person who describes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import CELLS_AT_MOST, Box, Kind

from .ruling import Rectangle, ruling_of

SQUARE = 0.75, 1.34  # width by height of a check box
CHECKS = 16, 110  # px: side of a check box
DIGITS = 0.4, 1.35  # width by height of a box for one digit
HEIGHTS = 26, 260  # px: height of a field
WIDE = 1.8  # width by height of a line, at least
BETWEEN = 0.45  # gap between boxes of one field, as a share of their width
TABLE_ROWS = 3  # at least
ALIKE = 5  # px, or a tenth of the size
LINE_HEIGHT = 64  # px: of a field on a rule


@dataclass(frozen=True)
class Offer:
    """A rectangle that looks like a field, like boxes beside each other, or like a table."""

    box: Box  # shares of the page
    kind: Kind
    cells: int = 1  # boxes beside each other; of a table: columns
    rows: int = 1  # above 1: of a table


@dataclass(frozen=True)
class _Group:
    """Equal rectangles beside each other, and how many rows of them there are."""

    members: tuple[Rectangle, ...]
    rows: int = 1

    @property
    def whole(self) -> Rectangle:
        left, top, right, bottom = np.array(self.members).T
        return int(left.min()), int(top.min()), int(right.max()), int(bottom.max())


def offers(grey: NDArray[np.uint8]) -> list[Offer]:
    """The rectangles on an empty page that look like fields, in reading order. grey: (height, width), upright."""
    ruling = ruling_of(grey)
    rows = _in_rows(ruling.cells)
    tables, rest = _tables(rows)
    found: list[tuple[Rectangle, Kind, int, int]] = [
        (table.whole, Kind.LINE, len(table.members) // table.rows, table.rows) for table in tables
    ]
    for row in rest:
        found += _fields(row)
    for left, bottom, right in ruling.rules:
        found.append(((left, bottom - LINE_HEIGHT, right, bottom), Kind.LINE, 1, 1))
    height, width = grey.shape
    return [
        Offer((left / width, top / height, (right - left) / width, (bottom - top) / height), kind, cells, rows)
        for (left, top, right, bottom), kind, cells, rows in _in_reading_order(_distinct(found))
    ]


def _fields(row: _Group) -> Iterable[tuple[Rectangle, Kind, int, int]]:
    """What a row of equal rectangles may be: one field of boxes, or several fields."""
    left, top, right, bottom = row.members[0]
    wide, high = right - left, bottom - top
    count = len(row.members)
    if count > 1 and DIGITS[0] <= wide / high <= DIGITS[1] and HEIGHTS[0] <= high <= HEIGHTS[1]:
        if count <= CELLS_AT_MOST:
            yield row.whole, Kind.BOXES, count, 1
        return
    for each in row.members:
        if SQUARE[0] <= wide / high <= SQUARE[1] and CHECKS[0] <= high <= CHECKS[1]:
            yield each, Kind.CHECK, 1, 1
        elif wide >= WIDE * high and HEIGHTS[0] <= high <= HEIGHTS[1]:
            yield each, Kind.LINE, 1, 1


def _alike(first: float, second: float) -> bool:
    return abs(first - second) <= max(ALIKE, 0.1 * min(first, second))


def _in_rows(cells: list[Rectangle]) -> list[_Group]:
    """Groups rectangles of one size that are close beside each other."""
    groups: list[list[Rectangle]] = []
    for cell in sorted(cells, key=lambda each: (each[0], each[1])):
        for group in groups:
            left, top, right, bottom = group[-1]
            is_beside = -ALIKE <= cell[0] - right <= max(2 * ALIKE, BETWEEN * (right - left))
            is_level = abs(cell[1] - top) <= ALIKE and abs(cell[3] - bottom) <= ALIKE
            if is_beside and is_level and _alike(cell[2] - cell[0], right - left):
                group.append(cell)
                break
        else:
            groups.append([cell])
    return [_Group(tuple(group)) for group in groups]


def _tables(rows: list[_Group]) -> tuple[list[_Group], list[_Group]]:
    """Stacks rows with the same columns, at least TABLE_ROWS of them. Returns the tables and the other rows."""
    stacks: list[list[_Group]] = []
    for row in sorted(rows, key=lambda each: each.whole[1]):
        for stack in stacks:
            if _is_below(row, stack[-1]):
                stack.append(row)
                break
        else:
            stacks.append([row])
    tables, rest = [], []
    for stack in stacks:
        left, top, right, bottom = stack[0].members[0]
        if len(stack) >= TABLE_ROWS and right - left >= WIDE * (bottom - top):
            tables.append(_Group(tuple(cell for row in stack for cell in row.members), len(stack)))
        else:
            rest += stack
    return tables, rest


def _is_below(row: _Group, above: _Group) -> bool:
    if len(row.members) != len(above.members):
        return False
    first, upper = row.members[0], above.members[0]
    is_close = -ALIKE <= first[1] - upper[3] <= 2 * ALIKE
    is_level = all(
        abs(a[0] - b[0]) <= ALIKE and abs(a[2] - b[2]) <= ALIKE for a, b in zip(row.members, above.members, strict=True)
    )
    return is_close and is_level and _alike(first[3] - first[1], upper[3] - upper[1])


def _distinct(
    found: list[tuple[Rectangle, Kind, int, int]],
) -> list[tuple[Rectangle, Kind, int, int]]:
    """Without those that mostly cover one before them."""
    kept: list[tuple[Rectangle, Kind, int, int]] = []
    for each in found:
        if not any(_overlap(each[0], other[0]) > 0.3 for other in kept):
            kept.append(each)
    return kept


def _overlap(first: Rectangle, second: Rectangle) -> float:
    """The common area as a share of the smaller rectangle."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    area = min((each[2] - each[0]) * (each[3] - each[1]) for each in (first, second))
    return max(0, wide) * max(0, high) / max(1, area)


def _in_reading_order(
    found: list[tuple[Rectangle, Kind, int, int]],
) -> list[tuple[Rectangle, Kind, int, int]]:
    """From above; those whose middles are at one height from the left."""
    ordered: list[tuple[Rectangle, Kind, int, int]] = []
    line: list[tuple[Rectangle, Kind, int, int]] = []
    for each in sorted(found, key=lambda offer: offer[0][1] + offer[0][3]):
        _, top, _, bottom = each[0]
        if line and (top + bottom) / 2 > line[0][0][3]:
            ordered += sorted(line, key=lambda offer: offer[0][0])
            line = []
        line.append(each)
    return ordered + sorted(line, key=lambda offer: offer[0][0])
