"""Forked helpers: who asks gets every answer in turn, or learns that a helper was killed; none is left behind."""

import os
import signal
import time

import psutil
import pytest

from classifier.jobs.process_pool import ProcessPool
from tests.services import wait_until

WAIT_S = 30


@pytest.fixture
def started():
    """The processes that were started since the test began, by id."""
    here = psutil.Process()
    before = set(here.children())
    return lambda: sorted(set(here.children()) - before, key=lambda each: each.pid)


def test_answers_come_in_the_order_of_the_questions_and_are_shared_out():
    def answer(number: int) -> tuple[int, int]:
        time.sleep(0.2 if number == 0 else 0)
        return number, os.getpid()

    with ProcessPool(answer, 3) as helpers:
        for number in range(6):
            helpers.ask(number)
        assert len(helpers) == 6
        answers = [helpers.answer(WAIT_S) for _ in range(6)]
    assert [number for number, _ in answers] == list(range(6))
    assert len({process for _, process in answers}) == 3 and len(helpers) == 0


def test_what_goes_wrong_there_goes_wrong_here_and_says_where():
    with ProcessPool(int, 1) as helpers:
        helpers.ask("seven")
        with pytest.raises(ValueError, match="seven") as caught:
            helpers.answer(WAIT_S)
        assert "process_pool.py" in caught.value.__notes__[0]
        helpers.ask("7")
        assert helpers.answer(WAIT_S) == 7


def test_nobody_waits_longer_than_asked_for():
    with ProcessPool(time.sleep, 1) as helpers:
        helpers.ask(60)
        with pytest.raises(TimeoutError):
            helpers.answer(0.1)
        assert len(helpers) == 1


@pytest.mark.parametrize("killed", [0, 1])
def test_one_killed_in_the_middle_of_its_answer_is_told_of(killed, started):
    """The other's answer is whole, and neither keeps anybody waiting."""
    with ProcessPool(lambda: bytes(20_000_000), 2) as helpers:
        processes = started()
        for _ in range(2):
            helpers.ask()
        wait_until(lambda: all(each.status() == "sleeping" for each in processes), WAIT_S, "the pipes are full")
        processes[killed].kill()
        for number in range(2):
            if number == killed:
                with pytest.raises((EOFError, OSError)):
                    helpers.answer(WAIT_S)
            else:
                assert len(helpers.answer(WAIT_S)) == 20_000_000
        with pytest.raises((EOFError, OSError)):
            for _ in range(2):
                helpers.ask()
                helpers.answer(WAIT_S)
    assert not any(each.is_running() for each in processes)


def test_they_leave_when_it_is_over_whatever_they_were_doing(started):
    with pytest.raises(ZeroDivisionError), ProcessPool(time.sleep, 2) as helpers:
        processes = started()
        helpers.ask(60)
        1 / 0  # noqa: B018
    assert len(processes) == 2 and not any(each.is_running() for each in processes)


def test_they_end_with_the_process_that_started_them_and_not_when_a_group_is_told_to_stop():
    reading, writing = os.pipe()
    if (parent := os.fork()) == 0:
        with ProcessPool(time.sleep, 2) as some:
            for _ in range(2):
                some.ask(0)
            for _ in range(2):
                some.answer(WAIT_S)
            os.write(writing, b"1")
            time.sleep(60)
        os._exit(0)
    os.read(reading, 1)
    helpers = psutil.Process(parent).children()
    for helper in helpers:
        helper.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert len(helpers) == 2 and all(each.status() != psutil.STATUS_ZOMBIE for each in helpers)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    wait_until(lambda: not any(each.is_running() for each in helpers), WAIT_S, "the helpers end")
