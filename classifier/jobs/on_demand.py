"""Workers that live only while there is work for them. An inference worker starts one; it exits when it is idle.

Each is a Celery worker on a queue of its own with a lower priority than the processes that answer requests. Waiting for
work all the time would cost 100 MB. Started by hand, it runs until it is stopped.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Never

from celery.worker import state
from django.conf import settings

from . import celery_worker, signs_of_life
from .parent_death import end_with_parent

IDLE_S = 20.0  # without work, after which the process exits
NICENESS = 5
PARENT = "ON_DEMAND_WORKER_PARENT"  # environment variable: id of the inference worker, with which the process ends

log = logging.getLogger(__name__)


class OnDemandWorker:
    """A kind of worker: as seen by the process that starts it, and in the worker itself.

    queue: of its tasks. command: of manage.py, which calls `run`. load: loads what the first task needs, in a thread
    while Celery starts, which takes half a second. first_waiting: the key of what has waited longest, or None. That is
    done before Celery runs, by carry_on, which also gets a function that says whether to stop; its task stays in the
    queue and later finds the rest, or nothing.
    """

    def __init__(
        self,
        queue: str,
        command: str,
        load: Callable[[], None],
        first_waiting: Callable[[], int | None],
        carry_on: Callable[[int, Callable[[], bool]], object],
    ) -> None:
        self._queue, self._command, self._load = queue, command, load
        self._first_waiting, self._carry_on = first_waiting, carry_on
        self._process: subprocess.Popen[bytes] | None = None
        self._busy = threading.Lock()
        self._last_end = time.monotonic()
        self._loading: threading.Thread | None = None

    def start(self) -> None:
        """Starts the worker, unless this process has started one that still runs."""
        if self._process is not None and self._process.poll() is None:
            return
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), self._command]
        environment = os.environ | {PARENT: str(os.getpid())}
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
        name = self._command.replace("_", " ")
        threading.Thread(target=self._process.wait, name=name, daemon=True).start()  # so no zombie remains

    def run(self) -> Never:
        """Is the worker, until a signal ends it or it has been idle for IDLE_S."""
        signs_of_life.give(self._queue, settings.SIGNS_OF_LIFE)
        self._prepare()
        self.read_waiting()
        celery_worker.run(self._queue)

    def _prepare(self) -> None:
        os.nice(NICENESS)
        if parent := os.environ.get(PARENT, ""):
            end_with_parent(int(parent), signal.SIGTERM)
            threading.Thread(target=self._leave_when_idle, name="idle", daemon=True).start()
        self._loading = threading.Thread(target=self._load_early, name="load", daemon=True)
        self._loading.start()

    def _load_early(self) -> None:
        try:
            self._load()
        except Exception:  # the thread's outermost edge: the first task will report it
            log.warning("The worker of %s could not load in advance", self._queue, exc_info=True)

    def read_waiting(self) -> None:
        """Does what has waited longest, if anything. Exits if a signal asks for it."""
        asked_to_exit = threading.Event()
        before = {
            number: signal.signal(number, lambda *_: asked_to_exit.set()) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            if (key := self._first_waiting()) is not None:
                with self.at_work():
                    self._carry_on(key, asked_to_exit.is_set)
        except Exception:  # its task will report it
            log.warning("What waits for the worker of %s could not be read", self._queue, exc_info=True)
        for number, handler in before.items():
            signal.signal(number, handler)
        if asked_to_exit.is_set():
            sys.exit()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Marks the worker as busy. Waits first until everything is loaded, because reading forks this process."""
        if self._loading is not None:
            self._loading.join()
        with self._busy:
            try:
                yield
            finally:
                self._last_end = time.monotonic()

    def _leave_when_idle(self) -> None:
        while self._busy.locked() or time.monotonic() - self._last_end < IDLE_S:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)  # a task that arrives now runs first, or is sent again


def is_leaving() -> bool:
    """Whether this worker was asked to stop."""
    return state.should_stop is not None or state.should_terminate is not None
