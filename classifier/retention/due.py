"""What is older than the site keeps.

Two things stay in spite of their age, because networks learn from them and are measured with them as long as they are
in the history: a drawing with an accepted correction, of the whole or of a digit, and the original of a number whose
correction is accepted (line readers read it again). What an import brought is as old as the import.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from classifier.models import (
    Batch,
    BatchQuerySet,
    Correction,
    Drawing,
    DrawingQuerySet,
    NumberCorrection,
    Retention,
    Review,
)

Kind = Retention.Kind
COUNTED_TO = 100_000  # counting further takes time without telling more
_ENDED = (Batch.Status.DONE, Batch.Status.CANCELLED, Batch.Status.FAILED)
_ACCEPTED_NUMBER = NumberCorrection.objects.filter(drawing=OuterRef("pk"), review=Review.ACCEPTED)
_ACCEPTED_DIGIT = Correction.objects.filter(digit__drawing=OuterRef("pk"), review=Review.ACCEPTED)


@dataclass(frozen=True)
class Due:
    """What would be removed now; no count is above COUNTED_TO + 1."""

    kind: Retention.Kind
    days: int
    before: datetime
    drawings: int
    batches: int


def days_of(kind: str) -> int:
    """For how many days the site keeps things of a kind; 0 for as long as their owners do."""
    return int({Kind.ORIGINALS: settings.KEEP_ORIGINALS_DAYS, Kind.DIGITS: settings.KEEP_DIGITS_DAYS}[Kind(kind)])


def limit(days: int) -> datetime:
    """The moment before which things are too old."""
    return timezone.now() - timedelta(days=days)


def due(kind: Retention.Kind) -> Due:
    """Counts what is too old by the setting, which must be on."""
    days = days_of(kind)
    before = limit(days)
    if kind == Kind.ORIGINALS:
        return Due(kind, days, before, _count(pictures(before)), _count(archives(before)))
    return Due(kind, days, before, _count(old_drawings(before)), _count(empty_batches(before)))


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED_TO + 1].count()


def pictures(before: datetime) -> DrawingQuerySet:
    """Drawings with a file of their own that is too old."""
    return _too_old(before).exclude(original="").exclude(Exists(_ACCEPTED_NUMBER))


def archives(before: datetime) -> BatchQuerySet:
    """Batches whose archive is too old. It is kept whole as long as one of its pictures is."""
    accepted = Drawing.objects.filter(batch=OuterRef("pk"), number_correction__review=Review.ACCEPTED)
    return _ended(before).exclude(file="").exclude(Exists(accepted))


def old_drawings(before: datetime) -> DrawingQuerySet:
    """Drawings that are too old, with all that belongs to them."""
    kept = Q(Exists(_ACCEPTED_NUMBER)) | Q(Exists(_ACCEPTED_DIGIT))
    return _too_old(before).exclude(kept).exclude(batch__status__in=Batch.UNFINISHED)


def empty_batches(before: datetime) -> BatchQuerySet:
    """Batches that are too old and have no drawings any more."""
    return _ended(before).exclude(Exists(Drawing.objects.filter(batch=OuterRef("pk"))))


def _too_old(before: datetime) -> DrawingQuerySet:
    return Drawing.objects.filter(created__lt=before).exclude(brought_by__created__gte=before)


def _ended(before: datetime) -> BatchQuerySet:
    batches = Batch.objects.filter(status__in=_ENDED, created__lt=before)
    return batches.exclude(finished__gte=before).exclude(brought_by__created__gte=before)
