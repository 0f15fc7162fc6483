"""One request as it arrives: kept until it is whole, so nobody who sends slowly holds a thread.

This finds only where a request ends. Gunicorn reads the same bytes afterwards and decides what they mean. If it wants
more than has been found, it sees the end of the connection, so it never waits for the client.
"""

import re
import socket
import time
from tempfile import SpooledTemporaryFile

from django.conf import settings
from gunicorn.http.errors import LimitRequestHeaders  # type: ignore[import-untyped]
from gunicorn.http.unreader import Unreader  # type: ignore[import-untyped]

from classifier.http.sizes import max_bytes

HEAD_S = 10  # for the request line and headers
IDLE_S = 30  # without a byte of the body
BYTES_PER_S = 500  # of a body on average, after the first IDLE_S: less than the slowest telephone network
HEAD_MAX = 2**17  # bytes; gunicorn refuses single lines and fields far below this
PIECE = 2**16  # bytes received at a time
IN_MEMORY = 2**16  # bytes; more is kept in a file
KEPT_WHOLE = 8 * 2**20  # bytes of a request of known length that is received before it is answered
FIRST_PART = 2**20  # bytes of a longer one, or of one of unknown length

HEAD_END = re.compile(rb"\r?\n\r?\n")  # gunicorn refuses line ends without CR
LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r", re.IGNORECASE)
CODED = re.compile(rb"\ntransfer-encoding:", re.IGNORECASE)
KIND = re.compile(rb"\ncontent-type:[ \t]*([^\r\n;]*)", re.IGNORECASE)
EXPECTED = re.compile(rb"\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
CLOSING = re.compile(rb"\nconnection:[ \t]*close", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-f]{1,16})[ \t]*(;|\r?\Z)", re.IGNORECASE)
CHUNK_LINE_MAX = 8190  # bytes, as gunicorn's limit


class Chunks:
    """Finds the end of a chunked body (RFC 9112, 7.1)."""

    def __init__(self) -> None:
        self._skip = 0  # bytes of a chunk that are still to come
        self._line = b""
        self._in_trailer = False

    def end_in(self, data: bytes) -> bool:
        """Takes the next bytes. Returns whether the body ends in them, or is so wrong that gunicorn refuses it."""
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip, at = self._skip - step, at + step
                continue
            end = data.find(b"\n", at)
            self._line += data[at:] if end < 0 else data[at:end]
            if end < 0 or len(self._line) > CHUNK_LINE_MAX:
                return len(self._line) > CHUNK_LINE_MAX
            line, self._line, at = self._line, b"", end + 1
            if self._line_ends_body(line):
                return True
        return False

    def _line_ends_body(self, line: bytes) -> bool:
        if self._in_trailer:
            return not line.strip()
        size = CHUNK_SIZE.match(line)
        if size is None:
            return True
        length = int(size[1], 16)
        self._in_trailer = length == 0
        self._skip = length + len("\r\n") if length else 0
        return False


class Incoming(Unreader):  # type: ignore[misc]
    """What has arrived on a connection, for gunicorn's parser to read."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self.sock = connection
        self._spool = SpooledTemporaryFile[bytes](IN_MEMORY)

    def begin(self) -> None:
        """Begins a request with what arrived behind the one before."""
        self._spool.close()
        # On the disk where uploads go: /tmp may be memory.
        self._spool = SpooledTemporaryFile[bytes](IN_MEMORY, dir=str(settings.FILE_UPLOAD_TEMP_DIR))
        self._started = self._heard = time.monotonic()
        self._head: bytes | None = b""  # None once it is whole
        self.head = b""  # once it is whole
        self._chunks: Chunks | None = None
        self._length = 0  # of head and body; known once the head is whole
        self.size = 0
        self.is_whole = self.has_ended = self._is_refused = False
        if left := self.take_buffered():
            self._add(left)

    def receive(self) -> bool:
        """Receives what is there. Returns whether a thread can take the request.

        Raises BlockingIOError if nothing is there, another OSError if the connection is lost or ends inside the head.
        """
        if self.size and self._is_ready():
            return True
        data = self.sock.recv(PIECE)
        if data:
            self._add(data)
        elif self._head is not None:
            raise ConnectionResetError
        else:
            self.is_whole = self.has_ended = True
        return self._is_ready()

    def deadline(self) -> float:
        """When (time.monotonic) the next bytes must have arrived."""
        if self._head is not None:
            return self._started + HEAD_S
        return min(self._heard, self._started + self.size / BYTES_PER_S) + IDLE_S

    def is_followed(self) -> bool:
        """Whether another request may come on the connection if this one is not given to a thread."""
        is_exact = not self._chunks and self.size == max(self._length, len(self.head))
        return is_exact and not self.has_ended and b" HTTP/1.1\r\n" in self.head and not CLOSING.search(self.head)

    def rewind(self) -> None:
        """Lets the thread that has been given the request read it from its beginning."""
        self._spool.seek(0)

    def carry_over(self) -> bool:
        """Keeps what arrived behind this request for the next. Returns False if the connection cannot have one."""
        self.buf.seek(0, 2)
        self.buf.write(self._spool.read())
        return self.is_whole and not self.has_ended

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes for gunicorn; b"" at the end of the request."""
        size = max(PIECE, min(size_hint or 0, 2**20))
        if (data := self._spool.read(size)) or self.is_whole:
            return data
        if self._head is not None:
            raise LimitRequestHeaders(f"more than {HEAD_MAX} bytes")
        return self._from_client(size)

    def _from_client(self, size: int) -> bytes:
        """Waits in a thread for more of a long body. A client that sends too slowly counts as gone."""
        if self.sock.gettimeout() is None:
            self.sock.settimeout(max(0.01, self.deadline() - time.monotonic()))
            try:
                data = self.sock.recv(size)
            except TimeoutError:
                data = b""
            finally:
                self.sock.settimeout(None)
        else:  # gunicorn drops the rest of a body and has set its own timeout
            data = self.sock.recv(size)
        self.size, self._heard = self.size + len(data), time.monotonic()
        if not data:
            self.is_whole = self.has_ended = True
        return data

    def _add(self, data: bytes) -> None:
        self._spool.write(data)
        self.size, self._heard = self.size + len(data), time.monotonic()
        if self._head is not None:
            self._head += data
            if not (end := HEAD_END.search(self._head)):
                return
            head, data = self._head[: end.end()], self._head[end.end() :]
            self._head, self.head = None, head
            self._look_at_head(head, data)
        if self._chunks:
            self.is_whole = self.is_whole or self._chunks.end_in(data)
        else:
            self.is_whole = self.size >= self._length

    def _look_at_head(self, head: bytes, rest: bytes) -> None:
        length = LENGTH.search(head)
        if CODED.search(head):
            self._chunks = Chunks()
        elif length:
            self._length = len(head) + int(length[1])
            self._is_refused = int(length[1]) > _max_bytes(head)
        if EXPECTED.search(head) and not rest and not self._is_refused and b" HTTP/1.1\r\n" in head:
            self._ask_for_body(head)

    def _ask_for_body(self, head: bytes) -> None:
        """Tells the client to go on. Gunicorn would do so too late, so the header is taken out (RFC 9110, 10.1.1)."""
        self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        shorter = EXPECTED.sub(b"\n", head)
        self._spool.seek(0)
        self._spool.truncate()
        self._spool.write(shorter)
        self.size -= len(head) - len(shorter)
        self._length -= len(head) - len(shorter)

    def _is_ready(self) -> bool:
        if self._head is not None:
            return len(self._head) > HEAD_MAX
        long = self._chunks is not None or self._length > KEPT_WHOLE
        return self.is_whole or self._is_refused or (long and self.size > FIRST_PART)


def _max_bytes(head: bytes) -> int:
    """So long a body is received at most before the site is asked, which refuses longer ones unread."""
    method, target = [*head.lstrip().split(b" ", 2), b"", b""][:2]
    kind = KIND.search(head)
    path = target.partition(b"?")[0].decode("latin-1").removeprefix(settings.SCRIPT_NAME)
    return max_bytes(method.decode("latin-1"), path, kind[1].decode("latin-1").lower() if kind else "")
