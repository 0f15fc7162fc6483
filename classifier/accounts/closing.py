"""Closing an account so that nothing of its owner remains.

Closing has two steps. One transaction locks the account: from then on nobody signs in, no token works, and the name
is free. Then everything the account holds is removed in small steps, so other requests can write in between. The
account's own row is deleted last, so the removal resumes after a crash.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.db.models import QuerySet

from classifier.errors import LastAdministrator, StorageAway
from classifier.jobs.queue import enqueue
from classifier.models import FORMER_MEMBER, Activation, ApiToken, ClosedAccount

from . import sessions
from .holdings import owned, staff_acts

STEP = 100  # rows removed in one transaction
PAUSE_S = 0.01  # between two steps, so other requests can write
AT_ONCE_S = 1.5  # that a request spends on removing before it leaves the rest to a worker


def close(user: User) -> bool:
    """Closes an account. Returns True if everything is removed; otherwise a worker removes the rest.

    Raises LastAdministrator.
    """
    with transaction.atomic():
        if user.is_superuser:
            _check_others_administrate(user)
        row = User.objects.select_for_update().filter(pk=user.pk).first()
        if row is None:  # another request has closed it
            return True
        if not ClosedAccount.objects.filter(account=row).exists():
            hand_over(row)
            _lock_out(row)
    with suppress(StorageAway):
        if remove(user, AT_ONCE_S):
            return True
    enqueue("classifier.remove_closed_accounts")  # if it cannot be sent, the scheduler sends it
    return False


def is_last_administrator(user: User) -> bool:
    """Whether the person is the only administrator of the site."""
    return user.is_superuser and not _administrators().exclude(pk=user.pk).exists()


def _administrators() -> QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True)


def _check_others_administrate(user: User) -> None:
    # Locks the rows, so the last two administrators cannot close their accounts at the same moment.
    administrators = list(_administrators().select_for_update().order_by("pk").values_list("pk", flat=True))
    if not [pk for pk in administrators if pk != user.pk]:
        raise LastAdministrator(
            "You are the only administrator. Make somebody else an administrator, then close your account."
        )


def hand_over(user: User) -> None:
    """Marks an account as closed, and assigns to the former member what its owner did as staff, and what staff did with
    it: the site's versions, runs and audit log keep their history. Called in the transaction that closes the account.
    """
    ClosedAccount.objects.get_or_create(account=user)  # first: the audit log lets nobody else be replaced
    Activation.objects.filter(by=user).update(by_name=FORMER_MEMBER)
    for acts, field in staff_acts(user):
        if acts.exists():
            acts.update(**{field: _former_member()})
    for entries in _log_entries_about(user):
        entries.update(object_repr=FORMER_MEMBER, change_message="")


def _former_member() -> User:
    """The account whose name the site's records show instead; it has no password and nobody can sign in to it."""
    member, is_new = User.objects.get_or_create(username=FORMER_MEMBER, defaults={"is_active": False})
    if is_new:
        member.set_unusable_password()
        member.save(update_fields=["password"])
    return member


def _log_entries_about(user: User) -> Iterator[QuerySet[Any]]:
    """The admin log's entries about a person, their e-mail addresses and tokens: they contain names."""
    entries = apps.get_model("admin", "LogEntry")._base_manager
    users, emails = User.objects.filter(pk=user.pk), EmailAddress.objects.filter(user=user)
    subjects: list[QuerySet[Any]] = [users, emails, ApiToken.objects.owned_by(user)]
    for rows in subjects:
        keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
        yield entries.filter(content_type=ContentType.objects.get_for_model(rows.model), object_id__in=keys)


def _lock_out(user: User) -> None:
    """Removes name, password, permissions, tokens and e-mail addresses, so nobody can sign in any more."""
    ApiToken.objects.owned_by(user).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.username = f"closed-{uuid.uuid4().hex}"
    user.first_name = user.last_name = user.email = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()


def remove_closed_accounts() -> int:
    """Removes what is left of all closed accounts. Returns how many it removed completely."""
    closed = User.objects.filter(closed__isnull=False).order_by("closed__pk")
    return sum(remove(user) for user in closed)


def remove(user: User, timeout_s: float = float("inf")) -> bool:
    """Removes a closed account and everything it holds. Returns False if the time was too short.

    It may be repeated, killed at any point, and run by two processes at the same time.
    """
    end = time.monotonic() + timeout_s
    for rows in owned(user):
        while _remove_some(rows):
            if time.monotonic() > end:
                return False
            time.sleep(PAUSE_S)
    sessions.end_all(user)
    with suppress(ObjectDoesNotExist):  # another process has deleted it
        User.objects.get(pk=user.pk).delete()
    return True


def _remove_some(rows: QuerySet[Any]) -> bool:
    """Removes up to STEP rows. Returns whether there were any.

    Deletes the files first: a process that is killed in between leaves a row, and the next one removes it.
    """
    file_fields = [field for field in rows.model._meta.get_fields() if isinstance(field, models.FileField)]
    some = list(rows.order_by("pk").only("pk", *(field.name for field in file_fields))[:STEP])
    for file in (getattr(row, field.name) for row in some for field in file_fields):
        if file:
            file.storage.delete(file.name)
    rows.model._base_manager.filter(pk__in=[row.pk for row in some]).delete()
    return bool(some)
