"""Workers' signs of life: every few seconds each says that it lives and which version it serves.

Looking up the version in service loads it too, so a promoted version is ready before it is asked for.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable

from . import messages

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
            messages.announce_worker(name, {"queue": queue, "serves": serving(), "since": since}, KEPT_S)
        except Exception:  # the thread's outermost edge: the next sign may get through
            log.warning("No sign of life could be given", exc_info=True)
        time.sleep(EVERY_S)
