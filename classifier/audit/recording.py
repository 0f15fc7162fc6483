"""Adding entries."""

from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db import models

from classifier.models import AuditEntry, ModelVersion

Act = AuditEntry.Act
Actor = AbstractBaseUser | AnonymousUser | None
LONGEST = 2000  # characters of a detail


def record(
    act: Act,
    *,
    by: Actor,
    about: User | int | None = None,
    on: models.Model | None = None,
    detail: str = "",
) -> None:
    """Records an act in the caller's transaction.

    by: who did it; None if the site did it by itself. about: whose things or account it was done to, or that person's
    key. on: the row it was done to. detail: what was changed, or the reason; it must not name people.
    """
    AuditEntry.objects.create(**_fields(act, by, about, on, detail))


def record_each(
    act: Act,
    *,
    by: Actor,
    on: Iterable[tuple[int | None, models.Model]],
    detail: str = "",
) -> None:
    """Records an act for each of several rows, in the caller's transaction. on: pairs of the owner's key and a row."""
    AuditEntry.objects.bulk_create(AuditEntry(**_fields(act, by, owner, row, detail)) for owner, row in on)


def _fields(
    act: Act,
    by: Actor,
    about: User | int | None,
    on: models.Model | None,
    detail: str,
) -> dict[str, object]:
    return {
        "act": act,
        "by_id": by.pk if by else None,
        "about_id": about.pk if isinstance(about, User) else about,
        "thing": _thing(on) if on else "",
        "public_id": getattr(on, "public_id", None),
        "detail": detail[:LONGEST],
    }


def _thing(row: models.Model) -> str:
    """What a row is, without its content: that may name people."""
    kind = str(row._meta.verbose_name)
    if isinstance(row, ModelVersion):
        return f"{kind} {row}"
    return kind if hasattr(row, "public_id") else f"{kind} {row.pk}"
