"""A person's digits, newest first, in pages found by where the last one ended: the 500th is as quick as the first."""

import uuid
from dataclasses import dataclass

from django.contrib.auth.models import User

from .models import Digit, DigitQuerySet
from .numbers import in_reading_order, know_siblings

PAGE = 48


@dataclass(frozen=True)
class Page:
    digits: list[Digit]
    next_before: str  # what the next page comes before; empty at the end


def newest(owner: User) -> DigitQuerySet:
    return Digit.objects.owned_by(owner).with_predictions().newest_first()


def recent(owner: User, count: int) -> list[Digit]:
    """The newest few, numbers in reading order, each with its siblings known."""
    return _readable(list(newest(owner)[:count]))


def _readable(digits: list[Digit]) -> list[Digit]:
    know_siblings(digits)
    return in_reading_order(digits)


def page(owner: User, before: str = "", size: int = PAGE) -> Page:
    """The digits that are older than `before` (a public id); unknown ids start at the newest."""
    digits = newest(owner)
    try:
        last = Digit.objects.owned_by(owner).filter(public_id=uuid.UUID(before)).first() if before else None
    except ValueError:
        last = None
    if last is not None:
        digits = digits.filter(pk__lt=last.pk)
    found = list(digits[: size + 1])
    more = len(found) > size
    return Page(_readable(found[:size]), str(found[size - 1].public_id) if more else "")
