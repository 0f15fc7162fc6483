"""Where a person is signed in: on which devices, since when, last seen when; and signing them out there.

django-allauth keeps a row beside each session (`UserSession`); here it is kept up to date and put in words.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

NOTED_EVERY_S = 300.0  # "last seen" costs a write
KEPT_IN_MIND = 10_000  # sessions of whom this process knows when it noted them

# The first that is found names it: Edge calls itself Chrome and Safari too, Chrome calls itself Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Version/[\d.]+.*Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "a Python program"),
)
DEVICES = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android.*Mobile", "an Android phone"),
    ("Android", "an Android tablet"),
    ("Windows", "Windows"),
    ("CrOS", "a Chromebook"),
    ("Macintosh|Mac OS X", "a Mac"),
    ("Linux|X11", "Linux"),
)


@dataclass(frozen=True)
class SignedIn:
    """One place where a person is signed in."""

    name: str  # for addresses and forms: the session's own key is a secret
    device: str
    ip: str
    since: datetime
    last_seen: datetime
    is_here: bool

    @property
    def was_just_seen(self) -> bool:
        """As exactly as it is noted."""
        return timezone.now() - self.last_seen < timedelta(seconds=NOTED_EVERY_S)


def describe(user_agent: str) -> str:
    """Browser and device in words: “Firefox on Windows”."""
    browser = _first(BROWSERS, user_agent) or "An unknown browser"
    device = _first(DEVICES, user_agent)
    words = f"{browser} on {device}" if device else browser
    return words[0].upper() + words[1:]


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((words for pattern, words in known if re.search(pattern, user_agent)), "")


def signed_in(user: User, here: str | None = None) -> list[SignedIn]:
    """Where a person is signed in, here first, then the last seen first.

    here: the key of the session that asks. Rows whose session has ended are removed.
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
    """Which of these sessions would still let their owner in: a new password has ended the older ones."""
    fitting = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    found = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return [each.session_key for each in found if each.get_decoded().get(HASH_SESSION_KEY) in fitting]


def name_of(session_key: str) -> str:
    """A name by which a session can be spoken of without giving it away."""
    return salted_hmac("classifier.accounts.sessions", session_key, algorithm="sha256").hexdigest()[:32]


def end(user: User, name: str) -> bool:
    """Sign a person out in the place of that name; returns whether they were signed in there."""
    rows = UserSession.objects.filter(user_id=user.pk)
    row = next((row for row in rows if name_of(row.session_key) == name), None)
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


def end_all(user: User, but: str | None = None) -> int:
    """Sign a person out everywhere, except in the session with the key `but`; returns in how many places.

    Looks through all sessions: some may be older than the rows beside them.
    """
    keys = [key for key in session_keys(user.pk) if key != but]
    for start in range(0, len(keys), 500):
        Session.objects.filter(session_key__in=keys[start : start + 500]).delete()
    UserSession.objects.filter(user_id=user.pk).exclude(session_key=but or "").delete()
    return len(keys)


def session_keys(user_id: int) -> Iterator[str]:
    """The keys of a person's sessions. Whose a session is stands inside it alone: all are read."""
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get(SESSION_KEY) == str(user_id):
            yield session.session_key


class _Noted:
    """When this process last noted which session; only so many are kept in mind."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def is_due(self, key: str) -> bool:
        """Whether a session should be noted again, and if so takes it as noted now."""
        now = time.monotonic()
        if now - self._at.get(key, -NOTED_EVERY_S) < NOTED_EVERY_S:
            return False
        self.take(key)
        return True

    def take(self, key: str) -> None:
        self._at[key] = time.monotonic()
        self._at.move_to_end(key)
        if len(self._at) > KEPT_IN_MIND:
            self._at.popitem(last=False)


_noted = _Noted()


@receiver(user_logged_in)
def take_as_noted(request: HttpRequest | None, **_: object) -> None:
    """Whoever has just signed in has been noted by django-allauth."""
    if request is not None and (key := request.session.session_key):
        _noted.take(key)


class LastSeenMiddleware:
    """Notes now and then when a session was last seen; on most requests it costs no statement."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session = request.session
        # A session that nobody has read says nothing of who asks, and reading it would cost something.
        user_id = session.get(SESSION_KEY) if session.accessed else None
        if user_id and (key := session.session_key) and _noted.is_due(key):
            note(request, int(user_id), key)
        return response


def note(request: HttpRequest, user_id: int, key: str) -> None:
    """Keep when, where from and with what a session was seen; a session from before such rows gets one."""
    try:
        ip = get_adapter().get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):  # a proxy that says less than the settings expect
        return
    size = UserSession._meta.get_field("user_agent").max_length
    seen = {
        "ip": ip,
        "user_agent": request.headers.get("User-Agent", "")[:size],
        "last_seen_at": timezone.now(),
    }
    if UserSession.objects.filter(session_key=key).update(**seen):
        return
    if Session.objects.filter(session_key=key).exists():  # it may have been ended meanwhile
        UserSession.objects.get_or_create(session_key=key, defaults={"user_id": user_id, **seen})
