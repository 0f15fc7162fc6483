"""Deleting what one has put in, bringing it back, and removing it for good some days later.

What is deleted is a whole drawing, with all digits of a number. It vanishes from everything at once (see
`owned_by`); only its owner can find it, among what was deleted lately, until it is removed with its original.
"""

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from classifier.models import Digit, Drawing, DrawingQuerySet
from classifier.recognition.errors import InvalidInput

UNDO_DAYS = 7
AT_ONCE = 5000  # digits that one request may name
PURGED_AT_ONCE = 200  # drawings in one transaction
PAGE = 48

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deletion:
    """What was deleted by one request; `moment` names it, for its owner, when it is to be undone."""

    moment: datetime
    drawings: list[uuid.UUID]
    digits: int


def delete(owner: User, digits: Collection[uuid.UUID]) -> Deletion:
    """Delete the drawings that a person's digits stand in. Those that are not theirs, or gone already, are left out.

    Raises InvalidInput when it names more than AT_ONCE.
    """
    _bear(digits)
    mine = Digit.objects.owned_by(owner).filter(public_id__in=digits)
    moment = timezone.now()
    with transaction.atomic():
        found = dict(mine.order_by("drawing").values_list("drawing", "drawing__public_id"))
        deleted = Drawing.objects.owned_by(owner).filter(pk__in=found)
        count = Digit.objects.owned_by(owner).filter(drawing__in=found).count()
        deleted.update(deleted=moment)
    return Deletion(moment, list(found.values()), count)


def restore(owner: User, *, moment: datetime | None = None, drawings: Collection[uuid.UUID] = ()) -> int:
    """Bring back what was deleted at a moment, or these drawings; returns how many drawings came back."""
    _bear(drawings)
    gone = Drawing.objects.deleted_by(owner)
    chosen = gone.filter(deleted=moment) if moment else gone.filter(public_id__in=drawings)
    return chosen.update(deleted=None)


def remove_now(owner: User, drawings: Collection[uuid.UUID]) -> int:
    """Remove for good what a person has deleted; returns how many drawings."""
    _bear(drawings)
    return _remove(Drawing.objects.deleted_by(owner).filter(public_id__in=drawings))


def purge() -> int:
    """Remove for good what was deleted more than UNDO_DAYS ago, with its originals; returns how many drawings."""
    removed = _remove(Drawing.objects.filter(deleted__lt=timezone.now() - timedelta(days=UNDO_DAYS)))
    if removed:
        log.info("Removed %s drawings for good that were deleted more than %s days ago", removed, UNDO_DAYS)
    return removed


def _remove(drawings: DrawingQuerySet) -> int:
    """Little by little, so that nobody waits long for the database; what is brought back meanwhile stays."""
    removed = 0
    while keys := list(drawings.order_by("pk").values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        with transaction.atomic():
            locked = drawings.filter(pk__in=keys).select_for_update().values_list("pk", flat=True)
            some = list(locked)
            Drawing.objects.filter(pk__in=some).delete()
            removed += len(some)
    return removed


def _bear(named: Collection[uuid.UUID]) -> None:
    if len(named) > AT_ONCE:
        raise InvalidInput(f"That are too many at once; choose at most {AT_ONCE:,}.")


@dataclass(frozen=True)
class Page:
    drawings: list[Drawing]
    next_before: str  # empty at the end


def page(owner: User, before: str = "") -> Page:
    """What a person has deleted, the latest first, after the drawing `before` (its public id)."""
    gone = Drawing.objects.deleted_by(owner).order_by("-deleted", "-pk")
    last = _place(owner, before)
    if last is not None:
        same = list(gone.filter(deleted=last.deleted, pk__lt=last.pk).values_list("pk", flat=True)[: PAGE + 1])
        beyond = gone.filter(deleted__lt=last.deleted).values_list("pk", flat=True)
        keys = same + list(beyond[: PAGE + 1 - len(same)])
    else:
        keys = list(gone.values_list("pk", flat=True)[: PAGE + 1])
    found = gone.filter(pk__in=keys[:PAGE]).defer("strokes").prefetch_related("digits")
    drawings = list(found)
    return Page(drawings, str(drawings[-1].public_id) if len(keys) > PAGE and drawings else "")


def _place(owner: User, public_id: str) -> Drawing | None:
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return Drawing.objects.deleted_by(owner).filter(public_id=wanted).only("deleted").first()
