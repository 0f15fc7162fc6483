"""Invitations: making and revoking links with which people sign up, and counting those who do."""

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from classifier import audit
from classifier.audit import Act
from classifier.errors import InvitationOver
from classifier.models import Invitation, Joining

PEOPLE_AT_MOST = 1000  # for one invitation


@transaction.atomic
def invite(
    *, by: User, uses: int = 1, note: str = "", email: str = "", expires_days: int | None = None
) -> tuple[Invitation, str]:
    """Makes an invitation. Returns it and the secret of its link, which is not stored.

    uses: how many people may sign up with it. expires_days: None for an invitation without expiry.
    """
    key = secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=expires_days) if expires_days is not None else None
    made = Invitation.objects.create(by=by, uses=uses, note=note, email=email, expires=expires, digest=_digest(key))
    audit.record(Act.INVITED, by=by, on=made)
    return made, key


def find(key: str) -> Invitation | None:
    """The invitation of a link, also one that is over."""
    return Invitation.objects.filter(digest=_digest(key)).first()


def _digest(key: str) -> str:
    """A key has 256 random bits, so its hash needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


def join(person: User, name: uuid.UUID) -> None:
    """Saves a new account, and counts and records that it came by this invitation.

    Two people who use the last use at once both get here; only one of them joins.
    Raises InvitationOver; then nothing is stored.
    """
    with transaction.atomic():
        if not Invitation.objects.open().filter(public_id=name).update(used=F("used") + 1):
            raise InvitationOver("This invitation can no longer be used.")
        person.save()
        Joining.objects.create(invitation=Invitation.objects.get(public_id=name), person=person)


@transaction.atomic
def revoke(invitation: Invitation, *, by: User) -> bool:
    """Ends an invitation. Returns False if it was over already. Those who came by it keep their accounts."""
    is_ended = bool(Invitation.objects.open().filter(pk=invitation.pk).update(revoked=timezone.now()))
    if is_ended:
        audit.record(Act.REVOKED_INVITATION, by=by, on=invitation)
    return is_ended


@transaction.atomic
def reopen(invitation: Invitation, *, by: User) -> bool:
    """Takes back that an invitation was revoked: its link works again until it is used up or expires."""
    is_open = bool(Invitation.objects.filter(pk=invitation.pk, revoked__isnull=False).update(revoked=None))
    if is_open:
        audit.record(Act.REOPENED_INVITATION, by=by, on=invitation)
    return is_open


def forget_addresses() -> int:
    """Forgets where the links of invitations were sent that nobody can use any more. Returns how many."""
    return Invitation.objects.over().exclude(email="").update(email="")
