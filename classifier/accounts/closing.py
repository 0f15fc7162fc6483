"""A person's account: its name, what belongs to it, and closing it so that nothing of theirs is left.

Closing has two halves. The first is one transaction: from then on nobody signs in, no token works, and the name
is free. The second removes what the account holds, in small steps that other people's requests fit between; it
goes on where it was killed, for the account's row goes last.
"""

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.db.models import QuerySet

from classifier.errors import LastAdministrator
from classifier.jobs.queue import enqueue
from classifier.models import Activation, ApiToken, ClosedAccount, Drawing

from . import sessions

FORMER_MEMBER = "a former member"  # has spaces: nobody can sign up by this name
COUNTED_TO = 10_000  # exact figures beyond that would cost time and tell nobody more
STEP = 100  # rows removed in one transaction
PAUSE_S = 0.01  # between two steps, so that whoever waits to write can
AT_ONCE_S = 1.5  # what a request spends on removing before it leaves the rest to a worker

log = logging.getLogger(__name__)


def rename(user: User, name: str) -> None:
    """Give a person another name, also where it is kept beside what they did as staff.

    Raises IntegrityError when somebody else has taken it meanwhile.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(username=name)
        Activation.objects.filter(by=user).update(by_name=name)
    user.username = name


@dataclass(frozen=True)
class Holdings:
    """How many things of theirs a person has; no figure is above COUNTED_TO + 1.

    What hangs on drawings is not counted: for somebody with very many that would take a tenth of a second.
    """

    drawings: int
    tokens: int
    emails: int
    staff_acts: int


def holdings(user: User) -> Holdings:
    return Holdings(
        drawings=_count(Drawing._base_manager.filter(owner=user)),
        tokens=_count(ApiToken.objects.owned_by(user)),
        emails=_count(EmailAddress.objects.filter(user=user)),
        staff_acts=sum(_count(acts) for acts, _ in _acts(user)),
    )


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED_TO + 1].count()


def _owned(user: User) -> Iterator[QuerySet[Any]]:
    """What goes with a person, model by model, drawings first: by far the most, and batches count on them gone.

    Found by the database's own relations, so that whatever is added later goes too.
    """
    relations = [
        relation
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE
    ]
    for relation in sorted(relations, key=lambda each: each.related_model is not Drawing):
        if relation.related_model is not ClosedAccount:
            yield relation.related_model._base_manager.filter(**{relation.field.name: user})


def _acts(user: User) -> Iterator[tuple[QuerySet[Any], str]]:
    """What a person did that outlives them (runs asked for, versions promoted, corrections reviewed), and the
    field that names them."""
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.SET_NULL:
            name = relation.field.name
            yield relation.related_model._base_manager.filter(**{name: user}), name


def close(user: User) -> bool:
    """Close a person's account; returns whether all of it is gone already, else a worker removes the rest.

    Raises LastAdministrator.
    """
    with transaction.atomic():
        if user.is_superuser:
            _check_others_administrate(user)
        row = User.objects.select_for_update().filter(pk=user.pk).first()
        if row is None:  # closed twice at the same moment
            return True
        if not ClosedAccount.objects.filter(account=row).exists():
            _hand_over(row)
            _lock_out(row)
            ClosedAccount.objects.create(account=row)
    if remove(user, AT_ONCE_S):
        return True
    enqueue("classifier.remove_closed_accounts")  # if it cannot be sent, the scheduler does it
    return False


def is_last_administrator(user: User) -> bool:
    """Whether nobody else could look after the site."""
    return user.is_superuser and not _administrators().exclude(pk=user.pk).exists()


def _administrators() -> QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True)


def _check_others_administrate(user: User) -> None:
    # Locked, so that the last two cannot close themselves away at the same moment.
    there = list(_administrators().select_for_update().order_by("pk").values_list("pk", flat=True))
    if not [pk for pk in there if pk != user.pk]:
        raise LastAdministrator(
            "You are the only administrator. Make somebody else one first, then you can close your account."
        )


def _hand_over(user: User) -> None:
    """What was done as staff stays, as a former member's: it belongs to the site's versions and runs."""
    Activation.objects.filter(by=user).update(by_name=FORMER_MEMBER)
    for acts, field in _acts(user):
        if acts.exists():
            acts.update(**{field: _former_member()})
    for entries in _notes_about(user):
        entries.update(object_repr=FORMER_MEMBER, change_message="")


def _former_member() -> User:
    """Nobody: an account without a password that cannot be signed in to, whose name the site's records show."""
    member, is_new = User.objects.get_or_create(username=FORMER_MEMBER, defaults={"is_active": False})
    if is_new:
        member.set_unusable_password()
        member.save(update_fields=["password"])
    return member


def _notes_about(user: User) -> Iterator[QuerySet[Any]]:
    """What the administration's log says of a person, their e-mail addresses and tokens: it repeats their names."""
    entries = apps.get_model("admin", "LogEntry")._base_manager
    me, emails = User.objects.filter(pk=user.pk), EmailAddress.objects.filter(user=user)
    found: list[QuerySet[Any]] = [me, emails, ApiToken.objects.owned_by(user)]
    for rows in found:
        keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
        yield entries.filter(content_type=ContentType.objects.get_for_model(rows.model), object_id__in=keys)


def _lock_out(user: User) -> None:
    """Take name, password, rights, tokens and e-mail addresses from an account: nothing lets anybody in any more."""
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
    """Remove what is left of all closed accounts; returns how many are gone."""
    closed = User.objects.filter(closed__isnull=False).order_by("closed__pk")
    return sum(remove(user) for user in closed)


def remove(user: User, patience_s: float = float("inf")) -> bool:
    """Remove a closed account and everything of it; returns False when patience ended before.

    Repeating it does no harm, nor does being killed at any point, nor a second one at the same time.
    """
    end = time.monotonic() + patience_s
    for rows in _owned(user):
        while _remove_some(rows):
            if time.monotonic() > end:
                return False
            time.sleep(PAUSE_S)
    sessions.end_all(user)
    with suppress(ObjectDoesNotExist):  # somebody else was quicker
        User.objects.get(pk=user.pk).delete()
    return True


def _remove_some(rows: QuerySet[Any]) -> bool:
    """Remove some rows, and before them their files: who is killed in between must leave a row that tells of the
    rest, not a file that nobody remembers."""
    files = [field for field in rows.model._meta.get_fields() if isinstance(field, models.FileField)]
    some = list(rows.order_by("pk").only("pk", *(field.name for field in files))[:STEP])
    for file in (getattr(row, field.name) for row in some for field in files):
        if file:
            file.storage.delete(file.name)
    rows.model._base_manager.filter(pk__in=[row.pk for row in some]).delete()
    return bool(some)
