"""Records when, from where and with which browser a session was last seen, at most once in five minutes."""

import time
from collections import OrderedDict
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

NOTED_EVERY_S = 300.0  # "last seen" costs a write
REMEMBERED = 10_000  # sessions for which this process remembers when it last recorded them


class _Noted:
    """When this process last recorded each session; remembers the most recent ones."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def is_due(self, key: str) -> bool:
        """Whether to record a session now. If so, marks it as recorded."""
        now = time.monotonic()
        if now - self._at.get(key, -NOTED_EVERY_S) < NOTED_EVERY_S:
            return False
        self.mark(key)
        return True

    def mark(self, key: str) -> None:
        self._at[key] = time.monotonic()
        self._at.move_to_end(key)
        if len(self._at) > REMEMBERED:
            self._at.popitem(last=False)


_noted = _Noted()


@receiver(user_logged_in)
def mark_new_session(request: HttpRequest | None, **_: object) -> None:
    """Marks a new session as recorded: django-allauth has just stored its row."""
    if request is not None and (key := request.session.session_key):
        _noted.mark(key)


class LastSeenMiddleware:
    """Records now and then that a session is in use; most requests cost no statement."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session = request.session
        # Reading a session that the view did not read would cost a statement.
        user_id = session.get(SESSION_KEY) if session.accessed else None
        if user_id and (key := session.session_key) and _noted.is_due(key):
            record(request, int(user_id), key)
        return response


def record(request: HttpRequest, user_id: int, key: str) -> None:
    """Stores time, address and browser of a session. A session without a row receives one."""
    try:
        ip = get_adapter().get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):  # a proxy sends fewer headers than the settings expect
        return
    size = UserSession._meta.get_field("user_agent").max_length
    seen = {
        "ip": ip,
        "user_agent": request.headers.get("User-Agent", "")[:size],
        "last_seen_at": timezone.now(),
    }
    if UserSession.objects.filter(session_key=key).update(**seen):
        return
    if Session.objects.filter(session_key=key).exists():  # the view may have ended it
        UserSession.objects.get_or_create(session_key=key, defaults={"user_id": user_id, **seen})
