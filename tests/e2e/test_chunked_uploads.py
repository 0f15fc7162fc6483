"""Requests without a known length, as `curl -T -` and some telephones send them, to the real web server."""

import json
import re
import select
import socket
from contextlib import suppress

import pytest

from tests.archives import zipped
from tests.browser import Browser
from tests.e2e.conftest import PASSWORD
from tests.factories import PEN, SEVEN, SIZE, picture

STROKES = json.dumps({"strokes": SEVEN, "size": SIZE, "pen": PEN}).encode()
BOUNDARY = "----seven"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
END = f"\r\n--{BOUNDARY}--\r\n".encode()
DIGITS = "/api/v1/digits/"


def form(name, content, more=b""):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="7.png"\r\n\r\n'.encode()
    return more + head + content + END


def field(name, value):
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked(data, size=1000):
    return b"".join(chunk(data[at : at + size]) for at in range(0, len(data), size)) + b"0\r\n\r\n"


def connect(site, path, kind, **headers):
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=30)
    lines = {"Host": f"127.0.0.1:{site.port}", "Transfer-Encoding": "chunked", "Content-Type": kind} | headers
    connection.sendall(
        "\r\n".join([f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in lines.items()), "", ""]).encode()
    )
    return connection


def answer(connection):
    """The status and the whole answer."""
    with connection, suppress(ConnectionResetError):
        connection.settimeout(30)
        received = b""
        while not is_whole(received) and (data := connection.recv(65536)):
            received += data
    return int(received.split()[1]), received.decode(errors="replace")


def is_whole(received):
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n"))


def send(site, path, kind, body, **headers):
    connection = connect(site, path, kind, **headers)
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(body)
    return answer(connection)


@pytest.fixture(scope="session")
def key(live_site, person):
    return {"Authorization": f"Token {person['token']}"}


def test_api_reads_strokes_a_picture_and_a_batch(live_site, key):
    status, text = send(live_site, DIGITS, "application/json", chunked(STROKES, 7), **key)
    assert (status, '"digit":7' in text.replace(" ", "")) == (201, True)
    status, text = send(live_site, DIGITS, MULTIPART, chunked(form("image", picture())), **key)
    assert (status, '"source":"api"' in text.replace(" ", "") or '"digit"' in text) == (201, True)
    status, text = send(
        live_site, "/api/v1/batches/", MULTIPART, chunked(form("file", zipped({"7.png": picture()}))), **key
    )
    assert status == 202


def test_pages_read_a_picture_and_a_form(live_site, person):
    browser = Browser(live_site.url)
    assert browser.post("/account/login/", {"login": "pupil", "password": PASSWORD}).url == f"{live_site.url}/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/").text)[1]
    cookies = {"Cookie": f"{browser.cookie('sessionid')}; {browser.cookie('csrftoken')}"}
    body = form("image", picture(), field("csrfmiddlewaretoken", token))
    status, text = send(live_site, "/pictures/", MULTIPART, chunked(body), **cookies)
    assert (status, "location: /digits/" in text.lower()) == (302, True)
    fields = f"csrfmiddlewaretoken={token}&username=a+b".encode()
    status, text = send(
        live_site, "/account/profile/", "application/x-www-form-urlencoded", chunked(fields, 9), **cookies
    )
    assert (status, 'value="a b"' in text) == (200, True)


@pytest.mark.parametrize(
    ("kind", "at_most_mb"), [("application/json", 5), (MULTIPART, 70)], ids=["a value", "a picture"]
)
def test_endless_body_is_answered_at_its_limit(live_site, key, kind, at_most_mb):
    connection = connect(live_site, DIGITS, kind, **key)
    connection.sendall(chunk(form("image", b"").removesuffix(END) if kind == MULTIPART else b'"'))
    piece, sent = chunk(b"7" * 2**18), 0
    with suppress(BrokenPipeError, ConnectionResetError):
        while not select.select([connection], [], [], 0)[0]:
            connection.sendall(piece)
            sent += len(piece)
            assert sent < 2 * at_most_mb * 2**20
    status, text = answer(connection)
    assert (status, '"too_large"' in text) == (413, True)


def test_page_explains_a_body_that_is_too_large(live_site):
    browser = Browser(live_site.url)
    browser.get("/account/login/")
    fields, cookie = chunk(b"7" * 3 * 2**20), {"Cookie": browser.cookie("csrftoken")}
    status, text = send(live_site, "/account/login/", "application/x-www-form-urlencoded", fields, **cookie)
    assert (status, "too large" in text) == (413, True)


BROKEN = [b"zz\r\n", chunk(b"{") + b"7", b"5\r\n{}", chunk(b"{}") + b"-1\r\n", b"0\r\n\r\n"]


@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize("kind", ["application/json", MULTIPART, "application/x-www-form-urlencoded"])
def test_broken_encoding_is_a_bad_request(live_site, key, kind, body):
    connection = connect(live_site, DIGITS, kind, **key)
    connection.sendall(body)
    connection.shutdown(socket.SHUT_WR)
    status, _ = answer(connection)
    assert status in (400, 415)
