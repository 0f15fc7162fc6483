"""The life of a run's row: claimed, cancelled, ended. The row is the truth.

Every change of its status depends on the status before it, so repeating a call, late or in two places at once, does
no harm.
"""

import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from classifier import audit
from classifier.digits.registry import remove_files
from classifier.jobs import leases
from classifier.models import ModelVersion
from training.models import TrainingRun

Status = TrainingRun.Status

WORKER_STOPPED = "The worker stopped: {how}. Nothing was registered; start the run again with the same settings."
CANCELLED = "Cancelled; nothing was registered."


class RunIsOver(Exception):
    """The run was ended elsewhere while it was carried out; its outcome is not kept."""


def claim_run(run_id: int) -> TrainingRun | None:
    """Claims a waiting run. Returns None if it no longer waits or another run is running."""
    waiting = TrainingRun.objects.unfinished().filter(pk=run_id)
    try:
        with transaction.atomic():
            run = leases.claim(waiting, started=timezone.now(), stage="Its process is starting.")
    except IntegrityError:  # the constraint one_running_training_run
        run = None
    describe_waiting()
    if run is not None:
        remove_leftovers()
    return run


def cancel_run(run: TrainingRun, by: User | None = None) -> bool:
    """Cancels a waiting run, or asks the worker of a running one to end it, which takes at most two seconds.

    by: for the audit log. Returns False if the run has ended already.
    """
    with transaction.atomic():
        is_cancelled = _end(TrainingRun.objects.waiting(), run.pk, Status.CANCELLED, stage=CANCELLED)
        running = TrainingRun.objects.running().filter(pk=run.pk)
        is_asked = running.filter(cancel_asked=False).update(cancel_asked=True, stage="It is being cancelled.")
        if by is not None and (is_cancelled or is_asked):
            audit.record(audit.Act.CANCELLED_TRAINING, by=by, on=run)
    return is_cancelled or running.exists()


def end_run(run: TrainingRun, status: TrainingRun.Status, *, error: str = "", last_line: str = "") -> bool:
    """Ends a running run and, unless it is done, removes what it made. Returns False if it has ended already.

    error: why it failed, for its page. last_line: of its log; by default the error or the stage.
    """
    stage = {Status.DONE: "Done.", Status.CANCELLED: CANCELLED}.get(status, "Failed.")
    last_line = last_line or error or stage
    ended = _end(TrainingRun.objects.running(), run.pk, status, last_line=last_line, stage=stage, error=error)
    if ended and status != Status.DONE:
        _remove_unfinished(run)
    describe_waiting()
    return ended


def link_version(run: TrainingRun, version: ModelVersion) -> None:
    """Records which version a run made, or, if another run made it before, that its network is the same.

    Raises RunIsOver if the run has ended, or is to.
    """
    link = "same_as" if TrainingRun.objects.filter(version=version).exists() else "version"
    running = TrainingRun.objects.running().filter(pk=run.pk, cancel_asked=False)
    if not running.update(**{link: version}):
        raise RunIsOver


def _end(runs: QuerySet[TrainingRun], run_id: int, status: str, *, last_line: str = "", **fields: str) -> bool:
    line = log_line(last_line or fields["stage"])
    return leases.finish(runs.filter(pk=run_id), status, seconds_left=None, log=appended(line), **fields)


def describe_waiting() -> None:
    """Writes into each waiting run what it waits for."""
    before = TrainingRun.objects.running().first()
    for run in TrainingRun.objects.waiting().order_by("pk"):
        stage = f"It waits until the run {before} has ended." if before else "It waits for the training worker."
        if run.stage != stage:
            TrainingRun.objects.waiting().filter(pk=run.pk).update(stage=stage)
        before = run


def log_line(text: str) -> str:
    """Returns a line for a run's log, with the time in the site's zone, which the page names."""
    return f"{timezone.localtime():%H:%M:%S}  {text}\n"


def appended(text: str) -> Concat:
    """Returns the log with `text` after it, for an update that keeps what other writers append."""
    return Concat(F("log"), Value(text), output_field=TextField())


def work_folder(run: TrainingRun) -> Path:
    """Returns the folder that a run writes into before its files are registered; it is removed when the run ends."""
    return _work_folders() / str(run.public_id)


def remove_leftovers() -> None:
    """Removes the work folders of runs that are not running, such as those of a killed worker."""
    if not _work_folders().is_dir():
        return
    running = {str(public_id) for public_id in TrainingRun.objects.running().values_list("public_id", flat=True)}
    for folder in _work_folders().iterdir():
        if folder.name not in running:
            shutil.rmtree(folder, ignore_errors=True)


def _work_folders() -> Path:
    return Path(settings.DATA_DIR) / "runs"


def _remove_unfinished(run: TrainingRun) -> None:
    """Removes the folder of a run that was not done, and the version that it registered."""
    shutil.rmtree(work_folder(run), ignore_errors=True)
    version = ModelVersion.objects.filter(training_run=run).first()
    if version is None or run.started is None or version.created < run.started or version.is_active:
        return
    try:
        version.delete()
    except ProtectedError:  # it was promoted in the meantime, so it has a history
        return
    remove_files(version)
