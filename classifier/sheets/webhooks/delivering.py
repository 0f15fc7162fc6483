"""One delivery of a message: an HTTP request that is bounded in time and follows nothing."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .addresses import Check, NotPublic, is_public, resolve
from .hosts import Target

TIME_LIMIT_S = 10.0  # from the connection to the head of the answer


class DeliveryFailed(Exception):
    """A message was not accepted. The message is a sentence; `status` is that of the answer, if there was one."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


def deliver(target: Target, headers: Mapping[str, str], body: bytes, is_allowed: Check = is_public) -> int:
    """Sends a message by POST and returns the status of the answer, 200 to 299. Raises DeliveryFailed.

    The name is resolved once and the connection made to an address that was checked, so a name server cannot give
    another one in between. Redirects are not followed, and the body of the answer is not read.
    """
    try:
        with _within(TIME_LIMIT_S) as clock:
            status = _send(target, headers, body, is_allowed, clock)
    except NotPublic:
        raise DeliveryFailed(
            f"{target.host} leads to an address that is not public, where messages are never sent."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise DeliveryFailed(f"The certificate of {target.host} is not valid: {error.verify_message}.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        if clock.is_over():
            raise DeliveryFailed(f"{target.host} did not answer within {TIME_LIMIT_S:.0f} seconds.") from None
        raise DeliveryFailed(_why(error, target)) from None
    if 300 <= status < 400:
        raise DeliveryFailed(f"{target.host} answered with {status}. Redirects are not followed.", status)
    if not 200 <= status < 300:
        raise DeliveryFailed(f"{target.host} answered with {status}.", status)
    return status


class _Clock:
    """Closes the connection when the time is over: a timeout of a socket begins anew with every byte."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.socket: socket.socket | None = None

    def left(self) -> float:
        return max(self.end - time.monotonic(), 0.01)

    def is_over(self) -> bool:
        return time.monotonic() >= self.end

    def cut(self) -> None:
        if self.socket is not None:
            try:
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
            except OSError:  # it is closed already
                pass


@contextmanager
def _within(seconds: float) -> Iterator[_Clock]:
    clock = _Clock(seconds)
    timer = threading.Timer(seconds, clock.cut)
    timer.daemon = True
    timer.start()
    try:
        yield clock
    finally:
        timer.cancel()


def _send(target: Target, headers: Mapping[str, str], body: bytes, is_allowed: Check, clock: _Clock) -> int:
    addresses = resolve(target.host, target.port, is_allowed)
    context = ssl.create_default_context() if target.scheme == "https" else None
    connection = (
        http.client.HTTPSConnection(target.host, target.port, context=context)
        if context
        else http.client.HTTPConnection(target.host, target.port)
    )
    connection.auto_open = 0  # otherwise it would resolve the name itself
    try:
        connection.sock = clock.socket = _connected(addresses, target.port, clock)
        if context:
            # The handshake follows when the clock knows the new socket.
            encrypted = context.wrap_socket(connection.sock, server_hostname=target.host, do_handshake_on_connect=False)
            connection.sock = clock.socket = encrypted
            encrypted.do_handshake()
        sent = {"Content-Type": "application/json", "User-Agent": "digitsite", "Connection": "close", **headers}
        connection.request("POST", target.path, body, sent)
        with connection.getresponse() as answer:
            return answer.status
    finally:
        connection.close()


def _connected(addresses: list[str], port: int, clock: _Clock) -> socket.socket:
    """A connection to the first address that accepts one. Raises OSError."""
    for address in addresses[:-1]:
        try:
            return _connected([address], port, clock)
        except OSError:
            pass
    connection = socket.create_connection((addresses[-1], port), clock.left())
    connection.settimeout(clock.left())
    return connection


def _why(error: Exception, target: Target) -> str:
    if isinstance(error, socket.gaierror):
        return f"There is no host {target.host}, or its address cannot be found now."
    if isinstance(error, ConnectionRefusedError):
        return f"{target.host} accepts no connections on port {target.port}."
    if isinstance(error, ssl.SSLError):
        return f"No encrypted connection to {target.host} could be made."
    if isinstance(error, http.client.HTTPException):
        return f"{target.host} did not answer as a web server does."
    return f"The connection to {target.host} failed."
