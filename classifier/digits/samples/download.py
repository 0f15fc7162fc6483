"""One bounded download: it gives up on slow connecting, slow sending and files that are too large."""

import http.client
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHUNK = 64 * 1024  # bytes between two looks at the clock

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if the server says so


@dataclass(frozen=True)
class Limits:
    """What a download may take."""

    connect_s: float = 3.0
    silence_s: float = 10.0  # without a byte
    total_s: float = 300.0
    size_bytes: int = 20_000_000


def download(address: str, path: Path, *, limits: Limits, progress: Progress | None = None) -> None:
    """Save what `address` answers as `path`. Raises OSError (also TimeoutError) with the reason."""
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
    """urllib's usual opener (proxies from the environment, redirects), with connecting bounded."""

    def connect_bounded(connection: http.client.HTTPConnection, connect: Callable[[], None]) -> None:
        # A socket's timeout does not cover looking up the name, and counts anew for each address of it.
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

    class HTTP(http.client.HTTPConnection):
        def connect(self) -> None:
            connect_bounded(self, super().connect)

    class HTTPS(http.client.HTTPSConnection):
        def connect(self) -> None:
            connect_bounded(self, super().connect)

    class HTTPHandler(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(HTTP, request)

    class HTTPSHandler(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(HTTPS, request)

    return urllib.request.build_opener(HTTPHandler, HTTPSHandler)
