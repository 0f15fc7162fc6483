"""Removing what is due, in small steps: each counts what it removed in the transaction that removes it.

A process may be killed at any point, and two may remove at the same time: files go before the rows that name them, so
what is left over is due again, and nothing is counted twice. The audit log tells of all that has been counted since it
last did.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from classifier import audit
from classifier.models import Batch, Drawing, Retention

from . import due

NOTICE = timedelta(days=1)  # between a setting and the first removal
STEP = 100  # drawings in one transaction
PAUSE_S = 0.01  # between two steps, so requests can write
Kind = Retention.Kind

log = logging.getLogger(__name__)


def announce() -> list[Retention]:
    """Stores what the settings say now. Returns the kinds that are on; one set or shortened just now has a day."""
    on = []
    for kind in Kind:
        days = due.days_of(kind)
        known, _is_new = Retention.objects.get_or_create(kind=kind, defaults={"days": 0})
        if days != known.days:
            if days and (not known.days or days < known.days):
                known.starts = timezone.now() + NOTICE
                log.info("From %s on, %s are removed after %s days", known.starts, kind.label, days)
            known.days = days
            known.save(update_fields=["days", "starts"])
        if days:
            on.append(known)
    return on


def carry_out() -> int:
    """Removes what is too old, unless its day of notice is not over. Returns how many things it removed."""
    removed = 0
    for retention in announce():
        if retention.starts is not None and retention.starts > timezone.now():
            continue
        before = due.limit(retention.days)
        for step in _STEPS[Kind(retention.kind)]:
            while count := step(retention, before):
                removed += count
                time.sleep(PAUSE_S)
        _record(retention)
    return removed


def _pictures(retention: Retention, before: datetime) -> int:
    """Removes the files of some drawings. Returns how many drawings it dealt with."""
    some = list(due.pictures(before).order_by("created").only("pk", "original")[:STEP])
    for drawing in some:
        if drawing.original.name:
            drawing.original.storage.delete(drawing.original.name)
    with transaction.atomic():
        with_file = Drawing.objects.filter(pk__in=[drawing.pk for drawing in some]).exclude(original="")
        _count(retention, with_file.update(original="", original_size=None))
    return len(some)


def _archives(retention: Retention, before: datetime) -> int:
    """Removes the archive of a batch, whose pictures then have no file any more. Returns 1, or 0 at the end."""
    batch = due.archives(before).order_by("pk").first()
    if batch is None:
        return 0
    in_archive = Drawing.objects.filter(batch=batch, member_at__isnull=False)
    while keys := list(in_archive.order_by("pk").values_list("pk", flat=True)[:STEP]):
        Drawing.objects.filter(pk__in=keys).update(member_at=None)
        time.sleep(PAUSE_S)
    if batch.file.name:
        batch.file.storage.delete(batch.file.name)
    with transaction.atomic():
        _count(retention, Batch.objects.filter(pk=batch.pk).exclude(file="").update(file=""))
    return 1


def _drawings(retention: Retention, before: datetime) -> int:
    """Removes some drawings with all that belongs to them. Their files follow, see models.drawings."""
    keys = list(due.old_drawings(before).order_by("created").values_list("pk", flat=True)[:STEP])
    with transaction.atomic():
        still = due.old_drawings(before).filter(pk__in=keys).locked()
        locked = list(still.values_list("pk", flat=True))
        Drawing.objects.filter(pk__in=locked).delete()
        _count(retention, len(locked))
    return len(locked)


def _batches(retention: Retention, before: datetime) -> int:
    batch = due.empty_batches(before).order_by("pk").first()
    if batch is None:
        return 0
    with transaction.atomic():
        _count(retention, int(bool(batch.delete()[0])))
    return 1


_STEPS: dict[Retention.Kind, tuple[Callable[[Retention, datetime], int], ...]] = {
    Kind.ORIGINALS: (_pictures, _archives),
    Kind.DIGITS: (_drawings, _batches),
}


def _count(retention: Retention, number: int) -> None:
    Retention.objects.filter(pk=retention.pk).update(removed=F("removed") + number)


def _record(retention: Retention) -> None:
    """Writes into the audit log how many things were removed since it last told, also by a process that was killed."""
    with transaction.atomic():
        row = Retention.objects.select_for_update().get(pk=retention.pk)
        if number := row.removed - row.recorded:
            what = f"{number:,} {'originals' if row.kind == Kind.ORIGINALS else 'drawings and batches'}"
            audit.record(audit.Act.REMOVED_OLD, by=None, detail=f"{what} older than {row.days} days")
            log.info("Removed %s older than %s days", what, row.days)
        Retention.objects.filter(pk=row.pk).update(recorded=row.removed)
