"""A person's sessions: where they are signed in, and signing out elsewhere.

django-allauth stores a `UserSession` row beside each session; `last_seen` keeps these rows up to date.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .browsers import describe
from .last_seen import NOTED_EVERY_S

AT_ONCE = 500  # sessions in one statement


@dataclass(frozen=True)
class SignedIn:
    """One place where a person is signed in."""

    name: str  # for addresses and forms: the session key is a secret
    device: str
    ip: str
    since: datetime
    last_seen: datetime
    is_here: bool

    @property
    def was_just_seen(self) -> bool:
        """Whether the session was seen within the interval at which this is recorded."""
        return timezone.now() - self.last_seen < timedelta(seconds=NOTED_EVERY_S)


def signed_in(user: User, here: str | None = None) -> list[SignedIn]:
    """Returns where a person is signed in: this session first, then the most recently seen.

    here: the key of the session that asks. Removes rows whose session has ended.
    """
    rows = UserSession.objects.filter(user_id=user.pk)
    rows.exclude(session_key__in=_live(user, rows.values("session_key"))).delete()
    places = [
        SignedIn(
            name=name_of(row.session_key),
            device=describe(row.user_agent),
            ip=row.ip,
            since=row.created_at,
            last_seen=row.last_seen_at,
            is_here=row.session_key == here,
        )
        for row in rows.order_by("-last_seen_at")
    ]
    return sorted(places, key=lambda place: not place.is_here)


def _live(user: User, keys: Any) -> list[str]:
    """The keys of those sessions that still admit their owner: a new password ends the older ones."""
    valid_hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return [each.session_key for each in sessions if each.get_decoded().get(HASH_SESSION_KEY) in valid_hashes]


def name_of(session_key: str) -> str:
    """A public name for a session that does not reveal its key."""
    return salted_hmac("classifier.accounts.sessions", session_key, algorithm="sha256").hexdigest()[:32]


def end(user: User, name: str) -> bool:
    """Ends the session of that name. Returns False if the person has no such session."""
    rows = UserSession.objects.filter(user_id=user.pk)
    row = next((row for row in rows if name_of(row.session_key) == name), None)
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


def end_all(user: User, but: str | None = None) -> int:
    """Ends all of a person's sessions, except the one with the key `but`. Returns how many it ended.

    Reads all sessions, because some may be older than the rows beside them.
    """
    keys = [key for key in session_keys(user.pk) if key != but]
    for start in range(0, len(keys), AT_ONCE):
        Session.objects.filter(session_key__in=keys[start : start + AT_ONCE]).delete()
    UserSession.objects.filter(user_id=user.pk).exclude(session_key=but or "").delete()
    return len(keys)


def session_keys(user_id: int) -> Iterator[str]:
    """The keys of a person's sessions. Only a session's content names its owner, so all are read."""
    for session in Session.objects.iterator(chunk_size=AT_ONCE):
        if session.get_decoded().get(SESSION_KEY) == str(user_id):
            yield session.session_key
