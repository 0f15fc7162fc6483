"""Carrying out a run: registration, gate, promotion, and every way to fail, without training anything."""

import errno
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError
from django.utils import timezone

from classifier.errors import StorageAway
from classifier.models import Activation, ModelVersion
from tests.runs import a_run, carry_out, instant_training
from training.evaluation import promotion
from training.evaluation.gate import Judgement
from training.models import TrainingRun
from training.runs import execution, lifecycle, recording, upkeep
from training.runs.callbacks import TrainingStopped

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.usefixtures("own_folders")]
Status = TrainingRun.Status


def judged(monkeypatch, passed: bool) -> None:
    monkeypatch.setattr(promotion, "judge", lambda *_: Judgement(passed, ["It reads 12 images fewer."], []))


def model_files() -> set[str]:
    """The folders of versions in storage."""
    return set(default_storage.listdir("models")[0])


def registered() -> set[str]:
    return {str(public_id) for public_id in ModelVersion.objects.values_list("public_id", flat=True)}


def test_a_run_makes_a_candidate(running):
    carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.DONE, running.log
    assert running.version is not None and not running.version.is_active
    assert running.finished
    assert "Fitting." in running.log
    assert running.log.rstrip().endswith(f"Done: {running.version} is a candidate.")
    assert model_files() == registered()


def test_a_run_is_promoted_automatically_if_it_passes_the_gate(running, staff):
    TrainingRun.objects.update(promote_if_passed=True, requested_by=staff)
    running.refresh_from_db()
    carry_out(running)
    running.refresh_from_db()
    activation = Activation.objects.first()
    assert running.status == Status.DONE
    assert (activation.version, activation.kind, activation.by) == (running.version, "automatic", staff)
    assert "is in service. The gate did not refuse it." in running.log
    assert ModelVersion.objects.active().get() == running.version


def test_a_run_refused_by_the_gate_is_done_and_says_why(running, model_version, monkeypatch):
    judged(monkeypatch, passed=False)
    running.promote_if_passed = True
    carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.DONE
    assert "It is not put into service: It reads 12 images fewer." in running.log
    assert ModelVersion.objects.active().get() == model_version


def test_the_same_network_is_not_registered_twice(running, monkeypatch):
    carry_out(running)
    again = lifecycle.claim_run(a_run().pk)
    carry_out(again)
    again.refresh_from_db()
    assert again.status == Status.DONE
    assert (again.version, again.same_as) == (None, running.version or TrainingRun.objects.get(pk=running.pk).version)
    assert "The network is the same as" in again.log
    assert ModelVersion.objects.count() == 2


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def hdf5_full_disk(*_: object, **__: object) -> None:
    raise OSError("Can't write data (file write failed: errno = 28, error message = 'No space left on device')")


@pytest.mark.parametrize("fault", [full_disk, hdf5_full_disk])
def test_a_full_disk_fails_the_run_while_the_network_is_written(running, monkeypatch, fault):
    monkeypatch.setattr(execution, "make_model", fault)
    carry_out(running)
    assert_failed(running, "The disk is full")


@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_full_disk_leaves_nothing_while_a_file_is_registered(running, monkeypatch, which):
    """The storage is full after a part of the n-th file."""
    saved: list[str] = []
    save = FileSystemStorage._save

    def limited(storage: FileSystemStorage, name: str, content: Any) -> str:
        saved.append(name)
        if len(saved) < which:
            return save(storage, name, content)
        path = Path(storage.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(1000))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", limited)
    carry_out(running)
    assert len(saved) == which
    assert_failed(running, "The disk is full")


def test_a_run_waits_for_a_storage_that_is_away(running, monkeypatch):
    """What was fitted for hours is on the training machine only."""
    tries: list[str] = []
    save = FileSystemStorage._save

    def away_twice(storage: FileSystemStorage, name: str, content: Any) -> str:
        tries.append(name)
        if len(tries) < 3:
            raise StorageAway("The store of files does not answer.")
        return save(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", away_twice)
    monkeypatch.setattr(execution, "STORAGE_LOOK_S", 0)
    carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.DONE, running.log
    assert running.log.count("The site cannot reach its files") == 1
    assert model_files() == registered()


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("a secret of the machine")


def database_away(*_: object, **__: object) -> None:
    raise OperationalError("server closed the connection")


@pytest.mark.parametrize(
    ("place", "fault", "sentence"),
    [
        ("make_model", broken, r"An unexpected error stopped the run \(RuntimeError\)"),
        ("training_data", database_away, "The database could not be reached"),
        ("register_version", broken, "An unexpected error"),
        ("measure_candidate", broken, "An unexpected error"),
    ],
)
def test_an_error_fails_the_run_with_a_sentence_and_leaves_nothing(running, monkeypatch, place, fault, sentence):
    monkeypatch.setattr(execution, place, fault)
    carry_out(running)
    assert_failed(running, sentence)
    assert "secret of the machine" not in running.error
    assert "Traceback" in running.log  # the cause


def test_an_error_while_measuring_leaves_no_version(running, monkeypatch):
    monkeypatch.setattr(execution, "measure_candidate", broken)
    carry_out(running)
    assert_failed(running, "An unexpected error")


def test_an_unknown_recipe_fails_the_run(running):
    running.recipe = {"architecture": "of long ago"}
    carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.FAILED


def assert_failed(run: TrainingRun, sentence: str) -> None:
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert re.match(sentence, run.error)
    assert run.error in run.log
    assert run.version is None
    assert ModelVersion.objects.count() == 1
    assert model_files() == registered()
    assert not lifecycle.work_folder(run).exists()
    assert lifecycle.claim_run(a_run().pk) is not None  # the next may start


def test_a_stopped_run_is_cancelled(running, monkeypatch):
    def stopped(*_: object) -> None:
        raise TrainingStopped

    monkeypatch.setattr(execution, "make_model", stopped)
    carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.CANCELLED


@pytest.mark.parametrize("ended_by", ["fail_silent_runs", "cancel_run"])
def test_a_run_ended_in_the_meantime_registers_nothing(running, monkeypatch, ended_by):
    def meanwhile() -> None:
        if ended_by == "cancel_run":
            lifecycle.cancel_run(running)
        else:
            TrainingRun.objects.update(heartbeat=timezone.now() - timedelta(seconds=31))
            upkeep.fail_silent_runs()

    monkeypatch.setattr(execution, "make_model", instant_training(meanwhile=meanwhile))
    # Recording would renew the heartbeat or notice the end; this comes after it.
    monkeypatch.setattr(recording.Recorder, "record", lambda self: None)
    carry_out(running)
    running.refresh_from_db()
    assert running.status == (Status.CANCELLED if ended_by == "cancel_run" else Status.FAILED)
    assert ModelVersion.objects.count() == 1
    assert model_files() == registered()
