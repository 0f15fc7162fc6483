"""Signs of life of the workers: each says every few seconds that it lives and which version it serves.

Looking up the version in service loads it too, so a promoted version is ready before it is asked for.
"""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from .replies import connection


def answered_lately() -> str | None:
    """The model version that answered within the last LATELY_S. Raises redis.RedisError."""
    served_by = connection().get("answered")
    return served_by.decode() if isinstance(served_by, bytes) else None


def announce_worker(name: str, content: dict[str, Any], kept_s: int) -> None:
    """A worker's sign of life. Raises redis.RedisError."""
    connection().set(f"worker:{name}", json.dumps(content), ex=kept_s)


def workers_alive() -> list[dict[str, Any]]:
    """What each worker last said of itself, with its name. Raises redis.RedisError."""
    names = sorted(connection().scan_iter("worker:*", count=1000))
    said = connection().mget(names) if names else []
    return [
        {"name": name.decode().removeprefix("worker:"), **json.loads(content)}
        for name, content in zip(names, said, strict=True)
        if content
    ]


def queue_length(queue: str) -> int:
    """Jobs that no worker has taken yet. Raises redis.RedisError."""
    return int(connection().llen(queue))


EVERY_S = 3.0
KEPT_S = 10  # seconds after its last sign for which a worker counts as alive

log = logging.getLogger(__name__)


def start(queue: str, serving: Callable[[], str] = lambda: "") -> None:
    """Give signs of life for this process until it ends. serving: what it serves, as people read it."""
    name = f"{queue}@{socket.gethostname()}:{os.getpid()}"
    threading.Thread(target=_beat, args=(name, queue, serving), name="heartbeat", daemon=True).start()


def _beat(name: str, queue: str, serving: Callable[[], str]) -> None:
    since = time.time()
    while True:
        try:
            announce_worker(name, {"queue": queue, "serves": serving(), "since": since}, KEPT_S)
        except Exception:  # the thread's outermost edge: the next sign may get through
            log.warning("No sign of life could be given", exc_info=True)
        time.sleep(EVERY_S)
