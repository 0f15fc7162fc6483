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
from typing import Any, TypeVar, cast

import redis
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from .redis_address import RedisAddress, parse
from .watching import watcher

ANSWERS_WITHIN_S = 0.75  # or counts as away: a request that notices it is still answered within a second
LOOKS_EVERY_S = 0.5

log = logging.getLogger(__name__)
Client = TypeVar("Client", bound=redis.Redis)


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
        with client(redis.Redis, ANSWERS_WITHIN_S, _retry()) as probe:
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
    guarded = client(GuardedRedis, ANSWERS_WITHIN_S, _retry())
    guarded.breaker = Breaker()
    return guarded


def _retry() -> Retry:
    # A connection that Redis has closed meanwhile, because it was started anew, is opened again. By default, a timeout
    # would be waited for four times.
    return Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))


def address() -> RedisAddress:
    return parse(settings.REDIS_URL, settings.REDIS_CA_FILE, settings.REDIS_SENTINEL_PASSWORD)


def client(kind: type[Client], within_s: float, retry: Retry) -> Client:
    """A pool of connections to the Redis of the settings. Sentinels are asked whenever one is opened."""
    found = address()
    options = {"socket_connect_timeout": within_s, "socket_timeout": within_s, "retry": retry, **found.tls}
    if not found.sentinels:
        return cast(Client, kind.from_url(found.url, **options))
    # redis-py has no annotations here.
    sentinels: Any = Sentinel(found.sentinels, sentinel_kwargs=found.sentinel_options(within_s))  # type: ignore[no-untyped-call]
    options |= {"ssl": True} if found.tls else {}
    return cast(Client, sentinels.master_for(found.master, kind, **found.login, **options))
