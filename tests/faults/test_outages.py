"""The database is away or locked while people work: no 500, nothing lost, and the workers go on."""

import json
import signal
import sqlite3
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from http.cookiejar import CookieJar

import psutil
import pytest

from tests.e2e.test_metrics import told
from tests.faults.test_killed_processes import SEVEN, Person, wait_until_well
from tests.metrics import value
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
PROGRAMS = ("web", "inference", "training", "scheduler", "redis")


class Visits:
    """Requests that several people send at the same time until the block ends, and what came of them."""

    def __init__(self, site: Site, person: Person, people: int = 6) -> None:
        self.site, self.person = site, person
        self.browser = signed_in(site, person.name)
        self.answers: list[tuple[str, int, str | None]] = []  # method, status, Retry-After
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(people)]

    def __enter__(self) -> "Visits":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def statuses(self) -> Counter[int]:
        return Counter(status for _, status, _ in self.answers)

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._send("GET", lambda: self.browser.open(f"{self.site.url}/history/", timeout=60))
            self._send("GET", lambda: urllib.request.urlopen(self._api("/api/v1/digits/"), timeout=60))
            self._send("POST", self._send_digit)

    def _api(self, path: str, content: object = None) -> urllib.request.Request:
        headers = {"Authorization": f"Token {self.person.token}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        return urllib.request.Request(self.site.url + path, body, headers | {"Prefer": "respond-async"})

    def _send_digit(self) -> object:
        answer = urllib.request.urlopen(self._api("/api/v1/digits/", SEVEN), timeout=60)
        self.person.accepted[json.load(answer)["id"]] = "queued"
        return answer

    def _send(self, method: str, send: Callable[[], object]) -> None:
        try:
            send()
            self.answers.append((method, 200, None))
        except urllib.error.HTTPError as error:
            self.answers.append((method, error.code, error.headers.get("Retry-After")))
        except OSError:
            self.answers.append((method, 0, None))


def signed_in(site: Site, name: str, password: str = "seven-of-nine-7") -> urllib.request.OpenerDirector:
    """A browser in which this person has signed in."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(f"{site.url}/account/login/")
    token = next(cookie.value for cookie in jar if cookie.name.startswith("csrftoken"))
    form = f"login={name}&password={password}&csrfmiddlewaretoken={token}".encode()
    assert browser.open(f"{site.url}/account/login/", form).url == f"{site.url}/"
    return browser


def programs(site: Site) -> dict[str, int | None]:
    return {name: program.pid if (program := site.program(name)) else None for name in PROGRAMS}


@pytest.fixture
def postgres_site(tmp_path, postgres_server):
    address = postgres_server.create_database(f"outages_{uuid.uuid4().hex[:8]}")
    site = Site.prepare(tmp_path, DATABASE_URL=address, API_RATE="")
    site.start(300)
    yield site
    site.stop()


@pytest.mark.slow
def test_postgresql_restarted_at_once_under_load_gives_no_500(postgres_site, postgres_server):
    person = Person(postgres_site, "ida")
    before = programs(postgres_site)
    with Visits(postgres_site, person) as visits:
        for _ in range(3):
            time.sleep(3)
            postgres_server.stop(signal.SIGQUIT)
            time.sleep(1)
            postgres_server.start()
        answered = visits.statuses[200]
        wait_until(lambda: visits.statuses[200] > answered + 50, 30, "requests are answered again")
    assert visits.statuses.keys() <= {200, 503}, (visits.statuses, postgres_site.report())
    assert all(wait for _, status, wait in visits.answers if status == 503)
    # Requests that only read wait for the database: it is away for a second or two.
    assert not [method for method, status, _ in visits.answers if (method, status) == ("GET", 503)], visits.statuses
    wait_until_well(postgres_site)
    person.wait_for_all()
    assert programs(postgres_site) == before


@pytest.mark.slow
def test_sqlite_locked_longer_than_a_request_waits_gives_no_500(breakable_site):
    person = Person(breakable_site, "udo")
    with (
        Visits(breakable_site, person) as visits,
        closing(sqlite3.connect(breakable_site.data_dir / "digitsite.sqlite3", isolation_level=None)) as database,
    ):
        time.sleep(2)
        database.execute("BEGIN IMMEDIATE")
        time.sleep(26)
        database.execute("ROLLBACK")
        answered = visits.statuses[200]
        wait_until(lambda: visits.statuses[200] > answered + 50, 30, "requests are answered again")
    assert visits.statuses.keys() == {200, 503}, visits.statuses
    assert all(wait for _, status, wait in visits.answers if status == 503)
    wait_until_well(breakable_site)
    person.wait_for_all()


def _signal(processes, number):
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # a child of PostgreSQL ends with its connection
            process.send_signal(number)


def test_figures_are_told_while_postgresql_is_stopped(postgres_site, postgres_server):
    """Stopped, and hanging: it accepts connections and says nothing."""
    database = {"part": "database"}
    assert value(told(postgres_site), "digitsite_part_up", **database) == 1
    server = psutil.Process(postgres_server.process.pid)
    server.suspend()  # before its children are counted: it would start others
    children = server.children(recursive=True)
    try:
        _signal(children, signal.SIGSTOP)
        found = told(postgres_site)
    finally:
        _signal([server, *children], signal.SIGCONT)
    assert value(found, "digitsite_part_up", **database) == 0
    assert value(found, "digitsite_workers", queue="inference") == 1
    wait_until(lambda: value(told(postgres_site), "digitsite_part_up", **database) == 1, 30, "it is read again")
    postgres_server.stop(signal.SIGQUIT)
    try:
        found = told(postgres_site)
    finally:
        postgres_server.start()
    assert value(found, "digitsite_part_up", **database) == 0
    assert value(found, "digitsite_requests_total", view="metrics", status="200") > 0
