"""Redis, and what is done while it does not answer.

A Redis that has died refuses connections at once. One that hangs accepts them and says nothing, so everything that asks
it would wait for a timeout, one request after the other. After the first, all of this process go on without it until it
answers again: what they store is found in the database, and what they count they count by themselves.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import redis
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from .watching import watcher

ANSWERS_WITHIN_S = 0.75  # or counts as away: a request that notices it is still answered within a second
LOOKS_EVERY_S = 0.5

log = logging.getLogger(__name__)


class Breaker:
    """Lets nobody ask a Redis that does not answer; a thread of its own looks whether it does again."""

    def __init__(self) -> None:
        self.is_open = False
        self._lock = threading.Lock()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Around everything that asks Redis. Raises redis.ConnectionError at once if it is away."""
        if self.is_open:
            raise redis.ConnectionError("Redis did not answer a moment ago.")
        try:
            yield
        except (redis.ConnectionError, redis.TimeoutError, OperationalError, OSError) as error:
            self._open(error)
            raise

    def _open(self, error: Exception) -> None:
        with self._lock:
            if self.is_open:
                return
            self.is_open = True
            watcher().redis_is_away(True)
        log.warning("Redis does not answer; what is sent and counted goes on without it: %s", error)
        threading.Thread(target=self._close_when_back, name="redis-look", daemon=True).start()

    def _close_when_back(self) -> None:
        with redis.Redis.from_url(settings.REDIS_URL, **_timeouts()) as probe:
            while self.is_open:
                try:
                    probe.ping()
                    self.is_open = False
                    watcher().redis_is_away(False)
                except (redis.RedisError, OSError):
                    time.sleep(LOOKS_EVERY_S)
        log.warning("Redis answers again.")


class GuardedRedis(redis.Redis):
    """A pool of connections whose commands all go through one breaker."""

    breaker: Breaker

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with self.breaker.closed():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "GuardedPipeline":
        pipeline = GuardedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.breaker = self.breaker
        return pipeline


class GuardedPipeline(redis.client.Pipeline):
    breaker: Breaker

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with self.breaker.closed():
            return super().execute(raise_on_error)


@lru_cache
def connection() -> GuardedRedis:
    """This process's connections to Redis. Each command raises redis.RedisError if Redis is away."""
    client = cast(GuardedRedis, GuardedRedis.from_url(settings.REDIS_URL, **_timeouts()))
    client.breaker = Breaker()
    return client


def _timeouts() -> dict[str, Any]:
    # A connection that Redis has closed meanwhile, because it was started anew, is opened again. By default, a timeout
    # would be waited for four times.
    retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    return {"socket_connect_timeout": ANSWERS_WITHIN_S, "socket_timeout": ANSWERS_WITHIN_S, "retry": retry}
