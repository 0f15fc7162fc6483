"""After any fault a run ends in a clear state, nothing is registered in part, and the run can be repeated."""

import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from classifier.digits.registry import BUNDLED
from tests.runs import a_recipe
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
LONG = 500  # epochs: minutes, more than any test here waits
STARTED_S = 90  # for TensorFlow on a busy machine
SHIPPED = len(list(BUNDLED.glob("*/metadata.json")))  # versions that a site has from the start
FINAL = {"done", "failed", "cancelled"}


class Runs:
    """A site's training runs, seen in its database and its processes."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def request(self, **recipe: Any) -> str:
        """Requests a run as the staff's page does. Returns its public id."""
        given = a_recipe(**{"epochs": LONG} | recipe).to_json()
        return self._call(f"request_run(recipe=Recipe.from_json({given!r}), by=None)[0]")

    def repeat(self, run: str) -> str:
        """Requests the run again. Returns the new run's public id."""
        return self._call(f"repeat_run(TrainingRun.objects.get(public_id={run!r}), None)[0]")

    def _call(self, expression: str) -> str:
        imports = "from training.runs.requests import *; from training.runs.recipe import Recipe"
        return self.site.manage("shell", "--no-imports", "-c", f"{imports}\nprint({expression}.public_id)").strip()

    def cancel(self, run: str) -> None:
        """What `runs.cancel_run` writes, without the second that a command takes to start."""
        self._sql("UPDATE training_trainingrun SET cancel_asked = 1 WHERE public_id = ?", run)

    def _sql(self, statement: str, *values: object) -> list[dict[str, Any]]:
        with sqlite3.connect(self.site.data_dir / "digitsite.sqlite3", timeout=20) as database:
            database.row_factory = sqlite3.Row
            rows = [dict(row) for row in database.execute(statement, [str(value).replace("-", "") for value in values])]
        database.close()
        return rows

    def row(self, run: str) -> dict[str, Any]:
        (row,) = self._sql("SELECT * FROM training_trainingrun WHERE public_id = ?", run)
        return row

    def has_version_if(self, run: str, is_done: bool) -> bool:
        return bool(self.row(run)["version_id"]) == is_done

    def versions(self) -> list[dict[str, Any]]:
        return self._sql("SELECT * FROM classifier_modelversion")

    def wait(self, run: str, status: str, timeout_s: float = STARTED_S) -> dict[str, Any]:
        """The run's row once it has this status; fails at once if the run ends with another."""

        def reached() -> dict[str, Any] | None:
            row = self.row(run)
            assert row["status"] == status or row["status"] not in FINAL, row
            return row if row["status"] == status else None

        try:
            return wait_until(reached, timeout_s, f"the run is {status}")
        except TimeoutError:
            pytest.fail(f"{self.row(run)}\n{self.site.report()}")

    def wait_for_end(self, run: str) -> dict[str, Any]:
        """The run's row once it has ended: within a minute of any fault."""
        try:
            wait_until(lambda: self.row(run)["status"] in FINAL, 60, "a clear state")
        except TimeoutError:
            pytest.fail(f"{self.row(run)}\n{self.site.report()}")
        return self.row(run)

    def wait_for_epochs(self, run: str) -> psutil.Process:
        """Waits until the run trains. Returns its process."""
        self.wait(run, "running")
        wait_until(lambda: self.row(run)["batch"], STARTED_S, f"it trains: {self.row(run)}")
        return self.process()

    def process(self) -> psutil.Process:
        """The process that trains."""

        def trainer() -> psutil.Process | None:
            return next(iter(self.trainers()), None)

        return wait_until(trainer, 20, "the worker starts a process")

    def trainers(self) -> list[psutil.Process]:
        """Processes of runs; the worker has others for robustness reports."""
        worker = self.site.program("training")
        trainers = []
        for child in worker.children() if worker else []:
            with suppress(psutil.NoSuchProcess):
                if "run_training" in child.cmdline():
                    trainers.append(child)
        return trainers

    def assert_nothing_is_left(self) -> None:
        """No folder of a run, and in storage exactly the files of the versions that have a row."""
        wait_until(lambda: not any(self.folder.glob("*")), 20, "the worker has removed the run's folder")
        stored = {path.name.replace("-", "") for path in (self.site.data_dir / "media" / "models").iterdir()}
        assert stored == {version["public_id"] for version in self.versions()}

    @property
    def folder(self) -> Path:
        return self.site.data_dir / "runs"


@pytest.fixture(scope="module")
def runs(breakable_site) -> Runs:
    return Runs(breakable_site)


@pytest.fixture(autouse=True)
def _clear(runs) -> Iterator[None]:
    """No test leaves a run for the next one."""
    yield
    for row in runs._sql("SELECT public_id FROM training_trainingrun WHERE status IN ('queued', 'running')"):
        runs.cancel(row["public_id"])


def assert_it_can_be_repeated(runs: Runs, run: str) -> str:
    """Repeats the run and waits until the repetition trains. Returns its public id."""
    repetition = runs.repeat(run)
    assert repetition != run
    assert runs.row(repetition)["recipe"] == runs.row(run)["recipe"]
    runs.wait_for_epochs(repetition)
    return repetition


@pytest.mark.slow
def test_a_run_killed_in_mid_epoch_fails_and_its_repetition_can_be_cancelled_in_mid_epoch(runs):
    run = runs.request(seed=1)
    runs.wait_for_epochs(run).kill()
    row = runs.wait(run, "failed", 60)
    assert row["error"].startswith("The worker stopped")
    assert len(runs.versions()) == SHIPPED
    runs.assert_nothing_is_left()

    repetition = assert_it_can_be_repeated(runs, run)
    process = runs.process()
    runs.cancel(repetition)
    runs.wait(repetition, "cancelled", 2)
    assert not process.is_running()
    assert len(runs.versions()) == SHIPPED
    runs.assert_nothing_is_left()


def test_cancelled_while_tensorflow_is_imported(runs):
    run = runs.request(seed=2)
    runs.wait(run, "running")
    process = runs.process()
    wait_until(lambda: "tensorflow" in mapped(process), STARTED_S, "TensorFlow is being loaded", every_s=0.01)
    assert not runs.row(run)["batch"]
    runs.cancel(run)
    runs.wait(run, "cancelled", 2)
    assert not process.is_running()
    runs.assert_nothing_is_left()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["Writing", "Measuring the new version"])
def test_a_run_cancelled_while_it_writes_or_measures_leaves_no_version(runs, moment):
    before = len(runs.versions())
    run = runs.request(seed=8, epochs=1)
    wait_until(lambda: runs.row(run)["stage"].startswith(moment), STARTED_S, moment, every_s=0.005)
    process = runs.process()
    runs.cancel(run)
    runs.wait(run, "cancelled", 2)
    assert not process.is_running()
    wait_until(lambda: len(runs.versions()) == before, 20, "what it registered is removed")  # after the run has ended
    runs.assert_nothing_is_left()


def mapped(process: psutil.Process) -> str:
    return Path(f"/proc/{process.pid}/maps").read_text()


@pytest.mark.parametrize("is_patient", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_killed_worker_ends_its_process_and_the_run_fails_within_a_minute(runs, is_patient):
    run = runs.request(seed=3)
    process = runs.wait_for_epochs(run)
    worker = runs.site.program("training")
    worker.kill()
    killed = time.monotonic()
    wait_until(lambda: not process.is_running(), 5, "the process ended with its worker")
    if not is_patient:  # as if the half minute had passed without a heartbeat
        runs._sql("UPDATE training_trainingrun SET heartbeat = '2026-01-01 00:00:00' WHERE public_id = ?", run)
    row = runs.wait(run, "failed", 60)
    assert row["error"].startswith("The worker stopped")
    assert time.monotonic() - killed < 60
    assert runs.site.program("training").pid != worker.pid
    if is_patient:
        repetition = assert_it_can_be_repeated(runs, run)
        runs.cancel(repetition)
        runs.wait(repetition, "cancelled", 2)
    runs.assert_nothing_is_left()


def test_a_stopping_worker_ends_its_training_and_records_it(runs):
    run = runs.request(seed=7)
    runs.wait(run, "running")
    process = runs.process()
    worker = runs.site.program("training")
    worker.terminate()
    row = runs.wait(run, "failed", 10)
    assert "the site was stopped" in row["error"]
    wait_until(lambda: not process.is_running() and not worker.is_running(), 10, "both have ended")
    runs.assert_nothing_is_left()


@pytest.mark.slow
def test_restarting_redis_disturbs_no_run_and_memory_is_returned(runs):
    run = runs.request(seed=4, epochs=12)
    following = runs.request(seed=5, epochs=1)
    process = runs.wait_for_epochs(run)
    assert "It waits until the run" in runs.row(following)["stage"]
    worker = runs.site.program("training")
    assert "tensorflow" in mapped(process)
    assert "tensorflow" not in mapped(worker)
    redis = runs.site.program("redis")
    redis.kill()
    row = runs.wait(run, "done", 180)
    assert row["version_id"]
    runs.wait(following, "done", 180)
    assert len(runs.versions()) == SHIPPED + 2
    runs.assert_nothing_is_left()
    assert runs.site.program("training").pid == worker.pid
    wait_until(lambda: not runs.trainers(), 20, "the run's process has ended")
    assert "tensorflow" not in mapped(worker)
    assert worker.memory_full_info().pss < 150e6


@pytest.mark.slow
def test_files_of_a_run_killed_while_registering_are_removed(runs):
    run = runs.request(seed=9, epochs=1)
    wait_until(lambda: runs.row(run)["stage"].startswith("Registering"), STARTED_S, "registering", every_s=0.005)
    runs.process().kill()
    assert runs.wait_for_end(run)["status"] == "failed"
    wait_until(lambda: runs.row(run)["version_id"] is None, 20, "a version that was not finished is removed")
    # As if the site had been set up yesterday and two hours had passed.
    runs._sql("UPDATE classifier_modelversion SET created = datetime(created, '-1 day')")
    then = time.time() - 2 * 3600
    stored = runs.site.data_dir / "media" / "models"
    for path in [*stored.glob("*/*"), *stored.glob("*")]:
        os.utime(path, (then, then))
    runs.site.manage("shell", "--no-imports", "-c", "from classifier.tasks import remove_orphans; remove_orphans()")
    runs.assert_nothing_is_left()
    for version in runs.versions():
        assert (runs.site.data_dir / "media" / version["tflite_file"]).exists()


@pytest.mark.slow
@pytest.mark.parametrize("tiny_disk", ["runs", "media/models"], indirect=True)
def test_a_full_disk_fails_the_run_and_it_can_be_repeated_after_freeing_space(runs, tiny_disk):
    full, make_room = tiny_disk
    before = len(runs.versions())
    run = runs.request(
        seed=len(str(full)), epochs=1
    )  # another for each place: the site would have the same network already
    row = runs.wait(run, "failed", 180)
    assert row["error"].startswith("The disk is full")
    assert "No space left on device" in row["log"]
    assert not list(full.iterdir())
    assert len(runs.versions()) == before
    make_room()
    runs.wait(runs.repeat(run), "done", 180)
    runs.assert_nothing_is_left()


@pytest.fixture
def tiny_disk(runs, request) -> Iterator[Any]:
    """A folder, of runs or of versions, with room for a part of the files, and a function that frees space."""
    folder = runs.site.data_dir / request.param
    folder.mkdir(exist_ok=True)
    options = {"runs": "size=600k", "media/models": "size=300k"}[request.param]
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True).returncode
    ):
        pytest.skip("a small disk cannot be mounted here (it takes root)")
    mounted = [True]

    def make_room() -> None:
        if mounted and mounted.pop():
            subprocess.run(["umount", str(folder)], check=True)

    yield folder, make_room
    make_room()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_runs_killed_at_many_moments_end_in_a_clear_state(runs):
    """Process and worker are killed at twelve moments between the start and the end of a short run."""
    before = len(runs.versions())
    random.seed(1)
    made = 0
    for number in range(12):
        run = runs.request(seed=100 + number, epochs=1)
        runs.wait(run, "running")
        time.sleep(random.uniform(0, 12))
        victim = runs.site.program("training")
        if number % 2:
            victim = next(iter(runs.trainers()), victim)
        victim.kill()
        status = runs.wait_for_end(run)["status"]
        assert status in ("done", "failed")
        made += status == "done"
        is_settled = partial(runs.has_version_if, run, status == "done")
        wait_until(is_settled, 20, "a run has a version when it is done, and only then")
    assert len(runs.versions()) == before + made
    runs.wait(runs.request(seed=200, epochs=1), "done", 180)
    runs.assert_nothing_is_left()
