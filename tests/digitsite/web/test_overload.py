"""The real web server with more requests than it can answer: who waits, who is refused, and what still works.

Each test has senders of its own, so none depends on what another one sent.
"""

import http.client
import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from digitsite.web.board import DRAWS_S
from tests.environment import BASE_DIR, clean_environment
from tests.metrics import Samples, samples, value
from tests.services import free_port, running, wait_until

PROCESSES, THREADS = 2, 4  # one thread of each is kept for pages
SAVE, PREVIEW, API, PAGE = "/drawings/", "/drawings/preview/", "/api/v1/digits/", "/history/"


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes
    took_s: float

    @property
    def times(self) -> list[float]:
        """When the application began and ended."""
        times: list[float] = json.loads(self.body)
        return times


@dataclass
class Server:
    port: int
    session_cookie: str = ""
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(40))

    def ask(self, path: str, seconds: float = 0, method: str = "POST", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            started = time.monotonic()
            connection.request(method, path if "?" in path else f"{path}?seconds={seconds}", headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read(), time.monotonic() - started)
        finally:
            connection.close()

    def begin(self, path: str, seconds: float = 0, **headers: str) -> "Future[Answer]":
        return self.pool.submit(self.ask, path, seconds, **headers)

    def person(self) -> dict[str, str]:
        return {"Cookie": f"{self.session_cookie}={uuid.uuid4()}"}

    @contextmanager
    def somebody_draws(self) -> Iterator[None]:
        """A person saves a drawing every 0.2 seconds."""
        person, is_over = self.person(), threading.Event()
        self.ask(SAVE, **person)

        def draw() -> None:
            while not is_over.wait(0.2):
                self.ask(SAVE, **person)

        drawing = self.pool.submit(draw)
        try:
            yield
        finally:
            is_over.set()
            drawing.result()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("overload")
    server = Server(free_port())
    environment = clean_environment() | {
        "DATA_DIR": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        "WEB_WORKERS": str(PROCESSES),
        "WEB_THREADS": str(THREADS),
        "BUSY_AFTER_S": "0.5",
    }
    app = "tests.digitsite.web.slow_app"
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{app}", "-b", f"127.0.0.1:{server.port}"]

    def session_cookie() -> str:
        with suppress(OSError):
            return str(server.ask("/healthz", method="GET").headers["X-Session-Cookie"])
        return ""

    with running([*command, f"{app}:application"], folder / "log", cwd=BASE_DIR, env=environment):
        server.session_cookie = wait_until(session_cookie, 30, "the server answers")
        yield server
        server.pool.shutdown()


@pytest.fixture
def token() -> dict[str, str]:
    return {"Authorization": f"Token {uuid.uuid4()}"}


def overlap(answers: list[Answer]) -> bool:
    times = sorted(answer.times for answer in answers)
    return any(later[0] < earlier[1] for earlier, later in pairwise(times))


def all_of(begun: "list[Future[Answer]]") -> list[Answer]:
    return [each.result() for each in begun]


def test_token_has_one_request_at_a_time_in_all_processes_while_somebody_draws(server, token):
    with server.somebody_draws():
        answers = all_of([server.begin(API, 0.05, **token) for _ in range(12)])
    assert {answer.status for answer in answers} == {200}  # they wait for each other
    assert not overlap(answers)


def test_all_connections_of_a_token_have_their_turn(server, token):
    """Whichever process has them: 30 requests fit in, of which those of one process alone would take all."""
    answers = [0] * 6

    def send(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        with closing(connection):
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                connection.request("POST", f"{API}?seconds=0.05", headers=token)
                connection.getresponse().read()
                answers[number] += 1

    with server.somebody_draws():
        for sent in [server.pool.submit(send, number) for number in range(6)]:
            sent.result()
    assert 3 * min(answers) >= max(answers) > 2


def test_token_has_all_threads_while_nobody_draws(server, token):
    time.sleep(DRAWS_S)
    answers = all_of([server.begin(API, 0.3, **token) for _ in range(6)])
    assert overlap(answers)


def test_token_that_sends_more_than_it_may_is_told_when_to_try_again(server, token):
    with server.somebody_draws():
        first = [server.begin(API, 1.2, **token) for _ in range(6)]
        time.sleep(0.8)
        later = all_of([server.begin(API, 0, **token) for _ in range(4)])
        assert server.ask(SAVE, **server.person()).status == 200
        all_of(first)
    refused = [answer for answer in later if answer.status == 429]
    assert refused
    assert 2 <= int(refused[0].headers["Retry-After"]) <= 5
    assert refused[0].headers["Content-Type"] == "application/problem+json"
    problem = json.loads(refused[0].body)
    assert (problem["status"], problem["code"]) == (429, "throttled")
    assert "few requests of a token" in problem["detail"]


@pytest.fixture
def flooded(server: Server, tmp_path: Path) -> Iterator[Server]:
    """More people save drawings than are answered in time: the first of them take every thread until the end."""
    is_over, at_work = tmp_path / "is_over", PROCESSES * (THREADS - 1)
    begun = [server.begin(f"{SAVE}?until={is_over}", **server.person()) for _ in range(24)]
    try:
        wait_until(lambda: sum(each.done() for each in begun) == len(begun) - at_work, 20, "the others are refused")
        yield server
    finally:
        is_over.touch()
    statuses = [answer.status for answer in all_of(begun)]
    assert sorted(statuses) == at_work * [200] + (len(begun) - at_work) * [503]


def told(server: Server) -> Samples:
    return samples(server.ask("/metrics", method="GET").body.decode())


def test_flooded_server_sheds_previews_refuses_new_work_and_answers_pages(flooded):
    shed = "digitsite_requests_shed_total"
    before = told(flooded)
    preview = flooded.begin(PREVIEW, **flooded.person())
    saved = flooded.begin(SAVE, **flooded.person())
    by_page = flooded.begin(SAVE, **flooded.person(), **{"HX-Request": "true"})
    by_api = flooded.begin(API, **flooded.person())
    for path in (PAGE, "/account/login/", "/healthz", "/metrics"):
        assert flooded.ask(path, method="GET", **flooded.person()).status == 200
    assert (preview.result().status, preview.result().body) == (204, b"")
    with closing(http.client.HTTPConnection("127.0.0.1", flooded.port, timeout=30)) as connection:
        for method, path, status in (("POST", PREVIEW, 204), ("POST", SAVE, 503), ("GET", PAGE, 200)):
            connection.request(method, path, headers=flooded.person())
            response = connection.getresponse()
            assert (response.status, response.will_close) == (status, False), path
            response.read()
    refused = saved.result()
    assert refused.status == 503
    assert 2 <= int(refused.headers["Retry-After"]) <= 5
    assert refused.headers["Cache-Control"] == "no-store"
    assert b"Many people are drawing now." in refused.body
    assert b"send it again" in refused.body
    trigger = json.loads(by_page.result().headers["HX-Trigger"])["busy"]
    assert trigger == {"says": "Many people are drawing now.", "seconds": int(by_page.result().headers["Retry-After"])}
    problem = json.loads(by_api.result().body)
    assert (problem["status"], problem["code"]) == (503, "busy")
    for kind, number in {"preview": 1, "answer": 3, "page": 0}.items():
        counts = [value(found, shed, kind=kind, reason="site") for found in (before, told(flooded))]
        assert counts[1] - counts[0] >= number, kind
