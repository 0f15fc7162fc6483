"""Deleting drawings, restoring them, and removing them for good after some days.

A whole drawing is deleted, with all digits of a number. It disappears from everything at once (see `owned_by`). Its
owner finds it on the page of deleted drawings until it is removed with its original.
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
    """The drawings deleted by one request; their owner restores them by `moment`."""

    moment: datetime
    drawings: list[uuid.UUID]
    digits: int
    number: str = ""  # if one number was deleted, and its digits were read


def delete(owner: User, digits: Collection[uuid.UUID]) -> Deletion:
    """Deletes the drawings of these digits. Ignores digits of other people and digits that are already deleted.

    Raises InvalidInput if there are more than AT_ONCE.
    """
    _check_count(digits)
    mine = Digit.objects.owned_by(owner).filter(public_id__in=digits)
    moment = timezone.now()
    with transaction.atomic():
        drawings = dict(mine.order_by("drawing").values_list("drawing", "drawing__public_id"))
        numbers = Digit.objects.owned_by(owner).filter(drawing__in=drawings).order_by().values_list("number", flat=True)
        names = list(numbers)
        Drawing.objects.owned_by(owner).filter(pk__in=drawings).update(deleted=moment)
    name = names[0] if len(drawings) == 1 and len(names) > 1 else ""
    return Deletion(moment, list(drawings.values()), len(names), name)


def restore(owner: User, *, moment: datetime | None = None, drawings: Collection[uuid.UUID] = ()) -> int:
    """Restores the drawings deleted at a moment, or these drawings. Returns how many it restored."""
    _check_count(drawings)
    deleted = Drawing.objects.deleted_by(owner)
    chosen = deleted.filter(deleted=moment) if moment else deleted.filter(public_id__in=drawings)
    return chosen.update(deleted=None)


def remove_now(owner: User, drawings: Collection[uuid.UUID]) -> int:
    """Removes deleted drawings for good. Returns how many."""
    _check_count(drawings)
    return _remove(Drawing.objects.deleted_by(owner).filter(public_id__in=drawings))


def purge() -> int:
    """Removes drawings that were deleted more than UNDO_DAYS ago, with their originals. Returns how many."""
    removed = _remove(Drawing.objects.filter(deleted__lt=timezone.now() - timedelta(days=UNDO_DAYS)))
    if removed:
        log.info("Removed %s drawings that were deleted more than %s days ago", removed, UNDO_DAYS)
    return removed


def _remove(drawings: DrawingQuerySet) -> int:
    """Removes drawings in small steps, so other requests can write. Drawings restored in the meantime stay."""
    removed = 0
    while keys := list(drawings.order_by("pk").values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        with transaction.atomic():
            locked = list(drawings.filter(pk__in=keys).locked().values_list("pk", flat=True))
            Drawing.objects.filter(pk__in=locked).delete()
            removed += len(locked)
    return removed


def _check_count(public_ids: Collection[uuid.UUID]) -> None:
    if len(public_ids) > AT_ONCE:
        raise InvalidInput(f"Too many selected: choose at most {AT_ONCE:,}.")


@dataclass(frozen=True)
class Page:
    drawings: list[Drawing]
    next_before: str  # empty at the end


def page(owner: User, before: str = "") -> Page:
    """A person's deleted drawings, the latest first, after the drawing `before` (its public id)."""
    deleted = Drawing.objects.deleted_by(owner).order_by("-deleted", "-pk")
    last = _drawing(owner, before)
    if last is not None:
        same = list(deleted.filter(deleted=last.deleted, pk__lt=last.pk).values_list("pk", flat=True)[: PAGE + 1])
        earlier = deleted.filter(deleted__lt=last.deleted).values_list("pk", flat=True)
        keys = same + list(earlier[: PAGE + 1 - len(same)])
    else:
        keys = list(deleted.values_list("pk", flat=True)[: PAGE + 1])
    drawings = list(deleted.filter(pk__in=keys[:PAGE]).defer("strokes").prefetch_related("digits"))
    return Page(drawings, str(drawings[-1].public_id) if len(keys) > PAGE and drawings else "")


def _drawing(owner: User, public_id: str) -> Drawing | None:
    """The deleted drawing with this id; None without one or if the id is invalid."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return Drawing.objects.deleted_by(owner).filter(public_id=wanted).only("deleted").first()
