"""The process that reads batches. An inference worker starts it for a batch; it exits when there is no work.

It is a Celery worker on the queue `batches` with its own decoding server. It has a lower priority than the processes
that answer requests. Waiting for batches all the time would cost 100 MB.

Functions import the modules that read: so NumPy and LiteRT are loaded in a thread while Celery starts.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery.worker import state
from django.conf import settings

from classifier.jobs.parent_death import end_with_parent

IDLE_S = 20.0  # without work, after which the process exits
NICENESS = 5
PARENT = "BATCH_WORKER_PARENT"  # environment variable: process id of the inference worker, with which this one ends

log = logging.getLogger(__name__)

_process: "subprocess.Popen[bytes] | None" = None


def start() -> None:
    """Starts the batch worker, unless this process has started one that still runs."""
    global _process
    if _process is not None and _process.poll() is None:
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "batch_worker"]
    environment = os.environ | {PARENT: str(os.getpid())}
    _process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
    threading.Thread(target=_process.wait, name="batch worker", daemon=True).start()  # so no zombie remains


def look_after() -> None:
    """Sends late batches again."""
    from . import lifecycle  # NumPy

    for batch_id in lifecycle.late_batches():
        lifecycle.send(batch_id)


_busy = threading.Lock()
_last_end = time.monotonic()
_loading: threading.Thread | None = None


def prepare() -> None:
    """Runs when the process starts: loads what the first batch needs, and lets the process exit when it is idle."""
    global _loading
    os.nice(NICENESS)
    if parent := os.environ.get(PARENT, ""):
        end_with_parent(int(parent), signal.SIGTERM)
        threading.Thread(target=_leave_when_idle, name="idle", daemon=True).start()
    _loading = threading.Thread(target=_load, name="load", daemon=True)
    _loading.start()


def _load() -> None:
    from classifier.recognition import inference  # LiteRT and NumPy, while Celery starts

    from . import reading

    try:
        reading.prepare_to_read()
        inference.preload()
    except Exception:  # the thread's outermost edge: the first batch will report it
        log.warning("The batch worker could not load in advance", exc_info=True)


def read_waiting() -> None:
    """Reads a waiting batch before the Celery worker runs, which takes half a second to start.

    Its task stays in the queue and later finds the rest of the batch, or nothing. Exits if a signal asks for it.
    """
    from . import lifecycle, reading  # NumPy

    asked_to_exit = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: asked_to_exit.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        if (batch_id := lifecycle.first_waiting()) is not None:
            with at_work():
                reading.carry_on(batch_id, should_leave=asked_to_exit.is_set)
    except Exception:  # its task will report it
        log.warning("A waiting batch could not be read", exc_info=True)
    for number, handler in before.items():
        signal.signal(number, handler)
    if asked_to_exit.is_set():
        sys.exit()


@contextmanager
def at_work() -> Iterator[None]:
    """Marks the worker as busy. Waits first until everything is loaded, because reading forks this process."""
    global _last_end
    if _loading is not None:
        _loading.join()
    with _busy:
        try:
            yield
        finally:
            _last_end = time.monotonic()


def is_leaving() -> bool:
    return state.should_stop is not None or state.should_terminate is not None


def _leave_when_idle() -> None:
    while _busy.locked() or time.monotonic() - _last_end < IDLE_S:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)  # a task that arrives now runs first, or is sent again
