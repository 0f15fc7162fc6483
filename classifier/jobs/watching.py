"""What a process tells its watcher: how long the stages of an answer took, and whether Redis is away.

Web processes have a watcher that counts for Prometheus (classifier.http.metrics). Workers have one that does nothing,
so they load nothing for it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Watcher:
    """Ignores everything."""

    def stage_took(self, stage: str, seconds: float) -> None:
        """stage: decoding or segmentation; worker, from the request's question to the reply; network or lines in it."""

    def no_reply(self) -> None:
        """A request has waited for a worker's reply in vain."""

    def redis_is_away(self, is_away: bool) -> None:
        """The breaker of `broker` has opened or closed."""


_watcher = Watcher()


def watch(watcher: Watcher) -> None:
    """Makes this the watcher of the process."""
    global _watcher
    _watcher = watcher


def watcher() -> Watcher:
    return _watcher


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Tells how long the block took, unless it raises."""
    started = time.perf_counter()
    yield
    _watcher.stage_took(stage, time.perf_counter() - started)


class ReplyClock:
    """Times the wait for a worker's reply."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def stop(self, elapsed_ms: float | None, stage: str = "network") -> None:
        """elapsed_ms: what the worker took for the stage by its own account; None if there was no reply."""
        if elapsed_ms is None:
            _watcher.no_reply()
            return
        _watcher.stage_took("worker", time.perf_counter() - self._started)
        _watcher.stage_took(stage, elapsed_ms / 1000)
