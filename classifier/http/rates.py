"""Rate limits: a number of requests in each time window, counted under a name, such as that of a token.

The count is kept in Redis, which takes one round trip; in the database each request would be a write. While Redis is
down, each process counts by itself: the site still answers, and a limit still holds, although it is less exact. The
headers follow draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
import threading
import time
from dataclasses import dataclass
from functools import cache

import redis

from classifier.jobs import broker

WINDOWS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Rate:
    quota: int  # requests
    window_s: int


@dataclass(frozen=True)
class Usage:
    """What has been used of a rate in the current window."""

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


def count(name: str, rate: Rate, cost: int = 1) -> Usage:
    """Counts a request under a name. cost: as how many requests it counts."""
    now = time.time()
    window = int(now // rate.window_s)
    key = f"rate:{name}:{rate.window_s}:{window}"
    requests = _count_in_redis(key, rate.window_s, cost)
    if requests is None:
        requests = _local.count(key, window, cost)
    return Usage(rate, requests, (window + 1) * rate.window_s - now)


class _LocalCounts:
    """The counts of this process while Redis is down."""

    def __init__(self) -> None:
        self._window = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, key: str, window: int, cost: int) -> int:
        with self._lock:
            if window != self._window:  # the counts of the last window are obsolete
                self._window, self._counts = window, {}
            self._counts[key] = self._counts.get(key, 0) + cost
            return self._counts[key]


_local = _LocalCounts()


def _count_in_redis(key: str, kept_s: int, cost: int) -> int | None:
    """Counts and returns the count; None if Redis is away."""
    pipeline = broker.connection().pipeline(transaction=False)
    pipeline.incrby(key, cost)
    pipeline.expire(key, kept_s)
    try:
        return int(pipeline.execute()[0])
    except redis.RedisError:
        return None
