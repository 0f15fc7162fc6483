"""Missing robustness reports: the pages and finished runs request them, and the training worker measures them.

It starts a process of its own for them, at low priority.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection

from classifier.jobs.queue import enqueue
from classifier.models import ModelVersion
from training.evaluation.robustness.report import has_report
from training.models import Measurement, TrainingRun

from .processes import POLL_S, end

REQUEST_KEPT_S = 120  # seconds in which a second request sends no second job

log = logging.getLogger(__name__)


def request_missing() -> bool:
    """Sends the job unless it was sent recently. Returns whether it was sent."""
    if not cache.add("training.measure_cards", True, REQUEST_KEPT_S):
        return False
    return enqueue("training.measure_cards", expires_s=REQUEST_KEPT_S)


def missing() -> list[ModelVersion]:
    """Returns the measured digit readers whose report is missing or old: the one in service first, then the newest."""
    digit_readers = Measurement.objects.filter(version__kind=ModelVersion.Kind.DIGIT)
    rows = digit_readers.select_related("version").order_by("-version__is_active", "-version__created")
    return [row.version for row in rows if not has_report(row)]


def measure_missing(should_stop: Callable[[], bool] = lambda: False) -> None:
    """Runs `manage.py measure_versions --reports`; ends it when a run waits or the worker has to stop."""
    if not missing():
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "measure_versions", "--reports"]
    command += ["--parent", str(os.getpid())]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    try:
        while _is_running(process):
            if should_stop() or _run_is_waiting():
                return
    finally:
        end(process)


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(POLL_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _run_is_waiting() -> bool:
    try:
        return TrainingRun.objects.waiting().exists()
    except (DatabaseError, InterfaceError) as error:
        log.warning("The waiting runs cannot be read now: %s", error)
        connection.close()
        return False
