"""A run is claimed once, cancelled or ended, and its folders are removed."""

import shutil
import uuid

import pytest

from tests.runs import a_run
from training.models import TrainingRun
from training.runs import lifecycle

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.usefixtures("own_folders")]
Status = TrainingRun.Status


def test_a_run_is_claimed_once(sent):
    run = a_run()
    claimed = lifecycle.claim_run(run.pk)
    assert claimed is not None and claimed.status == Status.RUNNING
    assert claimed.started and claimed.holder
    assert lifecycle.claim_run(run.pk) is None


def test_one_run_is_running_and_the_others_say_what_they_wait_for():
    first, second, third = a_run(), a_run(), a_run()
    lifecycle.claim_run(first.pk)
    assert lifecycle.claim_run(second.pk) is None
    for each, before in ((second, first), (third, second)):
        each.refresh_from_db()
        assert each.status == Status.QUEUED
        assert each.stage == f"It waits until the run {before} has ended."
    lifecycle.end_run(first, Status.DONE)
    second.refresh_from_db()
    assert second.stage == "It waits for the training worker."
    assert lifecycle.claim_run(second.pk) == second


def test_a_waiting_run_is_cancelled_at_once():
    run = a_run()
    assert lifecycle.cancel_run(run)
    run.refresh_from_db()
    assert (run.status, run.cancel_asked) == (Status.CANCELLED, False)
    assert lifecycle.claim_run(run.pk) is None
    assert not lifecycle.cancel_run(run)


def test_a_running_run_is_asked_to_end():
    run = a_run(Status.RUNNING)
    assert lifecycle.cancel_run(run)
    run.refresh_from_db()
    assert (run.status, run.cancel_asked) == (Status.RUNNING, True)


def test_the_folders_of_a_killed_worker_are_removed_when_the_next_run_starts(tmp_path):
    left = tmp_path / "runs" / str(uuid.uuid4())
    left.mkdir(parents=True)
    run = lifecycle.claim_run(a_run().pk)
    assert run is not None
    assert not left.exists()
    lifecycle.work_folder(run).mkdir(parents=True)
    lifecycle.remove_leftovers()
    assert lifecycle.work_folder(run).exists()
    shutil.rmtree(lifecycle.work_folder(run))
