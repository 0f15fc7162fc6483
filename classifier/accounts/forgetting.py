"""Deleting what the site need not remember: ended sessions, and expired counts of attempts, which hold addresses."""

from datetime import timedelta

from allauth.account import app_settings
from allauth.core.internal.ratelimit import parse_rates  # the public module does not tell for how long it counts
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

JUST_NOW = timedelta(minutes=10)  # in which a new session and the row beside it may not both be committed


def forget_ended_sessions() -> int:
    """Deletes expired sessions, and the rows with address and browser of all that have ended. Returns how many."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    ended = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    return int(ended.filter(last_seen_at__lt=now - JUST_NOW).delete()[0])


def forget_expired_counts() -> int:
    """Deletes the expired rows of the cache's table, which Django keeps until the table is full. Returns how many."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608 - the name is a setting
        return int(cursor.rowcount)


def longest_count_s() -> float:
    """The time in seconds after which the last of the limits forgets an attempt."""
    rates = [rate for rates in app_settings.RATE_LIMITS.values() for rate in parse_rates(rates)]
    return max(float(rate.duration) for rate in rates)
