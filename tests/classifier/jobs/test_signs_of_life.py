"""A process that gives no sign of life is killed; one that is busy, was paused with all others or has died is not."""

import os
import signal
import subprocess
import sys
import time

import pytest

from classifier.jobs import signs_of_life
from tests.environment import BASE_DIR
from tests.services import wait_until

PROGRAM = """
import pathlib, sys
from classifier.jobs import signs_of_life
signs_of_life.EVERY_S = 0.2
signs_of_life.give("worker", pathlib.Path(sys.argv[1]))
while True:
    sum(range(10_000))  # busy
"""


@pytest.fixture(autouse=True)
def _shorter(monkeypatch):
    monkeypatch.setattr(signs_of_life, "SILENT_S", 2.0)
    monkeypatch.setattr(signs_of_life, "LOOKS", 3)


@pytest.fixture
def process(tmp_path):
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=BASE_DIR) as child:
        wait_until(lambda: signs_of_life.living(tmp_path), 20, "the process gives signs")
        yield child
        child.kill()


def test_busy_process_gives_signs(process, tmp_path):
    time.sleep(2.5)
    assert signs_of_life.end_silent(tmp_path) == []
    assert process.poll() is None


def test_hung_process_is_killed(process, tmp_path):
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: signs_of_life.silent(tmp_path), 10, "it counts as silent")
    assert signs_of_life.end_silent(tmp_path) == ["worker"]
    assert process.wait(5) == -signal.SIGKILL


def test_process_that_was_paused_gives_a_sign_in_time(process, tmp_path):
    """As after a pause of the whole machine: all processes go on at once, and one of them looks."""
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: signs_of_life.silent(tmp_path), 10, "it counts as silent")
    process.send_signal(signal.SIGCONT)
    assert signs_of_life.end_silent(tmp_path) == []
    assert process.poll() is None


def test_process_that_has_died_is_forgotten(process, tmp_path, monkeypatch):
    process.kill()
    process.wait()
    monkeypatch.setattr(os, "kill", None)  # another process may have its number by now
    wait_until(lambda: not signs_of_life.end_silent(tmp_path) and not os.listdir(tmp_path), 10, "its file is removed")


def test_health_check_tells_whether_a_process_lives(process, tmp_path):
    check = [sys.executable, "-I", "-S", signs_of_life.__file__, "check"]
    assert subprocess.run([*check, tmp_path]).returncode == 0
    assert subprocess.run([*check, tmp_path / "empty"]).returncode == 1


def test_full_disk_stops_no_process(tmp_path, capsys):
    (tmp_path / "file").touch()
    signs_of_life.give("worker", tmp_path / "file")
    assert "no signs of life" in capsys.readouterr().err


def test_last_signs_are_told_of_living_processes_of_this_machine(process, tmp_path):
    (tmp_path / "elsewhere.1@another-machine").touch()
    ended = tmp_path / f"ended.3@{os.uname().nodename}"
    ended.touch()
    os.utime(ended, (1, 1))
    wait_until(lambda: "worker" in signs_of_life.last_signs(tmp_path), 10, "the process has given a sign")
    assert signs_of_life.last_signs(tmp_path).keys() == {"worker"}
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: signs_of_life.last_signs(tmp_path)["worker"][0] > 1, 20, "the silence is told")
    process.kill()
    process.wait()
    assert signs_of_life.last_signs(tmp_path) == {}


def test_process_that_has_yet_to_lock_its_file_is_not_disturbed(tmp_path, monkeypatch):
    monkeypatch.setattr(signs_of_life, "_has_ended", lambda file: pytest.fail("its lock was tried"))
    (tmp_path / f"starting.2@{os.uname().nodename}").touch()  # its time is that of the clock
    assert signs_of_life.last_signs(tmp_path) == {}
