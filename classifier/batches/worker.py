"""The process that reads batches: started by an inference worker when there is one, and gone when there is none.

It is a Celery worker on the queue `batches`, with decoding children of its own, at a lower priority than whoever
answers people. Standing by it would take 100 MB.
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

IDLE_S = 20.0  # without anything to do, after which it leaves
NICENESS = 5
PARENT = "BATCH_WORKER_PARENT"  # in the environment: whose end is its end, and who starts it again

log = logging.getLogger(__name__)

_process: "subprocess.Popen[bytes] | None" = None


def start() -> None:
    """Start it, unless ours lives."""
    global _process
    if _process is not None and _process.poll() is None:
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "batch_worker"]
    environment = os.environ | {PARENT: str(os.getpid())}
    _process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
    threading.Thread(target=_process.wait, name="batch worker", daemon=True).start()  # no zombie stays behind


def look_after() -> None:
    """Send batches again that nobody goes on with."""
    from . import (
        lifecycle,  # an inference worker needs it for nothing else
    )

    for batch_id in lifecycle.late_batches():
        lifecycle.send(batch_id)


_busy = threading.Lock()
_last_end = time.monotonic()
_loading: threading.Thread | None = None


def prepare() -> None:
    """Called when the process starts: what the first batch would wait for is loaded now."""
    global _loading
    os.nice(NICENESS)
    if parent := os.environ.get(PARENT, ""):
        end_with_parent(int(parent), signal.SIGTERM)
        threading.Thread(target=_leave_when_idle, name="idle", daemon=True).start()
    _loading = threading.Thread(target=_load, name="load", daemon=True)
    _loading.start()


def _load() -> None:
    from classifier.recognition import inference

    from . import reading

    try:
        reading.prepare_to_read()
        inference.preload()
    except Exception:  # the thread's outermost edge: the first batch will meet it again
        log.warning("Nothing could be loaded in advance", exc_info=True)


def read_waiting() -> None:
    """Go on with a batch that waits before there is a worker: Celery takes half a second to start.

    The job that was sent for it is still there, to find the rest or nothing. Ends the process when told to meanwhile.
    """
    from . import lifecycle, reading

    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if (batch_id := lifecycle.first_waiting()) is not None:
            with at_work():
                reading.carry_on(batch_id, should_leave=told.is_set)
    except Exception:  # its job will meet it again
        log.warning("A batch could not be begun with", exc_info=True)
    for number, handler in before.items():
        signal.signal(number, handler)
    if told.is_set():
        sys.exit()


@contextmanager
def at_work() -> Iterator[None]:
    """While the block runs, the worker is not idle. Begins when all is loaded: a batch is read in forks of this."""
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
    os.kill(os.getpid(), signal.SIGTERM)  # a job that comes at this moment is done first, or found again
