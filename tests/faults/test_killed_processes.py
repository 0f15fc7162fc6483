"""Killed processes: every accepted digit is answered, once, and the site recovers by itself."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
SEVEN = {"strokes": [[[60, 60], [220, 60], [130, 240]]], "size": [280, 280], "pen": 18}
ACCEPTED = {201, 202}  # answered at once, or later


class Person:
    """A person who sends digits through the API; remembers the accepted ones."""

    def __init__(self, site: Site, name: str) -> None:
        self.site, self.name, self.accepted = site, name, dict[str, str]()
        self.token = site.create_user(name)

    def call(self, path: str, content: Any = None, prefer: str = "respond-async") -> tuple[int, Any]:
        """HTTP status and JSON of the answer; status 0 without an answer within 20 s."""
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json", "Prefer": prefer}
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.site.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, None
        except OSError:
            return 0, None

    def send(self, prefer: str = "respond-async") -> int:
        status, digit = self.call("/api/v1/digits/", SEVEN, prefer)
        if status in ACCEPTED:
            self.accepted[digit["id"]] = digit["prediction"]["status"]
        return status

    def send_many(self, count: int) -> list[int]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda _: self.send(), range(count)))

    def unanswered(self) -> dict[str, str]:
        """The accepted digits that are not done, with their status."""
        stored, path = {}, "/api/v1/digits/?page_size=200"
        while path:
            status, page = self.call(path)
            if status != 200:  # the web server is away too
                return dict(self.accepted)
            stored.update({digit["id"]: digit["prediction"]["status"] for digit in page["results"]})
            path = page["next"].removeprefix(self.site.url) if page["next"] else ""
        return {digit: stored.get(digit, "lost") for digit in self.accepted if stored.get(digit) != "done"}

    def wait_for_all(self, timeout_s: float = 60) -> None:
        try:
            wait_until(lambda: not self.unanswered(), timeout_s, "all are answered", every_s=0.5)
        except TimeoutError:
            pytest.fail(f"{self.unanswered()} of {len(self.accepted)} after {timeout_s} s\n{self.site.report()}")


@pytest.fixture(scope="module")
def person(breakable_site):
    return Person(breakable_site, "fay")


@pytest.fixture(autouse=True)
def _well_before_and_after(breakable_site, person):
    """All programs run before and after each test."""
    wait_until_well(breakable_site)
    person.accepted.clear()
    yield
    wait_until_well(breakable_site)


def wait_until_well(site: Site, timeout_s: float = 40) -> None:
    wait_until(lambda: ready(site), timeout_s, "the site is ready again", every_s=0.1)


def ready(site: Site) -> bool:
    try:
        with urllib.request.urlopen(f"{site.url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def kill(site: Site, name: str) -> psutil.Process:
    process = site.program(name)
    assert process is not None
    process.kill()
    return process


def wait_for_another(site: Site, name: str, than: psutil.Process, timeout_s: float = 15) -> None:
    is_another = lambda: (now := site.program(name)) is not None and now.pid != than.pid  # noqa: E731
    wait_until(is_another, timeout_s, f"{name} is started again")


def test_killed_inference_worker_is_replaced_and_loses_nothing(breakable_site, person):
    with busy(person, 60) as statuses:
        for _ in range(2):
            time.sleep(0.3)
            killed = kill(breakable_site, "inference")
            wait_for_another(breakable_site, "inference", killed)
    assert set(statuses) <= ACCEPTED
    person.wait_for_all()


def test_while_redis_is_away_digits_are_accepted_and_answered_later(breakable_site, person):
    killed = kill(breakable_site, "redis")
    statuses = person.send_many(20)
    wait_for_another(breakable_site, "redis", killed)
    assert set(statuses) <= ACCEPTED
    person.wait_for_all()


def test_workers_consume_again_after_each_restart_of_redis(breakable_site, person):
    restart_redis(breakable_site, person, times=3)


@pytest.mark.slow
def test_workers_consume_again_after_many_restarts_of_redis(breakable_site, person):
    restart_redis(breakable_site, person, times=20)


def restart_redis(site: Site, person: Person, times: int) -> None:
    for _ in range(times):
        killed = kill(site, "redis")
        wait_for_another(site, "redis", killed)
        # Not only that the scheduler's resending answers in the end: the queue itself must work again.
        wait_until(lambda: person.send("wait=3") == 201, 40, "a digit is answered within its request")
    person.wait_for_all()


def test_killed_web_worker_is_replaced(breakable_site, person):
    for child in breakable_site.program("web").children():
        child.kill()
    wait_until(lambda: person.send("wait=5") == 201, 15, "a digit is answered")


@pytest.mark.parametrize("name", ["web", "scheduler", "training"])
def test_killed_program_is_started_again(breakable_site, person, name):
    killed = kill(breakable_site, name)
    wait_for_another(breakable_site, name, killed)
    wait_until(lambda: person.send("wait=5") == 201, 15, "a digit is answered")
    person.wait_for_all()


def test_no_answer_is_recorded_twice(breakable_site, person):
    """A job sent twice, as after a lost reply, has nothing to do."""
    assert person.send("wait=5") == 201
    (digit,) = person.accepted
    before = person.call(f"/api/v1/digits/{digit}/")[1]
    code = (
        "from classifier.models import Prediction as P; from classifier.tasks import predict\n"
        f"predict.delay([P.objects.get(digit__public_id='{digit}').pk])"
    )
    breakable_site.manage("shell", "--no-imports", "-c", code)
    assert person.send("wait=5") == 201  # the queue keeps its order: this one was sent later
    assert person.call(f"/api/v1/digits/{digit}/")[1] == before


@pytest.mark.slow
def test_everything_is_killed_again_and_again(breakable_site, person):
    """Digits are sent for half a minute while the programs are killed in turn."""
    stopped = threading.Event()

    def send() -> None:
        while not stopped.is_set():
            person.send()
            time.sleep(0.05)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for name in ["inference", "redis", "web", "scheduler", "redis", "inference", "training", "redis", "web"]:
        killed = kill(breakable_site, name)
        wait_for_another(breakable_site, name, killed)
        time.sleep(3)
    stopped.set()
    for sender in senders:
        sender.join()
    assert len(person.accepted) > 50
    person.wait_for_all(180)


class busy:
    """Sends digits in the background while the block runs; yields the list of statuses, complete when it ends."""

    def __init__(self, person: Person, count: int) -> None:
        self.statuses: list[int] = []
        self._thread = threading.Thread(target=lambda: self.statuses.extend(person.send_many(count)))

    def __enter__(self) -> list[int]:
        self._thread.start()
        return self.statuses

    def __exit__(self, *_: object) -> None:
        self._thread.join()


@pytest.mark.slow
def test_stopping_under_load_leaves_no_process_and_loses_nothing(breakable_site, person):
    with busy(person, 40):
        time.sleep(0.2)
        family = breakable_site.processes()
        os.kill(breakable_site.process.pid, signal.SIGTERM)
        breakable_site.process.wait(20)
    assert len(family) > 8
    wait_until(lambda: not [one for one in family if one.is_running()], 5, "all processes ended")
    breakable_site.start()
    person.wait_for_all()
