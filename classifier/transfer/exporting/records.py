"""What the records of an export have in common."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from classifier.transfer.export_format import Record

ROWS_AT_ONCE = 200

Row = TypeVar("Row", bound=Model)


def timestamp(moment: datetime | None) -> str | None:
    """A time in the site's zone, as in ISO 8601 with its offset, which is "Z" for UTC."""
    return timezone.localtime(moment).isoformat().replace("+00:00", "Z") if moment else None


def with_timestamps(record: Record, *names: str) -> Record:
    """The record with these dates as text."""
    for name in names:
        record[name] = timestamp(record[name])
    return record


def oldest_first(rows: "QuerySet[Row]") -> Iterator[Row]:
    """Yields rows in the order of their keys, reading ROWS_AT_ONCE at a time."""
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        yield from some
        last = some[-1].pk
