"""The weekly retraining: off by default; if on, it waits for a week and for enough new corrections."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.utils import timezone

from classifier.models import Correction, Digit, ModelVersion
from tests.factories import many_digits
from tests.runs import a_recipe, a_run
from training import tasks
from training.models import TrainingRun
from training.runs import requests

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _weekly(settings, monkeypatch, model_version):
    settings.RETRAIN_WEEKLY, settings.RETRAIN_MIN_CORRECTIONS = True, 5
    monkeypatch.setattr(requests, "send", lambda run_id: True)


def correct(owner: User, count: int, review: str = "accepted", **fields: Any) -> None:
    """`count` digits with corrections that were just reviewed."""
    given = {"label": 3, "review": review, "reviewed": timezone.now(), "held_back": False} | fields
    Correction.objects.bulk_create(Correction(digit=digit, **given) for digit in many_digits(owner, count))


def trained(status: str, days_ago: float, **recipe: Any) -> TrainingRun:
    run = a_run(status, recipe=a_recipe(**{"corrections": True} | recipe).to_json())
    TrainingRun.objects.filter(pk=run.pk).update(created=timezone.now() - days_ago * DAY)
    return run


def test_it_is_off_by_default():
    assert tasks.look_after_runs.name in {entry["task"] for entry in project.CELERY_BEAT_SCHEDULE.values()}
    from digitsite import settings as defaults

    assert defaults.RETRAIN_WEEKLY is False


def test_switched_off_it_does_nothing(settings, owner):
    settings.RETRAIN_WEEKLY = False
    correct(owner, 50)
    assert requests.retrain_if_due() is None


def test_with_enough_new_corrections_it_asks_for_one_run_and_no_second(owner, model_version):
    correct(owner, 5)
    run = requests.retrain_if_due()
    assert run is not None
    assert (run.requested_by, run.promote_if_passed, run.status) == (None, False, "queued")
    assert run.recipe["corrections"] is True
    assert run.recipe["start_from"] == str(model_version.public_id)
    assert requests.retrain_if_due() is None
    TrainingRun.objects.update(status="done")
    assert requests.retrain_if_due() is None  # within the same week


@pytest.mark.parametrize(
    "fields", [{"review": "waiting", "reviewed": None}, {"review": "rejected"}, {"label": None}], ids=str
)
def test_only_accepted_digits_count(owner, fields):
    correct(owner, 4)
    correct(owner, 10, **fields)
    assert requests.retrain_if_due() is None


def test_training_a_line_reader_does_not_put_it_off(owner):
    trained("done", 2, architecture="line_reader", generated=1_000)
    correct(owner, 5)
    run = requests.retrain_if_due()
    assert run is not None and run.recipe["architecture"] == "first_cnn"


def test_corrections_used_for_training_do_not_count_again(owner):
    correct(owner, 5, reviewed=timezone.now() - 10 * DAY)
    trained("done", days_ago=8)
    assert requests.retrain_if_due() is None
    correct(owner, 5)
    assert requests.retrain_if_due() is not None


def test_a_failed_run_used_no_corrections_and_is_repeated_after_a_week(owner):
    correct(owner, 5, reviewed=timezone.now() - 10 * DAY)
    failed = trained("failed", days_ago=6)
    assert requests.retrain_if_due() is None
    TrainingRun.objects.filter(pk=failed.pk).update(created=timezone.now() - 8 * DAY)
    assert requests.retrain_if_due() is not None


def test_a_run_without_corrections_does_not_put_it_off(owner):
    correct(owner, 5)
    trained("done", days_ago=1, corrections=False)
    assert requests.retrain_if_due() is not None


def test_while_anything_waits_or_runs_it_does_not_join_the_queue(owner):
    correct(owner, 5)
    trained("running", days_ago=1, corrections=False)
    assert requests.retrain_if_due() is None


def test_it_counts_only_its_own_digits_and_versions(owner):
    many_digits(owner, 20)
    assert Digit.objects.count() == 20 and ModelVersion.objects.count() == 1
    assert requests.retrain_if_due() is None


def test_looking_after_runs_goes_to_the_workers_that_are_not_busy_training():
    from celery import current_app

    route = current_app.amqp.router.route
    assert route({}, tasks.look_after_runs.name)["queue"].name == "inference"
    assert route({}, tasks.train.name)["queue"].name == "training"


def test_looking_after_runs_twice_does_no_harm(owner):
    correct(owner, 5)
    for _ in range(3):
        tasks.look_after_runs()
    assert TrainingRun.objects.count() == 1
