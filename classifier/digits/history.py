"""A person's digits in pages, in any order, each found by where the last one ended: the 500th is as quick as the first.

A page is found in two steps: first the keys, from an index that holds all that is filtered and sorted by, then the
rows of those few, which are wide.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from classifier.models import Digit, DigitQuerySet

from .numbers import in_reading_order, know_siblings

PAGE = 48
FEW = 1000  # so many matches are looked at one by one
COUNTED = 10_000  # beyond, a number is not said exactly


@dataclass(frozen=True)
class Order:
    """How digits are sorted: by a column of theirs, and those with the same value by their keys."""

    column: str
    falling: bool = False
    newest_first: bool = True  # of those with the same value

    @property
    def columns(self) -> list[str]:
        """As `order_by` takes them."""
        return [f"-{self.column}" if self.falling else self.column, "-pk" if self.newest_first else "pk"]


# Each has its index (models.Digit), which is read forwards or backwards.
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
    next_before: str  # what the next page comes after in its order; empty at the end
    all: int | None = None  # how many there are on all pages together, where they are few


def newest(owner: User) -> DigitQuerySet:
    return Digit.objects.owned_by(owner).for_lists().newest_first()


def recent(owner: User, count: int) -> list[Digit]:
    """The newest few, numbers in reading order, each with its siblings known."""
    return _readable(list(newest(owner)[:count]))


def _readable(digits: list[Digit]) -> list[Digit]:
    know_siblings(digits)
    return in_reading_order(digits)


def page(owner: User, before: str = "", size: int = PAGE) -> Page:
    """The newest digits that are older than `before` (a public id); unknown ids start at the newest."""
    return page_of(Digit.objects.owned_by(owner), ORDERS["newest"], place(owner, before), size)


def place(owner: User, public_id: str) -> Digit | None:
    """The digit that a page comes after. One that was deleted meanwhile still is a place, a stranger's is none."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    found = Digit.objects.owned_or_deleted_by(owner).filter(public_id=wanted)
    return found.only("public_id", "created", "confidence", "read").first()


def page_of(
    digits: DigitQuerySet,
    order: Order,
    last: Digit | None = None,
    size: int = PAGE,
    *,
    filtered: bool = False,
    whole: bool = False,
) -> Page:
    """A page of digits that came through the door, those after `last` in their order.

    filtered: perhaps a few; whole: with their probabilities, which lists for people do not show.
    """
    few = _few(digits, order) if filtered else None
    ordered = digits.order_by(*order.columns)
    keys = keys_after(ordered, order, last, size + 1) if few is None else _after(few, order, last)
    chosen = Digit.objects.filter(pk__in=keys[:size])
    found = (chosen.with_predictions() if whole else chosen.for_lists()).in_bulk()
    rows = [found[key] for key in keys[:size] if key in found]  # one may be gone since
    know_siblings(rows)
    ending = str(rows[-1].public_id) if len(keys) > size and rows else ""
    # Sorted by age, a number's digits stand together, as they are read.
    together = in_reading_order(rows) if order.column == "created" else rows
    return Page(together, ending, None if few is None else len(few))


def _few(digits: DigitQuerySet, order: Order) -> list[tuple[Any, int]] | None:
    """Each digit's value and key, in their order; None when there are more than FEW.

    Asked for in no order: then the database begins with what is rarest, not with the order, in which it could
    look through all for the few.
    """
    found = list(digits.order_by().values_list(order.column, "pk")[: FEW + 1])
    if len(found) > FEW:
        return None
    found.sort(key=lambda pair: pair[1], reverse=order.newest_first)
    return sorted(found, key=lambda pair: pair[0], reverse=order.falling)


def _after(few: list[tuple[Any, int]], order: Order, last: Digit | None) -> list[int]:
    """The keys of those that come after `last`."""
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

    Those with the same value as it are asked for apart from those beyond: each is one stretch of an index, which
    a comparison of both columns at once is not.
    """
    keys = digits.values_list("pk", flat=True)
    if last is None:
        return list(keys[:count])
    value = getattr(last, order.column)
    same = {order.column: value, "pk__lt" if order.newest_first else "pk__gt": last.pk}
    found = list(keys.filter(**same)[:count])
    if len(found) < count:
        beyond = {f"{order.column}__{'lt' if order.falling else 'gt'}": value}
        found += list(keys.filter(**beyond)[: count - len(found)])
    return found


def counted(digits: DigitQuerySet) -> tuple[int, bool]:
    """How many there are, and whether they are more than that: nobody waits for the last of 100,000."""
    found = digits.order_by().values("pk")[: COUNTED + 1].count()
    return min(found, COUNTED), found > COUNTED
