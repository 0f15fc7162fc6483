"""Training runs: asking for one, taking it on, ending it, and looking after those whose worker is gone.

The row is the truth. Every change of its status is conditional on the status before, so that doing anything
here twice, late or in two places at once does no harm.
"""

import logging
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from classifier.digits.registry import remove_files, version_in_service
from classifier.jobs import leases
from classifier.jobs.queue import enqueue
from classifier.models import Correction, ModelVersion
from training.models import TrainingRun

from .recipe import Recipe, default_recipe

Status = TrainingRun.Status

WORKER_STOPPED = "Its worker stopped: {how}. Nothing was registered; start the run again with the same settings."
CANCELLED = "Cancelled; nothing was registered."
WEEK = timedelta(days=7)

log = logging.getLogger(__name__)


def request_run(*, recipe: Recipe, by: User | None, promote_if_passed: bool = False) -> tuple[TrainingRun, bool]:
    """The run of this recipe that waits or runs already, and False; else a new one on its way, and True.

    by: who asks; None is the schedule.
    """
    asked = recipe.to_json()
    with transaction.atomic():
        # Two who ask at the same moment take turns: the row in service is the lock.
        ModelVersion.objects.active().select_for_update().first()
        for run in TrainingRun.objects.unfinished():
            if run.recipe == asked and not run.cancel_asked:
                return run, False
        run = TrainingRun.objects.create(
            requested_by=by, recipe=asked, promote_if_passed=promote_if_passed, epochs=recipe.epochs or 0
        )
        say_who_waits()
        run.refresh_from_db()
        transaction.on_commit(lambda: send(run.pk), robust=True)
    return run, True


def repeat_run(run: TrainingRun, by: User | None) -> tuple[TrainingRun, bool]:
    """The same once more; that it promotes itself only if `by` may promote.

    Raises ValueError when the recipe is of an older form that is no longer known.
    """
    may_promote = by is None or by.has_perm("classifier.promote_modelversion")
    promotes = run.promote_if_passed and may_promote
    return request_run(recipe=Recipe.from_json(run.recipe), by=by, promote_if_passed=promotes)


def cancel_run(run: TrainingRun) -> bool:
    """Cancel a run that waits, or ask a running one's worker to end it (it does within two seconds).

    False: it has ended already.
    """
    if _end(TrainingRun.objects.waiting(), run.pk, Status.CANCELLED, stage=CANCELLED):
        return True
    return bool(
        TrainingRun.objects.running().filter(pk=run.pk).update(cancel_asked=True, stage="It is being cancelled.")
    )


def send(run_id: int) -> bool:
    """Put a run on the queue. Without a broker the row waits, and `resend_waiting_runs` sends it again."""
    return enqueue("training.train", run_id)


def say_who_waits() -> None:
    """Write into each waiting run what it waits for."""
    before = TrainingRun.objects.running().first()
    for run in TrainingRun.objects.waiting().order_by("pk"):
        stage = f"It waits until the run {before} has ended." if before else "It waits for the training worker."
        if run.stage != stage:
            TrainingRun.objects.waiting().filter(pk=run.pk).update(stage=stage)
        before = run


def claim_run(run_id: int) -> TrainingRun | None:
    """Take a waiting run on; None when it waits no longer, or has to wait because another is running."""
    waiting = TrainingRun.objects.unfinished().filter(pk=run_id)
    try:
        with transaction.atomic():
            run = leases.claim(waiting, started=timezone.now(), stage="Its process starts.")
    except IntegrityError:  # the constraint one_running_training_run
        run = None
    say_who_waits()
    if run is not None:
        remove_leftovers()
    return run


def end_run(run: TrainingRun, status: TrainingRun.Status, *, error: str = "", said: str = "") -> bool:
    """End a running run, once; what it made and did not finish is removed. False: it had ended before.

    error: why it failed, for its page. said: the last words of its log.
    """
    stage = {Status.DONE: "Done.", Status.CANCELLED: CANCELLED}.get(status, "Failed.")
    ended = _end(TrainingRun.objects.running(), run.pk, status, stage=stage, error=error, said=said or error or stage)
    if ended and status != Status.DONE:
        _remove_unfinished(run)
    say_who_waits()
    return ended


def log_line(text: str) -> str:
    """A line of a run's log: the time in UTC, and what happened."""
    return f"{timezone.now():%H:%M:%S}  {text}\n"


def appended(text: str) -> Concat:
    """The log with `text` after it, for an update that no other writer can undo."""
    return Concat(F("log"), Value(text), output_field=TextField())


def work_folder(run: TrainingRun) -> Path:
    """Where a run writes before its files are registered; removed with all in it when it ends."""
    return _work_folders() / str(run.public_id)


def remove_leftovers() -> None:
    """Remove the work folders of runs that are not running: of a killed worker nobody else does."""
    if not _work_folders().is_dir():
        return
    busy = {str(public_id) for public_id in TrainingRun.objects.running().values_list("public_id", flat=True)}
    for folder in _work_folders().iterdir():
        if folder.name not in busy:
            shutil.rmtree(folder, ignore_errors=True)


def _work_folders() -> Path:
    return Path(settings.DATA_DIR) / "runs"


def _end(runs: QuerySet[TrainingRun], run_id: int, status: str, *, said: str = "", **fields: str) -> bool:
    line = log_line(said or fields["stage"])
    return leases.finish(runs.filter(pk=run_id), status, seconds_left=None, log=appended(line), **fields)


def _remove_unfinished(run: TrainingRun) -> None:
    """Remove what a run that was not done has left: its folder, and a version that it registered."""
    shutil.rmtree(work_folder(run), ignore_errors=True)
    version = ModelVersion.objects.filter(training_run=run).first()
    if version is None or run.started is None or version.created < run.started or version.is_active:
        return
    try:
        version.delete()
    except ProtectedError:  # somebody has put it into service meanwhile: it has a history
        return
    remove_files(version)


def fail_silent_runs() -> int:
    """End the runs whose process has given no sign of life; returns how many."""
    ended = 0
    _, silent = leases.take_overdue(TrainingRun.objects.running())
    for run in silent:
        if run.cancel_asked:
            ended += end_run(run, Status.CANCELLED)
        else:
            log.error("Training run %s gave no sign of life", run.public_id)
            ended += end_run(run, Status.FAILED, error=WORKER_STOPPED.format(how="it gave no more sign of life"))
    return ended


def resend_waiting_runs() -> int | None:
    """Send the first waiting run again when nothing runs and it has waited too long; its id if so.

    Patience grows with the time it waits: a worker that is away for a day finds no thousand messages.
    """
    if TrainingRun.objects.running().exists():
        return None
    run = TrainingRun.objects.waiting().order_by("pk").first()
    if run is None or leases.take_overdue(TrainingRun.objects.waiting().filter(pk=run.pk)) == ([], []):
        return None
    send(run.pk)
    return run.pk


def retrain_if_due() -> TrainingRun | None:
    """Ask for the weekly retraining when it is switched on, a week has passed, and there is enough to learn from."""
    if not settings.RETRAIN_WEEKLY or TrainingRun.objects.unfinished().exists():
        return None
    learning = TrainingRun.objects.filter(recipe__corrections=True)
    if learning.filter(created__gt=timezone.now() - WEEK).exists():
        return None
    new = Correction.objects.accepted().filter(label__isnull=False)
    if latest := learning.filter(status=Status.DONE).first():
        new = new.filter(reviewed__gt=latest.created)
    if new.count() < settings.RETRAIN_MIN_CORRECTIONS:
        return None
    run, _ = request_run(recipe=replace(default_recipe(version_in_service()), corrections=True), by=None)
    return run
