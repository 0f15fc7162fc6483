"""Asking for runs, carrying them out and ending them: the rows and files, without training anything."""

import errno
import re
import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError
from django.utils import timezone

from classifier.models import Activation, ModelVersion
from tests.making import a_recipe, a_run, network_folder, quick_making
from training.evaluation import promotion
from training.evaluation.gate import Judgement
from training.models import RunPoint, TrainingRun
from training.networks.fitting import Progress
from training.runs import execution, lifecycle, recording, requests, upkeep
from training.runs.callbacks import TrainingStopped

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
Status = TrainingRun.Status


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """The runs that were put on the queue."""
    sent: list[int] = []
    monkeypatch.setattr(requests, "send", lambda run_id: sent.append(run_id) or True)
    return sent


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


@pytest.fixture
def running(model_version, monkeypatch) -> TrainingRun:
    """A run that has been taken on, whose training takes no time and whose measuring finds nothing bad."""
    monkeypatch.setattr(execution, "make_model", quick_making())
    monkeypatch.setattr(execution, "measure", lambda version: None)
    monkeypatch.setattr(promotion, "measured", lambda version: None)
    judged(monkeypatch, passed=True)
    run = lifecycle.claim_run(a_run().pk)
    assert run is not None
    lifecycle.work_folder(run).mkdir(parents=True)
    return run


def judged(monkeypatch, passed: bool) -> None:
    monkeypatch.setattr(promotion, "judge", lambda *_: Judgement(passed, ["It reads 12 images fewer."], []))


def model_files() -> set[str]:
    """The folders of versions in storage."""
    return set(default_storage.listdir("models")[0])


def registered() -> set[str]:
    return {str(public_id) for public_id in ModelVersion.objects.values_list("public_id", flat=True)}


def test_a_run_is_stored_and_sent(staff, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run, is_new = requests.request_run(recipe=a_recipe(seed=4), by=staff, promote_if_passed=True)
        assert sent == []  # not before it is committed
    assert (is_new, sent) == (True, [run.pk])
    assert (run.status, run.requested_by, run.promote_if_passed) == (Status.QUEUED, staff, True)
    assert run.recipe == a_recipe(seed=4).to_json()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_the_same_recipe_is_not_asked_for_twice(staff, sent, status):
    first, _ = requests.request_run(recipe=a_recipe(), by=staff)
    TrainingRun.objects.update(status=status)
    assert requests.request_run(recipe=a_recipe(), by=staff) == (first, False)
    other, is_new = requests.request_run(recipe=a_recipe(seed=2), by=staff)
    assert is_new and other != first


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
def test_a_run_that_has_ended_can_be_repeated(staff, sent, status):
    first = a_run(status, promote_if_passed=True)
    again, is_new = requests.repeat_run(first, staff)
    assert is_new
    assert (again.recipe, again.promote_if_passed, again.requested_by) == (first.recipe, True, staff)


def test_who_may_not_promote_repeats_a_run_without_its_promoting_itself(owner, sent):
    again, _ = requests.repeat_run(a_run(Status.DONE, promote_if_passed=True), owner)
    assert not again.promote_if_passed


def test_while_a_run_is_being_cancelled_the_same_may_be_asked_for(staff, sent):
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


def test_a_run_is_taken_on_once(sent):
    run = a_run()
    claimed = lifecycle.claim_run(run.pk)
    assert claimed is not None and claimed.status == Status.RUNNING
    assert claimed.started and claimed.holder
    assert lifecycle.claim_run(run.pk) is None


def test_only_one_runs_and_the_others_say_what_they_wait_for():
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


def test_a_running_one_is_asked_to_end():
    run = a_run(Status.RUNNING)
    assert lifecycle.cancel_run(run)
    run.refresh_from_db()
    assert (run.status, run.cancel_asked) == (Status.RUNNING, True)


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_a_silent_run_has_failed_because_its_worker_stopped():
    silent = a_run(Status.RUNNING, heartbeat=ago(31), started=ago(60))
    assert upkeep.fail_silent_runs() == 1
    silent.refresh_from_db()
    assert silent.status == Status.FAILED
    assert silent.error.startswith("The worker stopped")
    assert "start the run again" in silent.error
    assert silent.error in silent.log
    assert silent.finished
    assert upkeep.fail_silent_runs() == 0


def test_a_run_that_gives_signs_of_life_is_left_alone():
    a_run(Status.RUNNING, heartbeat=ago(20), started=ago(6000))
    assert upkeep.fail_silent_runs() == 0


def test_a_silent_run_that_was_to_be_cancelled_is_cancelled():
    silent = a_run(Status.RUNNING, heartbeat=ago(31), cancel_asked=True)
    upkeep.fail_silent_runs()
    silent.refresh_from_db()
    assert silent.status == Status.CANCELLED


def test_what_a_silent_run_left_is_removed(model_version, tmp_path):
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


def test_a_version_somebody_put_into_service_meanwhile_is_kept(model_version, tmp_path):
    run = a_run(Status.RUNNING, heartbeat=ago(31), started=ago(60))
    version = runs_version(tmp_path, run)
    execution.promotion.activate(version, kind=Activation.Kind.PROMOTION)
    execution.promotion.activate(model_version, kind=Activation.Kind.ROLLBACK)
    upkeep.fail_silent_runs()
    assert ModelVersion.objects.filter(pk=version.pk).exists()
    assert model_files() == registered()


def test_a_lost_run_is_sent_again_with_growing_patience(sent):
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


def test_nothing_is_sent_again_while_another_runs(sent):
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


def test_a_run_that_is_carried_out_makes_a_candidate(running):
    execution.carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.DONE, running.log
    assert running.version is not None and not running.version.is_active
    assert running.finished
    assert "Fitting." in running.log
    assert running.log.rstrip().endswith(f"Done: {running.version} is a candidate.")
    assert model_files() == registered()


def test_a_run_that_is_to_promote_itself_does_so_when_the_gate_passes_it(running, staff):
    TrainingRun.objects.update(promote_if_passed=True, requested_by=staff)
    running.refresh_from_db()
    execution.carry_out(running)
    running.refresh_from_db()
    activation = Activation.objects.first()
    assert running.status == Status.DONE
    assert (activation.version, activation.kind, activation.by) == (running.version, "automatic", staff)
    assert "passed the gate and is in service" in running.log
    assert ModelVersion.objects.active().get() == running.version


def test_a_run_that_the_gate_refuses_is_done_and_says_why(running, model_version, monkeypatch):
    judged(monkeypatch, passed=False)
    running.promote_if_passed = True
    execution.carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.DONE
    assert "It is not put into service: It reads 12 images fewer." in running.log
    assert ModelVersion.objects.active().get() == model_version


def test_the_same_network_again_makes_no_second_version(running, monkeypatch):
    execution.carry_out(running)
    again = lifecycle.claim_run(a_run().pk)
    execution.carry_out(again)
    again.refresh_from_db()
    assert again.status == Status.DONE
    assert again.version is None
    assert "The network is the same as" in again.log
    assert ModelVersion.objects.count() == 2


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def hdf5_full_disk(*_: object, **__: object) -> None:
    raise OSError("Can't write data (file write failed: errno = 28, error message = 'No space left on device')")


@pytest.mark.parametrize("fault", [full_disk, hdf5_full_disk])
def test_a_disk_full_while_the_network_is_written_fails_the_run(running, monkeypatch, fault):
    monkeypatch.setattr(execution, "make_model", fault)
    execution.carry_out(running)
    assert_failed(running, "The disk is full")


@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_disk_full_while_a_file_is_registered_leaves_nothing(running, monkeypatch, which):
    """The storage writes a part of the n-th file and then has no room."""
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
    execution.carry_out(running)
    assert len(saved) == which
    assert_failed(running, "The disk is full")


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
        ("measure", broken, "An unexpected error"),
    ],
)
def test_an_error_fails_the_run_with_a_sentence_and_leaves_nothing(running, monkeypatch, place, fault, sentence):
    monkeypatch.setattr(execution, place, fault)
    execution.carry_out(running)
    assert_failed(running, sentence)
    assert "secret of the machine" not in running.error
    assert "Traceback" in running.log  # the cause


def test_an_error_while_measuring_leaves_no_version(running, monkeypatch):
    monkeypatch.setattr(execution, "measure", broken)
    execution.carry_out(running)
    assert_failed(running, "An unexpected error")


def test_a_recipe_that_is_not_known_any_more_fails_the_run(running):
    running.recipe = {"architecture": "of long ago"}
    execution.carry_out(running)
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


def test_a_run_that_is_told_to_stop_is_cancelled(running, monkeypatch):
    def stopped(*_: object) -> None:
        raise TrainingStopped

    monkeypatch.setattr(execution, "make_model", stopped)
    execution.carry_out(running)
    running.refresh_from_db()
    assert running.status == Status.CANCELLED


@pytest.mark.parametrize("ended_by", ["fail_silent_runs", "cancel_run"])
def test_a_run_that_was_ended_meanwhile_registers_nothing(running, monkeypatch, ended_by):
    def meanwhile() -> None:
        if ended_by == "cancel_run":
            lifecycle.cancel_run(running)
        else:
            TrainingRun.objects.update(heartbeat=ago(31))
            upkeep.fail_silent_runs()

    monkeypatch.setattr(execution, "make_model", quick_making(meanwhile=meanwhile))
    # Recording would give a sign of life again, or notice the end; this comes after it.
    monkeypatch.setattr(recording.Recorder, "record", lambda self: None)
    execution.carry_out(running)
    running.refresh_from_db()
    assert running.status == (Status.CANCELLED if ended_by == "cancel_run" else Status.FAILED)
    assert ModelVersion.objects.count() == 1
    assert model_files() == registered()


def test_folders_that_a_killed_worker_left_go_when_the_next_run_begins(tmp_path):
    left = tmp_path / "runs" / str(uuid.uuid4())
    left.mkdir(parents=True)
    run = lifecycle.claim_run(a_run().pk)
    assert run is not None
    assert not left.exists()
    lifecycle.work_folder(run).mkdir(parents=True)
    lifecycle.remove_leftovers()
    assert lifecycle.work_folder(run).exists()
    shutil.rmtree(lifecycle.work_folder(run))


def a_progress(epoch: int, batch: int, done: bool = False, **given: float) -> Progress:
    return Progress(epoch, 3, batch, 100, loss=1 / epoch, accuracy=0.9, epoch_done=done, **given)


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recording.time, "monotonic", lambda: now[0])
    return now


def test_progress_is_recorded_at_most_twice_a_second(running, clock, django_assert_max_num_queries):
    recorder = recording.Recorder(running)
    recorder.progress(a_progress(1, 1))
    with django_assert_max_num_queries(0):
        for batch in range(2, 50):
            clock[0] += 0.01
            recorder.progress(a_progress(1, batch))
    clock[0] += 0.02
    recorder.progress(a_progress(1, 50))
    running.refresh_from_db()
    assert (running.epoch, running.epochs, running.batch, running.batches) == (1, 3, 50, 100)
    assert [point.at for point in running.points.all()] == [0.5]
    assert running.seconds_left == pytest.approx(0.5 / 49 * 250)


def test_an_epochs_first_batches_are_not_drawn(running, clock):
    """Keras tells the mean since the epoch began, which leaps at first."""
    recorder = recording.Recorder(running)
    for batch in (1, 4, 5, 6):
        clock[0] += 1
        recorder.progress(a_progress(2, batch))
    assert [point.at for point in running.points.all()] == [1.05, 1.06]
    running.refresh_from_db()
    assert running.batch == 6


def test_no_epoch_is_missing_in_the_curve_and_the_log(running, clock):
    recorder = recording.Recorder(running)
    for epoch in (1, 2, 3):
        recorder.progress(a_progress(epoch, 100, done=True, val_loss=0.5, val_accuracy=0.8))
    recorder.record()
    running.refresh_from_db()
    assert [(point.at, point.val_accuracy) for point in running.points.all()] == [(1, 0.8), (2, 0.8), (3, 0.8)]
    assert "Epoch   2/3  loss 0.5000, accuracy 0.9000; held out: loss 0.5000, accuracy 0.8000" in running.log


def test_a_second_fit_has_a_curve_of_its_own(running, clock):
    recorder = recording.Recorder(running)
    for epoch in (1, 2, 1, 2):
        clock[0] += 1
        recorder.progress(a_progress(epoch, 100, done=True))
    assert list(RunPoint.objects.values_list("stage", "at")) == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_database_that_is_away_for_a_moment_loses_no_point(running, clock, monkeypatch):
    recorder = recording.Recorder(running)
    with monkeypatch.context() as patch:
        patch.setattr(RunPoint.objects, "bulk_create", database_away)
        recorder.progress(a_progress(1, 10))
    clock[0] += 1
    recorder.progress(a_progress(1, 20))
    assert [point.at for point in running.points.all()] == [0.1, 0.2]


def test_the_training_stops_when_its_run_was_ended_by_somebody_else(running):
    recorder = recording.Recorder(running)
    assert not recorder.callbacks.should_stop()
    lifecycle.end_run(running, Status.FAILED, error="The worker stopped.")
    recorder.log("still here")
    assert recorder.callbacks.should_stop()
    running.refresh_from_db()
    assert "still here" not in running.log
