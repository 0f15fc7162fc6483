"""Keeps requests from waiting, one after the other, for a store that does not answer."""

import logging
import threading
import time
from collections.abc import Callable

LOOKS_EVERY_S = 0.5

log = logging.getLogger(__name__)


class Breaker:
    """Open while the store is away. A thread of its own looks whether it answers again."""

    def __init__(self, answers: Callable[[], bool]) -> None:
        """answers: asks the store."""
        self._answers = answers
        self._lock = threading.Lock()
        self.is_open = False

    def open(self, why: Exception) -> None:
        with self._lock:
            if self.is_open:
                return
            self.is_open = True
        log.warning("The store of files does not answer; it is asked again when it does: %s", why)
        threading.Thread(target=self._close_when_back, name="store-look", daemon=True).start()

    def _close_when_back(self) -> None:
        while not self._answers():
            time.sleep(LOOKS_EVERY_S)
        self.is_open = False
        log.warning("The store of files answers again")
