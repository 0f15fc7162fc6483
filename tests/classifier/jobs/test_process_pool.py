"""A process pool returns every result in order, or says that a process was killed, and leaves no process behind."""

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


def test_results_come_in_order_and_all_processes_work():
    def answer(number: int) -> tuple[int, int]:
        time.sleep(0.2 if number == 0 else 0)
        return number, os.getpid()

    with ProcessPool(answer, 3) as pool:
        for number in range(6):
            pool.submit(number)
        assert len(pool) == 6
        answers = [pool.next_result(WAIT_S) for _ in range(6)]
    assert [number for number, _ in answers] == list(range(6))
    assert len({process for _, process in answers}) == 3 and len(pool) == 0


def test_exception_is_raised_here_with_its_traceback():
    with ProcessPool(int, 1) as pool:
        pool.submit("seven")
        with pytest.raises(ValueError, match="seven") as caught:
            pool.next_result(WAIT_S)
        assert "process_pool.py" in caught.value.__notes__[0]
        pool.submit("7")
        assert pool.next_result(WAIT_S) == 7


def test_waiting_ends_in_time():
    with ProcessPool(time.sleep, 1) as pool:
        pool.submit(60)
        with pytest.raises(TimeoutError):
            pool.next_result(0.1)
        assert len(pool) == 1


@pytest.mark.parametrize("killed", [0, 1])
def test_process_killed_while_it_writes_its_result_is_noticed(killed, started):
    """The other's result is whole, and neither keeps the parent waiting."""
    with ProcessPool(lambda: bytes(20_000_000), 2) as pool:
        processes = started()
        for _ in range(2):
            pool.submit()
        wait_until(lambda: all(each.status() == "sleeping" for each in processes), WAIT_S, "the pipes are full")
        processes[killed].kill()
        for number in range(2):
            if number == killed:
                with pytest.raises((EOFError, OSError)):
                    pool.next_result(WAIT_S)
            else:
                assert len(pool.next_result(WAIT_S)) == 20_000_000
        with pytest.raises((EOFError, OSError)):
            for _ in range(2):
                pool.submit()
                pool.next_result(WAIT_S)
    assert not any(each.is_running() for each in processes)


def test_processes_are_killed_when_the_block_ends(started):
    with pytest.raises(ZeroDivisionError), ProcessPool(time.sleep, 2) as pool:
        processes = started()
        pool.submit(60)
        1 / 0  # noqa: B018
    assert len(processes) == 2 and not any(each.is_running() for each in processes)


def test_processes_end_with_their_parent_and_not_with_a_signal_to_the_group():
    reading, writing = os.pipe()
    if (parent := os.fork()) == 0:
        with ProcessPool(time.sleep, 2) as pool:
            for _ in range(2):
                pool.submit(0)
            for _ in range(2):
                pool.next_result(WAIT_S)
            os.write(writing, b"1")
            time.sleep(60)
        os._exit(0)
    os.read(reading, 1)
    children = psutil.Process(parent).children()
    for child in children:
        child.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert len(children) == 2 and all(each.status() != psutil.STATUS_ZOMBIE for each in children)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    wait_until(lambda: not any(each.is_running() for each in children), WAIT_S, "the processes end")
