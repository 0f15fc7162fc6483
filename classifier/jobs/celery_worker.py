"""A Celery worker in this process."""

import socket
import sys
from typing import Never

from celery import current_app


def run(queue: str) -> Never:
    """Runs a worker for one queue until a signal ends it; then exits.

    Celery's command line would load an interactive shell, 9 MB in each worker (docs/performance.md). A
    child process instead of the solo pool would cost 50 MB, and a millisecond for each job.
    """
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
