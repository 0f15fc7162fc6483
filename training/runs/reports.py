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

from .processes import LOOK_EVERY_S, end

ASKED_KEPT_S = 120  # seconds in which a second request sends no second job

log = logging.getLogger(__name__)


def ask() -> bool:
    """Sends the job unless it was sent recently. Returns whether it was sent."""
    if not cache.add("training.measure_cards", True, ASKED_KEPT_S):
        return False
    return enqueue("training.measure_cards", expires_s=ASKED_KEPT_S)


def missing() -> list[ModelVersion]:
    """Returns the measured versions whose report is missing or old: the one in service first, then the newest."""
    rows = Measurement.objects.select_related("version").order_by("-version__is_active", "-version__created")
    return [row.version for row in rows if not has_report(row)]


def oversee(should_leave: Callable[[], bool] = lambda: False) -> None:
    """Runs `manage.py measure_versions --reports`; ends it when a run waits or the worker has to stop."""
    if not missing():
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "measure_versions", "--reports"]
    command += ["--parent", str(os.getpid())]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    try:
        while _goes_on(process):
            if should_leave() or _a_run_waits():
                return
    finally:
        end(process)


def _goes_on(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(LOOK_EVERY_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _a_run_waits() -> bool:
    try:
        return TrainingRun.objects.waiting().exists()
    except (DatabaseError, InterfaceError) as error:
        log.warning("The waiting runs cannot be looked up now: %s", error)
        connection.close()
        return False
