"""A run's own process: started, watched and ended by the training worker, which never loads TensorFlow itself.

TensorFlow does not survive a fork and does not give its memory back; a process of its own does both.
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

from training.models import TrainingRun

from .requests import WORKER_STOPPED, Status, end_run, work_folder

LOOK_EVERY_S = 0.25
ENDING_S = 0.5  # from asking a process to end to killing it
LEAVING_S = 20.0  # for a process whose run has ended to leave by itself

log = logging.getLogger(__name__)


def oversee(run: TrainingRun, should_leave: Callable[[], bool] = lambda: False) -> None:
    """Carry a claimed run out in a process of its own; when this returns the process and its files are gone.

    should_leave: whether this worker has been told to end. The run ends as the row says: done, failed or
    cancelled, also when its process could not say so itself.
    """
    folder = work_folder(run)
    shutil.rmtree(folder, ignore_errors=True)
    process = None
    try:
        (folder / "tmp").mkdir(parents=True)
        process = start(run)
        _watch(process, run, should_leave)
    except Exception as error:
        log.exception("Training run %s could not be overseen", run.public_id)
        end_run(run, Status.FAILED, error=WORKER_STOPPED.format(how=f"it could not watch the training ({error})"))
    finally:
        if process is not None:
            end(process)
        shutil.rmtree(folder, ignore_errors=True)
    if process is not None:
        _end_for_it(run, process, should_leave())


def start(run: TrainingRun) -> subprocess.Popen[bytes]:
    """Start `manage.py run_training` in a process group of its own, its temporary files in the run's folder."""
    manage = settings.BASE_DIR / "manage.py"
    command = [sys.executable, str(manage), "run_training", str(run.public_id), "--parent", str(os.getpid())]
    environment = os.environ | {"TMPDIR": str(work_folder(run) / "tmp"), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, process_group=0)


def _watch(process: subprocess.Popen[bytes], run: TrainingRun, should_leave: Callable[[], bool]) -> None:
    """Return when the process has ended, or has to."""
    while not _has_ended(process, LOOK_EVERY_S):
        try:
            row = TrainingRun.objects.filter(pk=run.pk).values("status", "cancel_asked").first()
        except (DatabaseError, InterfaceError) as error:
            log.warning("Training run %s cannot be looked up now: %s", run.public_id, error)
            connection.close()
            continue
        if row is None or row["cancel_asked"] or should_leave():
            return
        if row["status"] != Status.RUNNING:
            _has_ended(process, LEAVING_S)
            return


def _has_ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def end(process: subprocess.Popen[bytes]) -> None:
    """End a training process, whatever it is doing: by default the signal ends it at once, in C code too."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, how)
        _has_ended(process, ENDING_S)
    process.wait()


def _end_for_it(run: TrainingRun, process: subprocess.Popen[bytes], was_told_to_leave: bool) -> None:
    """End the run of a process that did not do so itself; nothing happens when it did."""
    row = TrainingRun.objects.running().filter(pk=run.pk).values("cancel_asked").first()
    if row is None:
        return
    if row["cancel_asked"]:
        end_run(run, Status.CANCELLED)
        return
    code = process.returncode
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    how = "the site was stopped" if was_told_to_leave else f"the training process ended before its time ({how})"
    log.error("Training run %s: %s", run.public_id, how)
    end_run(run, Status.FAILED, error=WORKER_STOPPED.format(how=how))
