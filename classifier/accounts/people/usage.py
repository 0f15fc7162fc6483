"""What people use: how much they have, and when they were last seen.

One query for the people of a page. It counts each person's rows in an index and stops at COUNTED_TO, so it takes no
longer for a person with a million digits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db.models import DateTimeField, IntegerField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from classifier.models import ApiToken, Batch, Digit, Drawing

from ..holdings import COUNTED_TO

SEEN = ("last_login", "session_seen", "token_used", "newest_drawing")


@dataclass(frozen=True)
class Usage:
    """What a person has. No count is above COUNTED_TO + 1, and no more files are added up."""

    digits: int
    numbers: int
    batches: int
    tokens: int
    archives: int  # bytes
    pictures: int  # bytes of uploaded pictures
    last_seen: datetime | None

    @property
    def stored(self) -> int:
        """The bytes of all files."""
        return self.archives + self.pictures


class _Counted(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"


class _Added(Subquery):
    template = "(SELECT CAST(COALESCE(SUM(%(column)s), 0) AS BIGINT) FROM (%(subquery)s) added)"


def of(people: Iterable[User]) -> dict[int, Usage]:
    """The usage of each of these people, by their key."""
    pictures = Drawing._base_manager.filter(original_size__isnull=False)
    rows = User.objects.filter(pk__in=[person.pk for person in people]).values(
        "pk",
        "last_login",
        digit_count=_count(Digit._base_manager.all()),
        number_count=_count(Digit._base_manager.filter(position=1)),
        batch_count=_count(Batch._base_manager.exclude(status=Batch.Status.DELETED)),
        token_count=_count(ApiToken._base_manager.all()),
        archive_bytes=_sum(Batch._base_manager.exclude(file=""), "size"),
        picture_bytes=_sum(pictures, "original_size"),
        session_seen=_newest(UserSession.objects.filter(user=OuterRef("pk")), "last_seen_at"),
        token_used=_newest(ApiToken.objects.filter(owner=OuterRef("pk"), last_used__isnull=False), "last_used"),
        newest_drawing=_newest(Drawing._base_manager.filter(owner=OuterRef("pk")), "created", order="-pk"),
    )
    return {row["pk"]: _usage(row) for row in rows.order_by()}


def _owned(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(owner=OuterRef("pk")).order_by()


def _count(rows: QuerySet[Any]) -> Subquery:
    return _Counted(_owned(rows).values("pk")[: COUNTED_TO + 1], output_field=IntegerField())


def _sum(rows: QuerySet[Any], size: str) -> Subquery:
    return _Added(_owned(rows).values(size)[: COUNTED_TO + 1], output_field=IntegerField(), column=size)


def _newest(rows: QuerySet[Any], when: str, order: str = "") -> Subquery:
    return Subquery(rows.order_by(order or f"-{when}").values(when)[:1], output_field=DateTimeField())


def _usage(row: Mapping[str, Any]) -> Usage:
    now = timezone.now()
    seen = [row[name] for name in SEEN if row[name] and row[name] <= now]  # an import may bring any date
    return Usage(
        digits=row["digit_count"],
        numbers=row["number_count"],
        batches=row["batch_count"],
        tokens=row["token_count"],
        archives=row["archive_bytes"],
        pictures=row["picture_bytes"],
        last_seen=max(seen, default=None),
    )
