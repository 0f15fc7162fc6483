"""A person's entries page by page in any order, or their digits. The 500th page is as fast as the first.

An entry is a drawing, with one digit or all digits of a number. Filters apply to digits: an entry is listed if one of
its digits matches them all. A page begins after the last digit of the page before (keyset pagination). It takes two
steps: first the keys, from an index with all filtered and sorted columns, then the few rows with these keys.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from classifier.models import Digit, DigitQuerySet

from .numbers import in_reading_order, know_siblings

PAGE = 48
FEW = 1000  # matches up to which all keys are read and sorted here
COUNTED = 10_000  # entries beyond which a number is not exact


@dataclass(frozen=True)
class Order:
    """An order of digits or entries by some columns; one with a - before it falls. The last is a key."""

    columns: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [column.removeprefix("-") for column in self.columns]

    def falls(self, level: int) -> bool:
        return self.columns[level].startswith("-")


# Each has its index (models.Digit), read forwards or backwards.
ORDERS = {
    "newest": Order(("-created", "-drawing_id", "-pk")),
    "oldest": Order(("created", "drawing_id", "pk")),
    "surest": Order(("-confidence", "-pk")),
    "least_sure": Order(("confidence", "pk")),
    "digit": Order(("read", "-pk")),
}
# Of entries: in them, the digits of a drawing are neighbours.
ENTRY_ORDERS = {
    "newest": Order(("-created", "-drawing_id")),
    "oldest": Order(("created", "drawing_id")),
    "surest": Order(("-sureness", "-drawing_id")),
    "least_sure": Order(("sureness", "drawing_id")),
    "digit": Order(("value", "-drawing_id")),
}
Key = tuple[Any, ...]  # the values of an order's columns


@dataclass(frozen=True)
class Page:
    digits: list[Digit]  # of entries, the leftmost digit of each
    next_before: str  # public id of the last digit, after which the next page begins; empty at the end
    all: int | None = None  # digits or entries on all pages together, if they are few


def recent(owner: User, count: int) -> list[Digit]:
    """The leftmost digits of the newest entries, with their siblings."""
    return entries(Digit.objects.owned_by(owner), ENTRY_ORDERS["newest"], size=count).digits


def place(owner: User, public_id: str) -> Digit | None:
    """The digit after which a page begins; it may be deleted. None for an invalid id or a stranger's digit."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    digits = Digit.objects.owned_or_deleted_by(owner).filter(public_id=wanted)
    return digits.only("public_id", "drawing_id", "created", "confidence", "read", "sureness", "value").first()


def page_of(
    digits: DigitQuerySet, order: Order, last: Digit | None = None, size: int = PAGE, *, filtered: bool = False
) -> Page:
    """A page of digits, for programs: those after `last` in their order. digits: from `owned_by`.

    filtered: there may be few of them.
    """
    keys, total = _found(digits, order, last, size + 1, filtered)
    by_key = Digit.objects.filter(pk__in=[key[-1] for key in keys[:size]]).with_predictions().in_bulk()
    rows = [by_key[key[-1]] for key in keys[:size] if key[-1] in by_key]  # a digit may just have been deleted
    know_siblings(rows)
    ending = str(rows[-1].public_id) if len(keys) > size and rows else ""
    # Sorted by age, the digits of a number stay together in reading order.
    together = in_reading_order(rows) if "created" in order.names else rows
    return Page(together, ending, total)


def entries(
    digits: DigitQuerySet, order: Order, last: Digit | None = None, size: int = PAGE, *, filtered: bool = False
) -> Page:
    """A page of entries, for people: the drawings of these digits, each with all of its digits.

    digits, filtered: as for page_of. order: of ENTRY_ORDERS. last: any digit of the last entry before.
    """
    keys, total = _found(digits, order, last, size + 1, filtered, is_distinct=True)
    drawings = [key[-1] for key in keys[:size]]
    rows = Digit.objects.filter(drawing__in=drawings, owner__isnull=False).for_lists().order_by("position")
    siblings: dict[int, list[Digit]] = {}
    for digit in rows:
        siblings.setdefault(digit.drawing_id, []).append(digit)
        digit.siblings = siblings[digit.drawing_id]
    leftmost = [siblings[drawing][0] for drawing in drawings if drawing in siblings]
    return Page(leftmost, str(leftmost[-1].public_id) if len(keys) > size and leftmost else "", total)


def _found(
    digits: DigitQuerySet, order: Order, last: Digit | None, count: int, filtered: bool, is_distinct: bool = False
) -> tuple[list[Key], int | None]:
    """The first `count` keys after `last`, and how many there are in all if they are few."""
    rows: QuerySet[Any, Any] = digits.values_list(*order.names)
    rows = rows.distinct() if is_distinct else rows
    start = None if last is None else tuple(getattr(last, name) for name in order.names)
    if filtered and (few := _few(rows, order)) is not None:
        chosen = few if start is None else [key for key in few if _comes_after(key, order, start)]
        return chosen[:count], len(few)
    return _keys_after(rows.order_by(*order.columns), order, start, count), None


def keys_after(digits: DigitQuerySet, order: Order, last: Digit | None, count: int) -> list[int]:
    """The keys of the first `count` digits after `last`. order: of ORDERS."""
    return [key[-1] for key in _found(digits, order, last, count, filtered=False)[0]]


def _few(rows: "QuerySet[Any, Any]", order: Order) -> list[Key] | None:
    """All keys, in their order; None if there are more than FEW.

    The query has no order, so the database begins with the most selective filter. With an order it might walk
    through all digits in that order to find the few.
    """
    keys = list(rows.order_by()[: FEW + 1])
    if len(keys) > FEW:
        return None
    for level in reversed(range(len(order.columns))):
        keys.sort(key=lambda key: key[level], reverse=order.falls(level))
    return keys


def _comes_after(key: Key, order: Order, start: Key) -> bool:
    for level, (value, before) in enumerate(zip(key, start, strict=True)):
        if value != before:
            return bool(value < before if order.falls(level) else value > before)
    return False


def _keys_after(rows: "QuerySet[Any, Any]", order: Order, start: Key | None, count: int) -> list[Key]:
    """The first `count` keys after `start`.

    Those with the same values but for the last column, those with the same values but for the last two, and so on:
    each query reads one range of an index, and comparing several columns in one query would not.
    """
    if start is None:
        return list(rows[:count])
    chosen: list[Key] = []
    for level in reversed(range(len(start))):
        if len(chosen) < count:
            same = dict(zip(order.names[:level], start[:level], strict=True))
            beyond = {f"{order.names[level]}__{'lt' if order.falls(level) else 'gt'}": start[level]}
            chosen += rows.filter(**same, **beyond)[: count - len(chosen)]
    return chosen


def counted(digits: DigitQuerySet) -> tuple[int, bool]:
    """The number of entries, at most COUNTED, and whether there are more. Counting 100,000 would take too long."""
    drawings = digits.order_by().values("created", "drawing_id").distinct()  # as an index has them, already sorted
    count = drawings[: COUNTED + 1].count()
    return min(count, COUNTED), count > COUNTED
