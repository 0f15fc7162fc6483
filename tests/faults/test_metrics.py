"""Figures for Prometheus while parts of the site are killed or hang: they are told, and counts never go back."""

import time

import psutil
import pytest

from tests.e2e.test_metrics import told
from tests.faults.test_killed_processes import Person, wait_until_well
from tests.metrics import names, value
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(600)]
LABELS = {"view": "api:digit-list", "status": "202"}


@pytest.fixture(scope="module")
def person(breakable_site: Site) -> Person:
    wait_until_well(breakable_site)
    return Person(breakable_site, "mia")


def accepted(site: Site) -> float:
    return value(told(site), "digitsite_requests_total", **LABELS) or 0


def test_counts_survive_killed_web_processes(breakable_site: Site, person: Person) -> None:
    person.send_many(30)
    before = accepted(breakable_site)
    assert before >= 30
    master = breakable_site.program("web")
    killed = [child for child in master.children() if "decoding" not in " ".join(child.cmdline())]
    for child in killed:
        child.kill()
    psutil.wait_procs(killed, 10)
    wait_until_well(breakable_site)
    assert accepted(breakable_site) == before
    person.send_many(10)
    assert accepted(breakable_site) == before + 10
    person.wait_for_all()


def test_figures_are_told_while_redis_hangs(breakable_site: Site, person: Person) -> None:
    redis = breakable_site.program("redis")
    opened = value(told(breakable_site), "digitsite_broker_breaker_opened_total")
    redis.suspend()
    try:
        person.send_many(12)
        found = told(breakable_site)
        assert value(found, "digitsite_part_up", part="redis") == 0
        assert value(found, "digitsite_part_up", part="database") == 1
        assert value(found, "digitsite_jobs_waiting", kind="prediction") > 0
        assert value(found, "digitsite_broker_breakers_open") > 0
        assert value(found, "digitsite_broker_breaker_opened_total") > opened
        assert "digitsite_queue_length" not in names(found)
    finally:
        redis.resume()
    wait_until_well(breakable_site)
    person.wait_for_all()
    wait_until(lambda: value(told(breakable_site), "digitsite_broker_breakers_open") == 0, 20, "all use Redis again")


def test_a_hanging_worker_is_told(breakable_site: Site) -> None:
    worker = breakable_site.program("inference")
    worker.suspend()
    try:
        wait_until(
            lambda: value(told(breakable_site), "digitsite_workers", queue="inference") == 0, 20, "its heartbeat ends"
        )
        time.sleep(0.5)
        assert value(told(breakable_site), "digitsite_process_silent_seconds", process="inference") > 5
    finally:
        worker.resume()
    wait_until_well(breakable_site)
