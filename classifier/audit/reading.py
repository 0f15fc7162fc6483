"""Reading the audit log: newest first, page by page. Each filter has an index, so a page takes as long in any log."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from classifier.models import AuditEntry, Digit

PAGE = 50
SHOWN_TO_PERSON = 50


@dataclass(frozen=True)
class Chosen:
    """Which entries to list; None for no limit. until: the moment before which an act was done."""

    by: User | None = None
    about: User | None = None
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    entries: list[AuditEntry]
    next_before: int | None  # the key of the last entry, for the next page; None at the end


def page(chosen: Chosen, before: int | None = None) -> Page:
    """A page of entries, after the entry with the key `before`."""
    entries = _matching(chosen)
    last = AuditEntry.objects.filter(pk=before).values_list("at", flat=True).first() if before else None
    if last is not None:
        entries = entries.filter(Q(at__lt=last) | Q(at=last, pk__lt=before), at__lte=last)
    found = list(entries.select_related("by", "about")[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def _matching(chosen: Chosen) -> QuerySet[AuditEntry]:
    given = {
        "by": chosen.by,
        "about": chosen.about,
        "act": chosen.act or None,
        "at__gte": chosen.since,
        "at__lt": chosen.until,
    }
    return AuditEntry.objects.filter(**{name: value for name, value in given.items() if value is not None})


def shown_to(person: User) -> QuerySet[AuditEntry]:
    """What others did with a person's things, the newest; `is_there` says whether a digit of that id still exists."""
    digits = Digit.objects.filter(owner=OuterRef("about"), public_id=OuterRef("public_id"))
    entries = AuditEntry.objects.owned_by(person).exclude(by=person)
    return entries.annotate(is_there=Exists(digits)).select_related("by")[:SHOWN_TO_PERSON]
