"""What was not answered and why, counted by day in Redis for the dashboard.

The counts are the best that can be had for one round trip: a Redis that is away or restarts loses some, and
nobody depends on them.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import redis
from django.utils import timezone

from classifier.jobs import replies

REASONS = {
    "no_ink": "Nothing drawn on it",
    "unreadable": "A picture that cannot be read",
    "unsupported_format": "A kind of file that is not taken",
    "too_large": "Too large",
    "malformed": "Not what a form or the API asks for",
    "rate_limited": "Too much at once",
    "busy": "The site was too busy",
    "server_error": "An error of the site; its logs have the cause",
}
# What REST framework calls the same.
SAME = {"parse_error": "malformed", "unsupported_media_type": "unsupported_format", "throttled": "rate_limited"}
KEPT = timedelta(days=8)

log = logging.getLogger(__name__)


def note(code: str) -> None:
    """Count a request of today that was not answered. Other codes, such as that of a missing page, say nothing."""
    reason = SAME.get(code, code)
    if reason not in REASONS:
        return
    key = _key(timezone.localdate())
    pipeline = replies.connection().pipeline(transaction=False)
    pipeline.hincrby(key, reason, 1)
    pipeline.expire(key, KEPT)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        log.info("A refusal (%s) was not counted: %s", reason, error)


def counted(days: Iterable[date]) -> "Counter[str]":
    """How many requests of these days were not answered, by reason. Raises redis.RedisError."""
    pipeline = replies.connection().pipeline(transaction=False)
    for day in days:
        pipeline.hgetall(_key(day))
    total: Counter[str] = Counter()
    for found in pipeline.execute():
        total.update({reason.decode(): int(count) for reason, count in found.items()})
    return total


def counting_since() -> datetime | None:
    """When the Redis that counts was started; None when it does not tell. Raises redis.RedisError."""
    try:
        server = replies.connection().info("server")
    except redis.ResponseError:  # a hosted Redis may keep it to itself
        return None
    return timezone.now() - timedelta(seconds=int(server["uptime_in_seconds"]))


def _key(day: date) -> str:
    return f"refused:{day.isoformat()}"
