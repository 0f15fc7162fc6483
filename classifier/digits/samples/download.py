"""A bounded download: it gives up if connecting or sending is slow, or if the file is too large."""

import http.client
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHUNK = 64 * 1024  # bytes between two checks of the time

Progress = Callable[[int, int | None], None]  # bytes so far; total bytes, or None if unknown


@dataclass(frozen=True)
class Limits:
    """The limits of a download."""

    connect_s: float = 3.0
    silence_s: float = 10.0  # without a byte
    total_s: float = 300.0
    size_bytes: int = 20_000_000


def download(address: str, path: Path, *, limits: Limits, progress: Progress | None = None) -> None:
    """Downloads `address` to `path`. Raises OSError (also TimeoutError) with the reason."""
    started = time.monotonic()
    with _opener(limits).open(address) as response, path.open("wb") as file:
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isdecimal() else None
        if expected is not None and expected > limits.size_bytes:
            raise OSError(f"the file is larger than {limits.size_bytes:,} bytes")
        received = 0
        while chunk := response.read1(CHUNK):
            received += len(chunk)
            if received > limits.size_bytes:
                raise OSError(f"the file is larger than {limits.size_bytes:,} bytes")
            if time.monotonic() - started > limits.total_s:
                raise TimeoutError(f"it took longer than {limits.total_s:g} s")
            file.write(chunk)
            if progress:
                progress(received, expected)
        if expected is not None and received != expected:
            raise OSError(f"the connection broke after {received:,} of {expected:,} bytes")


def _opener(limits: Limits) -> urllib.request.OpenerDirector:
    """urllib's usual opener (proxies from the environment, redirects) with bounded connecting."""

    class HTTP(http.client.HTTPConnection):
        def connect(self) -> None:
            _connect(self, super().connect, limits)

    class HTTPS(http.client.HTTPSConnection):
        def connect(self) -> None:
            _connect(self, super().connect, limits)

    class HTTPHandler(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(HTTP, request)

    class HTTPSHandler(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(HTTPS, request)

    return urllib.request.build_opener(HTTPHandler, HTTPSHandler)


def _connect(connection: http.client.HTTPConnection, connect: Callable[[], None], limits: Limits) -> None:
    """Connects in a thread: a socket's timeout does not cover the name lookup, and applies to each address anew."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            connect()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limits.connect_s)
    if thread.is_alive():
        raise TimeoutError(f"no connection within {limits.connect_s:g} s")
    if failures:
        raise failures[0]
    connection.sock.settimeout(limits.silence_s)
