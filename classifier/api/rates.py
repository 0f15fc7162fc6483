"""The rate limit of the API: a number of requests in each time window, counted for each token or person.

The count is kept in Redis, which takes one round trip; in the database each request would be a write. While Redis is
down, each process counts by itself: the site still answers, and a limit still holds, although it is less exact. The
headers follow draft-ietf-httpapi-ratelimit-headers-10.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from classifier.jobs import replies
from classifier.models import ApiToken

WINDOWS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
REDIS_PAUSE_S = 5.0  # before a Redis that did not answer is asked again

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rate:
    quota: int  # requests
    window_s: int


@dataclass(frozen=True)
class Usage:
    """What a token or person has used of its rate in the current window."""

    rate: Rate
    requests: int  # including the current one
    remaining_s: float  # until the next window

    @property
    def is_exceeded(self) -> bool:
        return self.requests > self.rate.quota

    def headers(self) -> dict[str, str]:
        remaining = max(0, self.rate.quota - self.requests)
        return {
            "RateLimit-Policy": f'"default";q={self.rate.quota};w={self.rate.window_s}',
            "RateLimit": f'"default";r={remaining};t={math.ceil(self.remaining_s)}',
        }


@cache
def parse_rate(text: str) -> Rate | None:
    """Parses a rate such as "1200/minute", which the settings have validated. Returns None for "", no limit."""
    if not text:
        return None
    quota, _, unit = text.partition("/")
    return Rate(int(quota), WINDOWS_S[unit])


def count(name: str, rate: Rate) -> Usage:
    """Counts one request under a name."""
    now = time.time()
    window = int(now // rate.window_s)
    key = f"rate:{name}:{rate.window_s}:{window}"
    requests = _count_in_redis(key, rate.window_s)
    if requests is None:
        requests = _local.count(key, window)
    return Usage(rate, requests, (window + 1) * rate.window_s - now)


class _LocalCounts:
    """The counts of this process while Redis is down."""

    def __init__(self) -> None:
        self.redis_paused_until = 0.0  # time.monotonic()
        self._window = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, key: str, window: int) -> int:
        with self._lock:
            if window != self._window:  # the counts of the last window are obsolete
                self._window, self._counts = window, {}
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]


_local = _LocalCounts()


def _count_in_redis(key: str, kept_s: int) -> int | None:
    """Counts and returns the count; None if Redis does not answer, or did not within the last REDIS_PAUSE_S."""
    if time.monotonic() < _local.redis_paused_until:
        return None
    pipeline = replies.connection().pipeline(transaction=False)
    pipeline.incr(key)
    pipeline.expire(key, kept_s)
    try:
        return int(pipeline.execute()[0])
    except redis.RedisError as error:
        _local.redis_paused_until = time.monotonic() + REDIS_PAUSE_S
        log.warning("Redis is down, so each process counts requests by itself: %s", error)
        return None


class ApiThrottle(BaseThrottle):
    """Applies settings.API_RATE to each token, and to each person signed in by session."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = parse_rate(settings.API_RATE)
        if rate is None:
            return True
        name = f"token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user:{request.user.pk}"
        self.usage = count(name, rate)
        request.usage = self.usage  # type: ignore[attr-defined]  # for the headers of the answer
        return not self.usage.is_exceeded

    def wait(self) -> float:
        return self.usage.remaining_s
