"""The process of a run: the training worker starts it, supervises it and ends it.

TensorFlow does not survive a fork and never returns its memory, so the worker itself never loads it.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from classifier.jobs import trace
from training.models import TrainingRun

from .lifecycle import WORKER_STOPPED, Status, end_run, work_folder

POLL_S = 0.25
TERMINATE_S = 0.5  # from SIGTERM to SIGKILL
EXIT_S = 20.0  # for a process to exit by itself after its run has ended

log = logging.getLogger(__name__)


def supervise(run: TrainingRun, should_stop: Callable[[], bool] = lambda: False) -> None:
    """Carries out a claimed run in a process of its own. On return the process and its files are gone.

    should_stop: whether this worker has to stop. The row then says how the run ended, even if its process could not
    write it.
    """
    folder = work_folder(run)
    shutil.rmtree(folder, ignore_errors=True)
    process = None
    try:
        (folder / "tmp").mkdir(parents=True)
        process = start(run)
        _watch(process, run, should_stop)
    except Exception as error:
        log.exception("Training run %s could not be supervised", run.public_id)
        end_run(run, Status.FAILED, error=WORKER_STOPPED.format(how=f"it could not supervise the training ({error})"))
    finally:
        if process is not None:
            end(process)
        shutil.rmtree(folder, ignore_errors=True)
    if process is not None:
        _end_run_for(process, run, should_stop())


def start(run: TrainingRun) -> subprocess.Popen[bytes]:
    """Starts `manage.py run_training` in its own process group, with its temporary files in the run's folder."""
    manage = settings.BASE_DIR / "manage.py"
    command = [sys.executable, str(manage), "run_training", str(run.public_id), "--parent", str(os.getpid())]
    environment = os.environ | {"TMPDIR": str(work_folder(run) / "tmp"), "PYTHONUNBUFFERED": "1"} | trace.for_child()
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, process_group=0)


def _watch(process: subprocess.Popen[bytes], run: TrainingRun, should_stop: Callable[[], bool]) -> None:
    """Returns when the process has ended or has to end."""
    while not _has_ended(process, POLL_S):
        try:
            row = TrainingRun.objects.filter(pk=run.pk).values("status", "cancel_asked").first()
        except (DatabaseError, InterfaceError) as error:
            log.warning("Training run %s cannot be read now: %s", run.public_id, error)
            connection.close()
            continue
        if row is None or row["cancel_asked"] or should_stop():
            return
        if row["status"] != Status.RUNNING:
            _has_ended(process, EXIT_S)
            return


def _has_ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a training process. Without a handler the signal ends it at once, in C code too."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, how)
        _has_ended(process, TERMINATE_S)
    process.wait()


def _end_run_for(process: subprocess.Popen[bytes], run: TrainingRun, was_stopped: bool) -> None:
    """Ends the run if its process did not end it."""
    row = TrainingRun.objects.running().filter(pk=run.pk).values("cancel_asked").first()
    if row is None:
        return
    if row["cancel_asked"]:
        end_run(run, Status.CANCELLED)
        return
    code = process.returncode
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    how = "the site was stopped" if was_stopped else f"the training process ended unexpectedly ({how})"
    log.error("Training run %s: %s", run.public_id, how)
    end_run(run, Status.FAILED, error=WORKER_STOPPED.format(how=how))
