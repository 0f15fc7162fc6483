"""Clients that send half a request and wait, or that never read their answer: they hold no thread of the site."""

import json
import resource
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from digitsite.web import incoming
from tests.e2e.test_metrics import told
from tests.metrics import value
from tests.services import Site, wait_until

pytestmark = pytest.mark.fault
SEVEN = {"strokes": [[[60, 60], [220, 60], [130, 240]]], "size": [280, 280], "pen": 18}
HALF_HEAD = "GET / HTTP/1.1\r\nHost: {host}\r\nAccept: tex"
HALF_BODY = "POST /api/v1/digits/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 900000\r\n\r\n{{"
HALF_CHUNK = "POST /api/v1/digits/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n{{"
LONG_BODY = "POST /api/v1/batches/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 90000000\r\n\r\n--x"
KINDS = [HALF_HEAD, HALF_BODY, HALF_CHUNK, LONG_BODY]


@pytest.fixture(scope="module")
def token(breakable_site: Site) -> str:
    return breakable_site.create_user("slow")


@contextmanager
def half_requests(site: Site, count: int, kinds: list[str] = KINDS) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        made = []
        for number in range(count):
            made.append(stack.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=60)))
            made[-1].sendall(kinds[number % len(kinds)].format(host=f"127.0.0.1:{site.port}").encode())
        yield made


def draw(site: Site, token: str) -> str:
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{site.url}/api/v1/digits/", json.dumps(SEVEN).encode(), headers)
    with urllib.request.urlopen(request, timeout=15) as answer:
        status: str = json.load(answer)["prediction"]["status"]
        return status


def test_five_hundred_half_requests_do_no_harm(breakable_site: Site, token: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2000, hard)), hard))
    with half_requests(breakable_site, 500):
        for _ in range(5):
            urllib.request.urlopen(f"{breakable_site.url}/healthz", timeout=5).close()
            assert draw(breakable_site, token) == "done"


def test_half_requests_beyond_all_connections_do_no_harm(breakable_site: Site, token: str) -> None:
    """The oldest make room: three processes hold 400 connections each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2000, hard)), hard))
    with half_requests(breakable_site, 1400):
        assert draw(breakable_site, token) == "done"


def test_half_a_head_is_answered_and_closed(breakable_site: Site) -> None:
    labels = {"view": "(web server)", "status": "408"}
    before = value(told(breakable_site), "digitsite_requests_total", **labels) or 0
    with half_requests(breakable_site, 1, [HALF_HEAD]) as (client,):
        started = time.monotonic()
        assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert client.recv(1000) == b""
        assert time.monotonic() - started > incoming.HEAD_S - 1
    assert value(told(breakable_site), "digitsite_requests_total", **labels) == before + 1


@pytest.mark.slow
def test_a_slow_body_is_received_to_its_end(breakable_site: Site, token: str) -> None:
    """It takes longer than a head may, but never stops for long."""
    body = json.dumps(SEVEN).encode()
    head = f"POST /api/v1/digits/ HTTP/1.1\r\nHost: 127.0.0.1:{breakable_site.port}\r\nAuthorization: Token {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", breakable_site.port), timeout=30) as client:
        client.sendall(head.encode())
        for at in range(0, len(body), 8):
            client.sendall(body[at : at + 8])
            time.sleep((incoming.HEAD_S + 3) * 8 / len(body))
        assert client.recv(1000).startswith(b"HTTP/1.1 201 ")


def test_clients_that_neither_read_nor_close_hold_no_loop(breakable_site: Site, token: str) -> None:
    """Each answered and ended connection is kept for a moment, so its client can read the answer."""
    last = "GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n"
    with half_requests(breakable_site, 60, [last]) as clients:
        assert draw(breakable_site, token) == "done"
        assert b" 200 OK" in clients[0].recv(1000)


@pytest.mark.slow
def test_half_a_body_is_answered_and_closed(breakable_site: Site) -> None:
    with half_requests(breakable_site, 1, [HALF_BODY]) as (client,):
        started = time.monotonic()
        assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started > incoming.IDLE_S - 1


@pytest.mark.slow
def test_silent_uploads_free_their_threads(breakable_site: Site, token: str) -> None:
    """A body that is too long to be received first is read in a thread, of which there are few."""
    start = LONG_BODY.format(host=f"127.0.0.1:{breakable_site.port}").encode()
    part = (
        start.replace(
            b"\r\n\r\n",
            f"\r\nAuthorization: Token {token}\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n".encode(),
        )
        + b"x" * 2 * incoming.FIRST_PART
    )
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", breakable_site.port), timeout=180))
            for _ in range(24)
        ]
        for client in clients:
            client.sendall(part)
        assert draw(breakable_site, token) == "done"
        answers = [client.recv(1000)[:12] for client in clients]
    assert set(answers) <= {b"HTTP/1.1 503", b"HTTP/1.1 400"}
    wait_until(lambda: draw(breakable_site, token) == "done", 10, "the site answers")
