"""A stack that is done, and a real receiver of its message."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from classifier.sheets.models import Sheet, Stack
from classifier.sheets.webhooks import signing


@dataclass
class Receiver:
    """An HTTP server on the loopback address. statuses: of its answers, the last one for all that follow."""

    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)  # of its answers
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/done?key=1"


@contextmanager
def receiving(receiver: Receiver, context: Any = None) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    with receiving(Receiver()) as running:
        settings.WEBHOOK_HOSTS = [f"http://localhost:{running.port}"]
        yield running


@pytest.fixture
def sheet(owner) -> Sheet:
    return Sheet.objects.create(owner=owner, name="Marks")


@pytest.fixture
def stack(sheet, owner) -> Stack:
    """Done, with a webhook."""
    return Stack.objects.create(
        sheet=sheet,
        sent_by=owner,
        name="7b.pdf",
        size=1,
        description={},
        status=Stack.Status.DONE,
        finished=timezone.now(),
        webhook="https://hooks.example.org/done",
        webhook_secret=signing.new_secret(),
    )


def anywhere(_address: object) -> bool:
    """A check of addresses for the receiver above."""
    return True
