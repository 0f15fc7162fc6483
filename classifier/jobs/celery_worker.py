"""A Celery worker in this process."""

import logging
import socket
import sys
import time
from typing import Any, Never

from celery import current_app
from celery.signals import task_postrun, task_prerun
from celery.worker.request import Request
from django.conf import settings

from . import trace

log = logging.getLogger(__name__)

_started = 0.0  # of the current task, time.perf_counter(); the solo pool runs one after the other


class TakenRequest(Request):
    """A task of a queue that is declared `no_ack`: its message has left the queue for good when it was taken.

    Celery acknowledges it all the same, a round trip to Redis. Kombu 5.7 remembers each of these acknowledgements until
    another message has to be acknowledged, which never comes.
    """

    def acknowledge(self) -> None:
        self.acknowledged = True


def run(queue: str) -> Never:
    """Runs a worker for one queue until a signal ends it; then exits.

    Celery's command line would load an interactive shell, 9 MB in each worker (docs/performance.md). A
    child process instead of the solo pool would cost 50 MB, and a millisecond for each job.
    """
    logging.captureWarnings(True)  # from here on in the log's format
    trace.begin(None)  # a batch may have been read before
    if any(each.no_ack for each in settings.CELERY_TASK_QUEUES if each.name == queue):
        current_app.Task.Request = f"{__name__}:{TakenRequest.__name__}"
    worker = current_app.Worker(
        hostname=f"{queue}@{socket.gethostname()}",
        queues=[queue],
        pool_cls="solo",
        loglevel="INFO",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


@task_prerun.connect
def _begin(task: Any, **_: Any) -> None:
    global _started
    _started = time.perf_counter()
    trace.begin(task.request.get("trace"))


@task_postrun.connect
def _end(task: Any, state: str, **_: Any) -> None:
    """Logs what was done for a person. Celery logs what has failed."""
    if state == "SUCCESS":
        level = logging.INFO if trace.is_about_something() else logging.DEBUG
        log.log(level, "%s: done in %.0f ms", task.name, (time.perf_counter() - _started) * 1e3)
    trace.begin(None)
