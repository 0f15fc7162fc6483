"""Gunicorn's threaded worker, except that a thread gets a request only once it has arrived.

Gunicorn 27 gives a thread to a connection as soon as a byte is there, and the thread then waits for the rest as long as
the client likes: 18 unfinished requests took all threads of a site. Here the worker's loop receives requests
(`incoming`), in which a slow or silent client costs a file descriptor, and threads answer them. Long uploads are
received by threads of their own. While all threads are busy, requests wait in the loop too, which decides whose turn is
next and refuses what cannot be done in time (`turns`).
"""

import errno
import selectors
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.errors import ConfigError  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from .asked import Asked, asked
from .board import Board
from .incoming import Incoming
from .line import Line
from .turns import Refusal

UPLOADS = 3  # long bodies that a process receives at once
UPLOADS_WAITING = 9  # more are refused
KEPT_MB = 256  # of unfinished requests in files, for each process
LINGER_S = 2  # for a client to read the last answer and close
UNREAD_S = 30  # a client may leave an answer unread
LOOK_S = 0.02  # how often the loop looks whether another process has answered what a waiting sender has at work
REFUSAL = (
    "HTTP/1.1 {status}\r\nConnection: close\r\nRetry-After: 5\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: {length}\r\n\r\n{sentence}"
)


class Connection(TConn):  # type: ignore[misc]
    """A connection, whose request is received without a thread."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.incoming = Incoming(self.sock)
        self.parser = RequestParser(self.cfg, self.sock, self.client)
        self.parser.unreader = self.incoming
        self.initialized = True
        self.lingers_until = 0.0

    def deadline(self) -> float:
        return self.lingers_until or self.incoming.deadline()


class ReceivingWorker(ThreadWorker):  # type: ignore[misc]
    """Receives requests in its loop. Of several processes, the one with the fewest connections accepts a new one.

    A browser keeps its connection, so one process would otherwise serve more people than the others. With sixteen
    people at once, 5 % of answers took 129 to 145 ms or longer; without this, 163 ms (docs/performance.md).
    """

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise ConfigError("This worker does not serve HTTPS. Use a reverse proxy for it.")

    board: Board | None = None  # shared with the other processes; digitsite.gunicorn sets both
    place = 0

    def init_process(self) -> None:
        board = self.board or Board(1, self.cfg.threads)
        self.line: Line[Connection] = Line(board, self.place, self.cfg.threads, self.worker_connections // 2)
        self.uploads = ThreadPoolExecutor(UPLOADS, "upload")
        self.uploading = 0
        self.waiting: dict[Connection, None] = {}  # for the client; the oldest first
        self.next_look = 0.0
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        others = self.nr_conns - len(self.waiting)
        time.sleep(min(others, 10) * 0.0005)  # by then, a less busy process has accepted it
        if self.nr_conns >= self.worker_connections - 1 and self.waiting:
            self._drop(next(iter(self.waiting)))
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        if client.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:
        """Begins to receive a request; gunicorn would give it to a thread."""
        conn.sock.setblocking(False)
        conn.incoming.begin()
        self.waiting[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        self._receive(conn)

    def _receive(self, conn: Connection, _socket: Any = None) -> None:
        try:
            if not conn.incoming.receive():
                return
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOSPC:
                self._drop(conn)
                return
            self._forget(conn)
            self.log.error("A request cannot be received: %s", error)
            self._refuse(conn, "503 Service Unavailable", "The disk of this site is full. Try again later.")
            return
        self._forget(conn)
        self._answer(conn)

    def _answer(self, conn: Connection) -> None:
        """Gives a long upload to a thread; lets another request wait for its turn, which is at once if one is free."""
        if not conn.incoming.is_whole:
            self._receive_upload(conn)
            return
        request = asked(conn.incoming.head)
        if why := self.line.join(conn, request):
            self._shed(conn, request, why)
        else:
            self._begin_waiting()

    def _receive_upload(self, conn: Connection) -> None:
        if self.uploading >= UPLOADS + UPLOADS_WAITING:
            self._refuse(conn, "503 Service Unavailable", "Many people are uploading. Try again in a moment.")
            return
        self.uploading += 1
        conn.incoming.rewind()
        future = self.uploads.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self._finish_upload, conn, done))

    def _finish_upload(self, conn: Connection, future: "Future[bool]") -> None:
        self.uploading -= 1
        self.finish_request(conn, future)

    def _begin_waiting(self) -> None:
        """Gives free threads to those whose turn it is."""
        for conn, request in self.line.give_up():
            self._shed(conn, request, Refusal.SENDER if request.is_program else Refusal.SITE)
        while chosen := self.line.begin_next():
            conn, request = chosen
            conn.incoming.rewind()
            self.tpool.submit(self.handle, conn).add_done_callback(
                partial(self.method_queue.defer, self._finish, conn, request)
            )

    def _finish(self, conn: Connection, request: Asked, future: "Future[bool]") -> None:
        self.line.end(request)
        self.finish_request(conn, future)
        self._begin_waiting()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, LOOK_S) if self.line.waiting else timeout)
        if self.line.waiting:
            self._begin_waiting()

    def finish_request(self, conn: Connection, fs: "Future[bool]") -> None:
        """Waits for the next request, or closes the connection. Gunicorn's loop would wait for the client to close."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.lingers_until = time.monotonic() + LINGER_S
        self.waiting[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._linger, conn))

    def _linger(self, conn: Connection, _socket: Any) -> None:
        """Closes once the client has: earlier, the system would discard what it has not read (RFC 9112, 9.6)."""
        with suppress(BlockingIOError):
            try:
                if conn.sock.recv(2**16):
                    return
            except ConnectionError:
                pass
            self._drop(conn)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether another request may follow. In a thread: the rest of an upload is not waited for."""
        if not keepalive or not conn.incoming.is_whole:
            return False
        return bool(super()._keepalive_after(conn, keepalive)) and conn.incoming.carry_over()

    def murder_pending(self) -> None:
        """Once a second, closes what has waited for too long."""
        if (now := time.monotonic()) < self.next_look:
            return
        self.next_look = now + 1
        for conn in [conn for conn in self.waiting if now > conn.deadline()]:
            if conn.lingers_until or not conn.incoming.size:
                self._drop(conn)
            else:
                self._forget(conn)
                self._refuse(conn, "408 Request Timeout", "The request did not arrive in time. Try again.")
        kept = sum(conn.incoming.size for conn in self.waiting)
        while kept > KEPT_MB * 2**20:
            oldest = next(iter(self.waiting))
            kept -= oldest.incoming.size
            self._drop(oldest)

    def _shed(self, conn: Connection, request: Asked, why: Refusal) -> None:
        from classifier.http.metrics import counting  # it needs what gunicorn.raw_env says

        from . import refusals  # it needs Django's templates, for which nothing is set up when gunicorn reads this file

        stays = conn.incoming.is_followed()  # a new connection for each dropped preview would keep the loop busy
        status, response = refusals.answer(request, conn.incoming.head, why, stays)
        counting.count_shed(request.kind.name.lower(), why.value, status)
        sent: Future[bool] = Future()
        try:
            sent.set_result(conn.sock.send(response) == len(response) and stays)
        except OSError:
            sent.set_result(False)
        self.finish_request(conn, sent)

    def _refuse(self, conn: Connection, status: str, sentence: str) -> None:
        from classifier.http.metrics import counting  # it needs what gunicorn.raw_env says

        counting.count_request("(web server)", int(status[:3]), 0)
        with suppress(OSError):
            conn.sock.send(REFUSAL.format(status=status, length=len(sentence), sentence=sentence).encode())
        self._close(conn)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self._close(conn)

    def _forget(self, conn: Connection) -> None:
        del self.waiting[conn]
        self.poller.unregister(conn.sock)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()
