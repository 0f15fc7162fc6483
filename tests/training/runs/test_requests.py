"""Requesting runs: each is stored and sent once, and may be repeated."""

import pytest
from celery import current_app

from tests.runs import a_recipe, a_run
from training.models import TrainingRun
from training.runs import lifecycle, requests

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.usefixtures("own_folders")]
Status = TrainingRun.Status


def test_a_run_is_stored_and_sent(staff, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run, is_new = requests.request_run(recipe=a_recipe(seed=4), by=staff, promote_if_passed=True)
        assert sent == []  # not before it is committed
    assert (is_new, sent) == (True, [run.pk])
    assert (run.status, run.requested_by, run.promote_if_passed) == (Status.QUEUED, staff, True)
    assert run.recipe == a_recipe(seed=4).to_json()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_the_same_recipe_is_not_requested_twice(staff, sent, status):
    first, _ = requests.request_run(recipe=a_recipe(), by=staff)
    TrainingRun.objects.update(status=status)
    assert requests.request_run(recipe=a_recipe(), by=staff) == (first, False)
    other, is_new = requests.request_run(recipe=a_recipe(seed=2), by=staff)
    assert is_new and other != first


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
def test_an_ended_run_can_be_repeated(staff, sent, status):
    first = a_run(status, promote_if_passed=True)
    again, is_new = requests.repeat_run(first, staff)
    assert is_new
    assert (again.recipe, again.promote_if_passed, again.requested_by) == (first.recipe, True, staff)


def test_a_repeated_run_is_not_promoted_automatically_without_the_permission(owner, sent):
    again, _ = requests.repeat_run(a_run(Status.DONE, promote_if_passed=True), owner)
    assert not again.promote_if_passed


def test_a_recipe_can_be_requested_again_while_its_run_is_being_cancelled(staff, sent):
    first = a_run(Status.RUNNING)
    lifecycle.cancel_run(first)
    assert requests.repeat_run(first, staff)[1]


def test_without_a_broker_the_run_waits(staff, monkeypatch, django_capture_on_commit_callbacks):
    def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        run, _ = requests.request_run(recipe=a_recipe(), by=staff)
    assert TrainingRun.objects.waiting().get() == run
