"""Requesting runs: by staff, and by the weekly schedule."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from classifier import audit
from classifier.digits.registry import version_in_service
from classifier.jobs import trace
from classifier.jobs.queue import enqueue
from classifier.models import Correction, ModelVersion
from training.models import TrainingRun
from training.networks.architectures import of_kind

from .lifecycle import describe_waiting
from .recipe import Recipe, default_recipe

WEEK = timedelta(days=7)


def request_run(*, recipe: Recipe, by: User | None, promote_if_passed: bool = False) -> tuple[TrainingRun, bool]:
    """Returns the unfinished run of this recipe and False, or else a new run and True.

    by: the user who requests it; None is the schedule.
    """
    requested = recipe.to_json()
    with transaction.atomic():
        # Requests at the same moment take turns: the row of the version in service is the lock.
        ModelVersion.objects.active().select_for_update().first()
        for run in TrainingRun.objects.unfinished():
            if run.recipe == requested and not run.cancel_asked:
                return run, False
        run = TrainingRun.objects.create(
            requested_by=by, recipe=requested, promote_if_passed=promote_if_passed, epochs=recipe.epochs or 0
        )
        if by is not None:
            audit.record(audit.Act.STARTED_TRAINING, by=by, on=run)
        trace.about_row(run)
        describe_waiting()
        run.refresh_from_db()
        transaction.on_commit(lambda: send(run.pk), robust=True)
    return run, True


def repeat_run(run: TrainingRun, by: User | None) -> tuple[TrainingRun, bool]:
    """Requests the same recipe again; the new run promotes its version only if `by` may promote.

    Raises ValueError if the recipe has settings that no longer exist.
    """
    may_promote = by is None or by.has_perm("classifier.promote_modelversion")
    promote_if_passed = run.promote_if_passed and may_promote
    return request_run(recipe=Recipe.from_json(run.recipe), by=by, promote_if_passed=promote_if_passed)


def send(run_id: int) -> bool:
    """Puts a run on the queue. Without a broker the run waits, and `resend_waiting_runs` sends it again."""
    return enqueue("training.train", run_id)


def retrain_if_due() -> TrainingRun | None:
    """Requests the weekly retraining if it is on, a week has passed, and there are enough new corrections."""
    if not settings.RETRAIN_WEEKLY or TrainingRun.objects.unfinished().exists():
        return None
    digit_networks = [each.name for each in of_kind("digit")]
    learning = TrainingRun.objects.filter(recipe__corrections=True, recipe__architecture__in=digit_networks)
    if learning.filter(created__gt=timezone.now() - WEEK).exists():
        return None
    new = Correction.objects.accepted().filter(label__isnull=False)
    if latest := learning.filter(status=TrainingRun.Status.DONE).first():
        new = new.filter(reviewed__gt=latest.created)
    if new.count() < settings.RETRAIN_MIN_CORRECTIONS:
        return None
    run, _ = request_run(recipe=replace(default_recipe(version_in_service()), corrections=True), by=None)
    return run
