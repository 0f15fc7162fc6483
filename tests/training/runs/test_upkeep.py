"""Runs whose process is gone are ended; runs that nobody claims are sent again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier.models import Activation, ModelVersion
from tests.runs import a_run, network_folder
from training.models import TrainingRun
from training.runs import execution, lifecycle, upkeep

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.usefixtures("own_folders")]
Status = TrainingRun.Status


def model_files() -> set[str]:
    """The folders of versions in storage."""
    return set(default_storage.listdir("models")[0])


def registered() -> set[str]:
    return {str(public_id) for public_id in ModelVersion.objects.values_list("public_id", flat=True)}


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_a_run_without_heartbeats_fails_because_its_worker_stopped():
    silent = a_run(Status.RUNNING, heartbeat=ago(31), started=ago(60))
    assert upkeep.fail_silent_runs() == 1
    silent.refresh_from_db()
    assert silent.status == Status.FAILED
    assert silent.error.startswith("The worker stopped")
    assert "start the run again" in silent.error
    assert silent.error in silent.log
    assert silent.finished
    assert upkeep.fail_silent_runs() == 0


def test_a_run_with_heartbeats_is_left_alone():
    a_run(Status.RUNNING, heartbeat=ago(20), started=ago(6000))
    assert upkeep.fail_silent_runs() == 0


def test_a_silent_run_being_cancelled_is_cancelled():
    silent = a_run(Status.RUNNING, heartbeat=ago(31), cancel_asked=True)
    upkeep.fail_silent_runs()
    silent.refresh_from_db()
    assert silent.status == Status.CANCELLED


def test_the_leftovers_of_a_silent_run_are_removed(model_version, tmp_path):
    run = a_run(Status.RUNNING, heartbeat=ago(31), started=ago(60))
    version = runs_version(tmp_path, run)
    (lifecycle.work_folder(run) / "tmp").mkdir(parents=True)
    upkeep.fail_silent_runs()
    assert not ModelVersion.objects.filter(pk=version.pk).exists()
    assert model_files() == registered()
    assert not lifecycle.work_folder(run).exists()


def runs_version(tmp_path: Path, run: TrainingRun) -> ModelVersion:
    version = execution.register_version(network_folder(tmp_path / "made", b"of a run"))
    TrainingRun.objects.filter(pk=run.pk).update(version=version)
    return version


def test_a_version_promoted_in_the_meantime_is_kept(model_version, tmp_path):
    run = a_run(Status.RUNNING, heartbeat=ago(31), started=ago(60))
    version = runs_version(tmp_path, run)
    execution.promotion.activate(version, kind=Activation.Kind.PROMOTION)
    execution.promotion.activate(model_version, kind=Activation.Kind.ROLLBACK)
    upkeep.fail_silent_runs()
    assert ModelVersion.objects.filter(pk=version.pk).exists()
    assert model_files() == registered()


def test_a_lost_run_is_sent_again_with_growing_delay(sent):
    run = a_run()
    assert upkeep.resend_waiting_runs() is None
    for created, last_sent, is_due in [
        (16, 16, True),
        (50, 20, False),
        (40, 25, True),
        (900, 50, False),
        (900, 61, True),
    ]:
        TrainingRun.objects.update(created=ago(created), heartbeat=ago(last_sent))
        assert upkeep.resend_waiting_runs() == (run.pk if is_due else None), (created, last_sent)
        assert upkeep.resend_waiting_runs() is None  # twice at once sends once


def test_nothing_is_sent_again_while_another_run_is_running(sent):
    a_run(Status.RUNNING)
    a_run()
    TrainingRun.objects.update(created=ago(900), heartbeat=ago(900))
    assert upkeep.resend_waiting_runs() is None
    assert sent == []


def test_the_oldest_waiting_run_is_sent_first(sent):
    first, _ = a_run(), a_run()
    TrainingRun.objects.update(created=ago(900), heartbeat=ago(900))
    assert upkeep.resend_waiting_runs() == first.pk
    assert sent == [first.pk]
