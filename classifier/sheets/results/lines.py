"""The lines of a stack's table: one for each page that was read, or for each row of a table on it.

Pages are fetched some at a time, with their values in one query, so a stack of any size takes little memory, and its
table can be fetched while other pages are still being read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from django.db.models import QuerySet

from classifier.sheets.fields.description import Description, Table
from classifier.sheets.models import Stack, StackPage, Value

from .columns import ValueColumn, value_columns

VALUES_AT_ONCE = 5000
PAGES_AT_ONCE = 200


class State(StrEnum):
    """What a value is worth."""

    DECIDED = "decided"  # by a person
    TAKEN = "taken"  # as it was read
    OPEN = "open"  # left to people, and not decided yet


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    page: StackPage
    table: Table | None  # None for a page without a table
    row: int  # of the table, from 1; 0 without one
    values: list[Value | None]  # in the order of the columns; None where the page has no such field


def state_of(value: Value, stack: Stack) -> State:
    if value.decided is not None:
        return State.DECIDED
    return State.TAKEN if value.risk <= 1.0 / stack.one_in else State.OPEN


def who_decided(value: Value, stack: Stack) -> str:
    """Who decided, in words: a person's name, "machine", or "open". value: with decided_by."""
    state = state_of(value, stack)
    if state is State.DECIDED:
        return value.decided_by.get_username() if value.decided_by else "closed account"
    return "machine" if state is State.TAKEN else "open"


def lines(stack: Stack) -> Iterator[Line]:
    """The lines of all pages that are read, in the order of the pages."""
    description = stack.described()
    fields = max(1, len(description.fields()))
    pages = stack.pages.filter(status=StackPage.Status.READ).order_by("number")
    for some in _in_pieces(pages, max(1, min(PAGES_AT_ONCE, VALUES_AT_ONCE // fields))):
        yield from lines_of(some, description)


def lines_of(pages: Iterable[StackPage], description: Description) -> Iterator[Line]:
    """The lines of these pages, in one query. Those that are not read have none."""
    here = list(pages)
    values: dict[int, dict[str, Value]] = {}
    for value in Value.objects.filter(page__in=here).select_related("decided_by").order_by():
        values.setdefault(value.page_id, {})[value.key] = value
    columns = value_columns(description)
    for page in here:
        if page.pk in values:
            yield from _lines(page, values[page.pk], description, columns)


def refused(stack: Stack) -> Iterator[StackPage]:
    """The pages that could not be read, in their order."""
    pages = stack.pages.filter(status=StackPage.Status.REFUSED).order_by("number")
    return chain.from_iterable(_in_pieces(pages, PAGES_AT_ONCE))


def _lines(
    page: StackPage, values: dict[str, Value], description: Description, columns: list[ValueColumn]
) -> Iterator[Line]:
    tables = [table for table in description.tables if table.page == page.sheet_page]
    if not tables:
        yield Line(page, None, 0, [None if each.table else values.get(each.key) for each in columns])
    for table in tables:
        for row in range(1, table.rows + 1):
            of_row = [values.get(each.key_in(row)) if each.table in ("", table.key) else None for each in columns]
            yield Line(page, table, row, of_row)


def _in_pieces(pages: QuerySet[StackPage], size: int) -> Iterator[list[StackPage]]:
    """pages: in the order of their numbers."""
    last = 0
    while some := list(pages.filter(number__gt=last)[:size]):
        yield some
        last = some[-1].number
