"""The worker's side of a run: it starts the process, ends it, and records how the run ended."""

import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from django.db import OperationalError

from tests.runs import a_run
from training.models import TrainingRun
from training.runs import lifecycle, processes

pytestmark = pytest.mark.django_db
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture
def run(settings, tmp_path) -> TrainingRun:
    settings.DATA_DIR = tmp_path
    claimed = lifecycle.claim_run(a_run().pk)
    assert claimed is not None
    return claimed


@pytest.fixture
def program(monkeypatch) -> dict[str, Any]:
    """Replaces the training with Python code; the process is available afterwards."""
    given: dict[str, Any] = {"code": "import time; time.sleep(60)"}

    def start(run: TrainingRun) -> subprocess.Popen[bytes]:
        (lifecycle.work_folder(run) / "half a file").touch()
        given["process"] = subprocess.Popen(
            [sys.executable, "-c", given["code"]], process_group=0, stdout=subprocess.PIPE
        )
        if given["code"] == STUBBORN:
            given["process"].stdout.read(1)  # SIGTERM is ignored from here on
        return given["process"]

    monkeypatch.setattr(processes, "start", start)
    yield given
    given["process"].stdout.close()


def ended(run: TrainingRun, program: dict[str, Any]) -> TrainingRun:
    """Returns the run after its process and its folder are gone."""
    assert program["process"].returncode is not None
    assert not lifecycle.work_folder(run).exists()
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", STUBBORN], ids=["obedient", "stubborn"])
def test_a_cancelled_run_is_cancelled_within_two_seconds(run, program, code):
    program["code"] = code
    lifecycle.cancel_run(run)
    began = time.monotonic()
    processes.supervise(run)
    assert time.monotonic() - began < 2
    assert ended(run, program).status == "cancelled"


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("raise SystemExit(3)", "exit code 3"),
        ("pass", "exit code 0"),
    ],
)
def test_a_run_fails_if_its_process_ends_without_recording_it(run, program, code, how):
    program["code"] = code
    processes.supervise(run)
    assert ended(run, program).status == "failed"
    assert run.error.startswith("The worker stopped")
    assert how in run.error
    assert "start the run again" in run.error


def test_a_stopping_worker_ends_its_training(run, program):
    processes.supervise(run, should_stop=lambda: True)
    assert ended(run, program).status == "failed"
    assert "the site was stopped" in run.error


def test_a_run_ended_by_its_process_stays_as_it_is(run, program, monkeypatch):
    program["code"] = "pass"
    lifecycle.end_run(run, TrainingRun.Status.DONE)
    processes.supervise(run)
    assert ended(run, program).status == "done"


def test_a_process_whose_run_was_ended_elsewhere_gets_time_to_exit_and_is_then_ended(run, program, monkeypatch):
    monkeypatch.setattr(processes, "EXIT_S", 0.3)
    lifecycle.end_run(run, TrainingRun.Status.FAILED, error="Silent.")
    processes.supervise(run)
    assert ended(run, program).error == "Silent."
    assert program["process"].returncode == -signal.SIGTERM


def test_deleting_a_run_ends_its_process(run, program):
    TrainingRun.objects.all().delete()
    processes.supervise(run)
    assert program["process"].returncode == -signal.SIGTERM


def test_training_continues_while_the_database_is_away(run, program, monkeypatch):
    program["code"] = "import time; time.sleep(1)"
    asked: list[int] = []
    find = TrainingRun.objects.filter

    def away(*args: Any, **given: Any) -> Any:
        asked.append(1)
        if len(asked) == 1:
            raise OperationalError("away")
        return find(*args, **given)

    monkeypatch.setattr(TrainingRun.objects, "filter", away)
    monkeypatch.setattr(processes.connection, "close", lambda: None)
    processes.supervise(run)
    assert len(asked) > 1
    assert "exit code 0" in ended(run, program).error  # it came to its end


def test_a_process_that_cannot_start_fails_the_run(run, monkeypatch):
    def refuse(run: TrainingRun) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(processes, "start", refuse)
    processes.supervise(run)
    run.refresh_from_db()
    assert run.status == "failed"
    assert not lifecycle.work_folder(run).exists()
