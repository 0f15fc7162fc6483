"""The digits that an export holds."""

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

MAX_IDS = 5000  # digits selected by their public ids


def chosen(owner: User, filters: QueryDict, ids: list[str] | None = None) -> DigitQuerySet:
    """The owner's digits that a request selects: those of the drawings of digits with these public ids or, without
    ids, those that match.

    Raises InvalidInput for too many or invalid ids, and for invalid filters.
    """
    if ids is None:
        return filtered(owner, filters)
    if not 0 < len(ids) <= MAX_IDS:
        raise InvalidInput(f"Choose at least one digit, and at most {MAX_IDS:,}.")
    try:
        named = Digit.objects.owned_by(owner).filter(public_id__in={uuid.UUID(each) for each in ids})
    except ValueError:
        raise InvalidInput("One of the selected digits has an invalid id. Select them again.") from None
    return Digit.objects.owned_by(owner).filter(drawing__in=named.values("drawing"))


def all_digits(drawings: list[int]) -> DigitQuerySet:
    """All digits of drawings, by their keys: a number is exported whole, also if only some of its digits are selected.
    Without those of drawings deleted meanwhile.
    """
    return Digit.objects.filter(drawing__in=drawings, owner__isnull=False)


def is_all(filters: QueryDict, ids: list[str] | None) -> bool:
    """Whether a request selects everything: neither ids nor filters are given."""
    return ids is None and not chooses(filters)


def existing_now(owner: User, digits: DigitQuerySet, is_all: bool) -> tuple[DigitQuerySet, BatchQuerySet]:
    """These digits and their batches (or all batches), without rows that are added after this moment."""
    newest = last_drawing(digits) or 0  # before the batches, so the batch of each drawing is among them
    digits = digits.filter(drawing_id__lte=newest)
    last = Batch.objects.aggregate(last=Max("pk"))["last"] or 0
    batches = Batch.objects.owned_by(owner).filter(pk__lte=last)
    if not is_all:
        batches = batches.filter(pk__in=digits.order_by().values("drawing__batch"))
    return digits, batches


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries inside see the database at one moment; writers are not blocked."""
    if connection.in_atomic_block:  # the caller's transaction
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
    """The key of the newest drawing of these digits."""
    return digits.order_by("-drawing_id").values_list("drawing_id", flat=True).first()
