"""How often a program may ask: so many requests in each window of time, counted for a token or a person.

The count stands in Redis, one round trip for a request: in the database it would be a write. While Redis is away
each process counts for itself, so that the site still answers and a limit still holds, if not to the number.
What programs are told follows draft-ietf-httpapi-ratelimit-headers-10.
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
AWAY_S = 5.0  # for which a Redis that did not answer is not asked again

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rate:
    quota: int  # requests
    window_s: int


@dataclass(frozen=True)
class Standing:
    """Where somebody stands in the window that is running."""

    rate: Rate
    asked: int  # requests so far, this one too
    left_s: float  # until the next window

    @property
    def is_over(self) -> bool:
        return self.asked > self.rate.quota

    def headers(self) -> dict[str, str]:
        left = max(0, self.rate.quota - self.asked)
        return {
            "RateLimit-Policy": f'"default";q={self.rate.quota};w={self.rate.window_s}',
            "RateLimit": f'"default";r={left};t={math.ceil(self.left_s)}',
        }


@cache
def parse_rate(text: str) -> Rate | None:
    """ "1200/minute" as a rate; None for "", which is no limit. The settings let nothing else through."""
    if not text:
        return None
    quota, _, unit = text.partition("/")
    return Rate(int(quota), WINDOWS_S[unit])


def count(name: str, rate: Rate) -> Standing:
    """Count one request under a name."""
    now = time.time()
    window = int(now // rate.window_s)
    key = f"rate:{name}:{rate.window_s}:{window}"
    asked = _count_in_redis(key, rate.window_s)
    if asked is None:
        asked = _here.count(key, window)
    return Standing(rate, asked, (window + 1) * rate.window_s - now)


class _Here:
    """This process's own count, while Redis is away."""

    def __init__(self) -> None:
        self.away_until = 0.0  # time.monotonic()
        self._window = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, key: str, window: int) -> int:
        with self._lock:
            if window != self._window:  # what was counted in the last window is over
                self._window, self._counts = window, {}
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]


_here = _Here()


def _count_in_redis(key: str, kept_s: int) -> int | None:
    """How often this key was counted; None when Redis does not answer, or did not a moment ago."""
    if time.monotonic() < _here.away_until:
        return None
    pipeline = replies.connection().pipeline(transaction=False)
    pipeline.incr(key)
    pipeline.expire(key, kept_s)
    try:
        return int(pipeline.execute()[0])
    except redis.RedisError as error:
        _here.away_until = time.monotonic() + AWAY_S
        log.warning("Requests are counted in each process alone, Redis: %s", error)
        return None


class ApiThrottle(BaseThrottle):
    """settings.API_RATE for each token, and for each person who is signed in by session."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = parse_rate(settings.API_RATE)
        if rate is None:
            return True
        name = f"token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user:{request.user.pk}"
        self.standing = count(name, rate)
        request.standing = self.standing  # type: ignore[attr-defined]  # for the answer's headers
        return not self.standing.is_over

    def wait(self) -> float:
        return self.standing.left_s
