"""Upkeep of runs: ends those whose process is gone and sends those again that nobody claims."""

import logging

from classifier.jobs import leases
from training.models import TrainingRun

from . import requests
from .lifecycle import WORKER_STOPPED, Status, end_run

log = logging.getLogger(__name__)


def fail_silent_runs() -> int:
    """Ends the runs whose process sends no heartbeats. Returns their number."""
    ended = 0
    _, silent = leases.take_overdue(TrainingRun.objects.running())
    for run in silent:
        if run.cancel_asked:
            ended += end_run(run, Status.CANCELLED)
        else:
            log.error("Training run %s sends no heartbeats", run.public_id)
            ended += end_run(run, Status.FAILED, error=WORKER_STOPPED.format(how="it sent no more heartbeats"))
    return ended


def resend_waiting_runs() -> int | None:
    """Sends the first waiting run again if nothing is running and it has waited too long. Returns its id or None.

    The delay grows with the time it waits, so a worker that returns after a day does not find a thousand messages.
    """
    if TrainingRun.objects.running().exists():
        return None
    run = TrainingRun.objects.waiting().order_by("pk").first()
    if run is None or leases.take_overdue(TrainingRun.objects.waiting().filter(pk=run.pk)) == ([], []):
        return None
    requests.send(run.pk)
    return run.pk
