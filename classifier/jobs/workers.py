"""Heartbeats of the worker processes, and what operators see of workers and queues.

Each heartbeat looks up the version in service and so loads it: a promoted version is ready before the first request.
"""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from . import questions
from .broker import connection

EVERY_S = 3.0
SCHEDULED = "scheduled"
KEPT_S = 10  # seconds after its last heartbeat for which a worker counts as alive

log = logging.getLogger(__name__)


def start_heartbeat(queue: str, serving: Callable[[], str] = lambda: "") -> None:
    """Sends heartbeats for this process until it ends. serving: returns the name of the version that it serves."""
    name = f"{queue}@{socket.gethostname()}:{os.getpid()}"
    threading.Thread(target=_beat, args=(name, queue, serving), name="heartbeat", daemon=True).start()


def _beat(name: str, queue: str, serving: Callable[[], str]) -> None:
    since = time.time()
    while True:
        try:
            announce(name, {"queue": queue, "serves": serving(), "since": since}, KEPT_S)
        except Exception:  # the outermost edge of the thread: the next heartbeat may succeed
            log.warning("A heartbeat could not be sent", exc_info=True)
        time.sleep(EVERY_S)


def announce(name: str, content: dict[str, Any], kept_s: int) -> None:
    """Sends one heartbeat. Raises redis.RedisError."""
    connection().set(f"worker:{name}", json.dumps(content), ex=kept_s)


def workers_alive() -> list[dict[str, Any]]:
    """The latest heartbeat of each worker, with its name. Raises redis.RedisError."""
    names = sorted(connection().scan_iter("worker:*", count=1000))
    heartbeats = connection().mget(names) if names else []
    return [
        {"name": name.decode().removeprefix("worker:"), **json.loads(content)}
        for name, content in zip(names, heartbeats, strict=True)
        if content
    ]


def note_scheduled() -> None:
    """Remembers that this worker has done what the scheduler sends every few seconds. Raises redis.RedisError."""
    connection().set(SCHEDULED, time.time())


def last_scheduled() -> float | None:
    """When that was last (time.time()); None since Redis started. Raises redis.RedisError."""
    noted = connection().get(SCHEDULED)
    return float(noted) if isinstance(noted, bytes) else None


def recently_answered() -> str | None:
    """The model version that answered within the last replies.RECENT_S, or None. Raises redis.RedisError."""
    served_by = connection().get("answered")
    return served_by.decode() if isinstance(served_by, bytes) else None


def queue_length(queue: str) -> int:
    """The number of jobs that no worker has taken yet. Raises redis.RedisError."""
    jobs = int(connection().llen(queue))
    if queue == questions.QUEUE:  # a message that calls for questions is no job
        jobs += questions.more_than_the_call()
    return max(0, jobs)


def oldest_sent(queue: str) -> float | None:
    """When the oldest waiting job was sent, time.time(); None for an empty queue. Raises redis.RedisError."""
    moments = []
    if isinstance(message := connection().lindex(queue, -1), bytes):
        moments.append(json.loads(message)["headers"].get("sent"))
    if queue == questions.QUEUE and isinstance(question := connection().lindex(questions.WAITING, 0), bytes):
        moments.append(json.loads(question)["sent"])
    return min((float(sent) for sent in moments if isinstance(sent, int | float)), default=None)
