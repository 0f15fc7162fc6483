"""A person's digits page by page in any order. The 500th page is as fast as the first.

A page begins after the last digit of the page before (keyset pagination). It takes two steps: first the keys, from an
index with all filtered and sorted columns, then the few rows with these keys.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from classifier.models import Digit, DigitQuerySet

from .numbers import in_reading_order, know_siblings

PAGE = 48
FEW = 1000  # matches up to which all keys are read and sorted here
COUNTED = 10_000  # digits beyond which a number is not exact


@dataclass(frozen=True)
class Order:
    """An order of digits: by a column, and digits with the same value by their keys."""

    column: str
    falling: bool = False
    newest_first: bool = True  # among digits with the same value

    @property
    def columns(self) -> list[str]:
        """The arguments for `order_by`."""
        return [f"-{self.column}" if self.falling else self.column, "-pk" if self.newest_first else "pk"]


# Each has its index (models.Digit), read forwards or backwards.
ORDERS = {
    "newest": Order("created", falling=True),
    "oldest": Order("created", newest_first=False),
    "surest": Order("confidence", falling=True),
    "least_sure": Order("confidence", newest_first=False),
    "digit": Order("read"),
}


@dataclass(frozen=True)
class Page:
    digits: list[Digit]
    next_before: str  # public id of the last digit, after which the next page begins; empty at the end
    all: int | None = None  # digits on all pages together, if they are few


def newest(owner: User) -> DigitQuerySet:
    return Digit.objects.owned_by(owner).for_lists().newest_first()


def recent(owner: User, count: int) -> list[Digit]:
    """The newest digits with their siblings; numbers in reading order."""
    return _readable(list(newest(owner)[:count]))


def _readable(digits: list[Digit]) -> list[Digit]:
    know_siblings(digits)
    return in_reading_order(digits)


def page(owner: User, before: str = "", size: int = PAGE) -> Page:
    """The newest digits that are older than `before` (a public id); an unknown id starts at the newest."""
    return page_of(Digit.objects.owned_by(owner), ORDERS["newest"], place(owner, before), size)


def place(owner: User, public_id: str) -> Digit | None:
    """The digit after which a page begins; it may be deleted. None for an invalid id or a stranger's digit."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    digits = Digit.objects.owned_or_deleted_by(owner).filter(public_id=wanted)
    return digits.only("public_id", "created", "confidence", "read").first()


def page_of(
    digits: DigitQuerySet,
    order: Order,
    last: Digit | None = None,
    size: int = PAGE,
    *,
    filtered: bool = False,
    whole: bool = False,
) -> Page:
    """A page of digits: those after `last` in their order. digits: from `owned_by`.

    filtered: there may be few of them. whole: with their probabilities, which lists for people do not show.
    """
    few = _few(digits, order) if filtered else None
    ordered = digits.order_by(*order.columns)
    keys = keys_after(ordered, order, last, size + 1) if few is None else _after(few, order, last)
    chosen = Digit.objects.filter(pk__in=keys[:size])
    by_key = (chosen.with_predictions() if whole else chosen.for_lists()).in_bulk()
    rows = [by_key[key] for key in keys[:size] if key in by_key]  # a digit may just have been deleted
    know_siblings(rows)
    ending = str(rows[-1].public_id) if len(keys) > size and rows else ""
    # Sorted by age, the digits of a number stay together in reading order.
    together = in_reading_order(rows) if order.column == "created" else rows
    return Page(together, ending, None if few is None else len(few))


def _few(digits: DigitQuerySet, order: Order) -> list[tuple[Any, int]] | None:
    """The value and key of each digit, in their order; None if there are more than FEW.

    The query has no order, so the database begins with the most selective filter. With an order it might walk
    through all digits in that order to find the few.
    """
    pairs = list(digits.order_by().values_list(order.column, "pk")[: FEW + 1])
    if len(pairs) > FEW:
        return None
    pairs.sort(key=lambda pair: pair[1], reverse=order.newest_first)
    return sorted(pairs, key=lambda pair: pair[0], reverse=order.falling)


def _after(few: list[tuple[Any, int]], order: Order, last: Digit | None) -> list[int]:
    """The keys of the digits after `last`."""
    if last is None:
        return [key for _, key in few]
    return [key for value, key in few if _comes_after((value, key), order, last)]


def _comes_after(pair: tuple[Any, int], order: Order, last: Digit) -> bool:
    value, key = getattr(last, order.column), last.pk
    if pair[0] == value:
        return pair[1] < key if order.newest_first else pair[1] > key
    return bool(pair[0] < value if order.falling else pair[0] > value)


def keys_after(digits: DigitQuerySet, order: Order, last: Digit | None, count: int) -> list[int]:
    """The keys of the first `count` digits after `last`.

    Digits with the same value as `last` and digits beyond it are two queries: each reads one range of an index, and
    comparing both columns in one query would not.
    """
    keys = digits.values_list("pk", flat=True)
    if last is None:
        return list(keys[:count])
    value = getattr(last, order.column)
    same = {order.column: value, "pk__lt" if order.newest_first else "pk__gt": last.pk}
    chosen = list(keys.filter(**same)[:count])
    if len(chosen) < count:
        beyond = {f"{order.column}__{'lt' if order.falling else 'gt'}": value}
        chosen += list(keys.filter(**beyond)[: count - len(chosen)])
    return chosen


def counted(digits: DigitQuerySet) -> tuple[int, bool]:
    """The number of digits, at most COUNTED, and whether there are more. Counting 100,000 would take too long."""
    count = digits.order_by().values("pk")[: COUNTED + 1].count()
    return min(count, COUNTED), count > COUNTED
