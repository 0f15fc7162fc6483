"""Hung processes: a worker that gives no sign of life is started again, and everything accepted is answered."""

import time
import urllib.request

import pytest

from classifier.jobs import signs_of_life
from tests.faults.test_killed_processes import ACCEPTED, Person, wait_for_another, wait_until_well
from tests.services import Site

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def person(breakable_site: Site) -> Person:
    wait_until_well(breakable_site)
    return Person(breakable_site, "hal")


@pytest.mark.parametrize("name", ["inference", "training", "scheduler"])
def test_hung_worker_is_started_again_and_loses_nothing(breakable_site: Site, person: Person, name: str) -> None:
    hung = breakable_site.program(name)
    assert hung is not None
    hung.suspend()
    assert person.send("wait=1") in ACCEPTED
    wait_for_another(breakable_site, name, hung, 60)
    assert person.send() in ACCEPTED
    person.wait_for_all()
    assert f"{name} (process {hung.pid}) gave no sign of life" in breakable_site.terminal.read_text()


def test_pause_of_all_processes_ends_none(breakable_site: Site, person: Person) -> None:
    wait_until_well(breakable_site)
    names = ("inference", "training", "scheduler", "watchdog")
    paused = {name: breakable_site.program(name) for name in names}
    for process in paused.values():
        process.suspend()
    time.sleep(signs_of_life.SILENT_S + 5)
    for process in reversed(paused.values()):  # the watchdog first
        process.resume()
    time.sleep(signs_of_life.LOOKS + 2 * signs_of_life.EVERY_S)
    assert {name: breakable_site.program(name) for name in names} == paused
    assert person.send("wait=5") == 201


def test_everything_goes_on_while_redis_hangs(breakable_site: Site, person: Person) -> None:
    """Each process waits for it once; nothing that was accepted is lost, and it is used again by itself."""
    redis = breakable_site.program("redis")
    assert redis is not None
    redis.suspend()
    try:
        statuses = person.send_many(30)
        with urllib.request.urlopen(f"{breakable_site.url}/healthz", timeout=5) as answer:
            assert answer.status == 200
    finally:
        redis.resume()
    assert set(statuses) == {202}
    person.wait_for_all()
    wait_until_well(breakable_site)
    assert person.send("wait=5") == 201
