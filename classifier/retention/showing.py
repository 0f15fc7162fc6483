"""What the command and the staff's dashboard say of retention."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from classifier.models import Retention

from . import due


def sentences() -> Iterator[str]:
    """For each kind that the site keeps for some days only: what is too old now, and from when on it is removed."""
    known = {row.kind: row for row in Retention.objects.all()}
    for kind in Retention.Kind:
        if due.days_of(kind):
            yield sentence(due.due(kind), known.get(kind))


def sentence(too_old: due.Due, known: Retention | None) -> str:
    is_original = too_old.kind == Retention.Kind.ORIGINALS
    what = "originals" if is_original else "drawings"
    batches = f" and {_many(too_old.batches)} {'archives of batches' if is_original else 'batches'}"
    counted = f"{_many(too_old.drawings)} {what}{batches if too_old.batches else ''}"
    older = f"older than {too_old.days} day{'' if too_old.days == 1 else 's'} (before {_moment(too_old.before)})"
    starts = known.starts if known and known.days == too_old.days else None
    if starts is not None and starts <= timezone.now():
        return f"The site removes {what} {older}; {counted} are waiting for it."
    when = f"on {_moment(starts)}" if starts else "a day after the scheduler has noticed the setting"
    return f"Would remove {counted} {older}. Nothing is removed yet; this begins {when}."


def _many(count: int) -> str:
    return f"{count:,}" if count <= due.COUNTED_TO else f"more than {due.COUNTED_TO:,}"


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %B %Y, %H:%M}"
