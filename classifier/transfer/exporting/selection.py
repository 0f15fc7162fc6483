"""Which digits an export holds."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Max
from django.http import QueryDict

from classifier.digits.filters import chooses, filtered
from classifier.models import Batch, BatchQuerySet, Digit, DigitQuerySet
from classifier.recognition.errors import InvalidInput

CHOSEN_AT_MOST = 5000  # digits named one by one


def chosen(owner: User, filters: QueryDict, ids: list[str] | None = None) -> DigitQuerySet:
    """The owner's digits that a request asks for: those with these public ids, else those that its filters let by.

    Raises InvalidInput for ids that are none, or too many, and for filters that make no sense.
    """
    if ids is None:
        return filtered(owner, filters)
    if not 0 < len(ids) <= CHOSEN_AT_MOST:
        raise InvalidInput(f"Choose at least one digit, and at most {CHOSEN_AT_MOST:,}.")
    try:
        return Digit.objects.owned_by(owner).filter(public_id__in={uuid.UUID(each) for each in ids})
    except ValueError:
        raise InvalidInput("One of the chosen digits has a name that is none. Choose them again.") from None


def is_all(filters: QueryDict, ids: list[str] | None) -> bool:
    """Whether a request asks for everything: no digits by their names, and no filter in force."""
    return ids is None and not chooses(filters)


def there_now(owner: User, digits: DigitQuerySet, is_all: bool) -> tuple[DigitQuerySet, BatchQuerySet]:
    """These digits, and the batches that they came from (or all batches), without what comes after this moment."""
    newest = last_drawing(digits) or 0  # first: whatever batch it is of is there by then
    digits = digits.filter(drawing_id__lte=newest)
    last = Batch.objects.aggregate(last=Max("pk"))["last"] or 0
    batches = Batch.objects.owned_by(owner).filter(pk__lte=last)
    if not is_all:
        batches = batches.filter(pk__in=digits.order_by().values("drawing__batch"))
    return digits, batches


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read inside is of one moment, without holding up those who write."""
    if connection.in_atomic_block:  # somebody else has begun
        yield
        return
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def last_drawing(digits: DigitQuerySet) -> int | None:
    return digits.order_by("-drawing_id").values_list("drawing_id", flat=True).first()
