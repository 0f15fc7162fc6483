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


def sentence(found: due.Due, known: Retention | None) -> str:
    is_original = found.kind == Retention.Kind.ORIGINALS
    what = "originals" if is_original else "drawings"
    batches = f" and {_many(found.batches)} {'archives of batches' if is_original else 'batches'}"
    counted = f"{_many(found.drawings)} {what}{batches if found.batches else ''}"
    older = f"older than {found.days} day{'' if found.days == 1 else 's'} (before {_moment(found.before)})"
    starts = known.starts if known and known.days == found.days else None
    if starts is not None and starts <= timezone.now():
        return f"The site removes {what} {older}; {counted} are waiting for it."
    when = f"on {_moment(starts)}" if starts else "a day after the scheduler has noticed the setting"
    return f"Would remove {counted} {older}. Nothing is removed yet; this begins {when}."


def _many(count: int) -> str:
    return f"{count:,}" if count <= due.COUNTED_TO else f"more than {due.COUNTED_TO:,}"


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %B %Y, %H:%M}"
