"""A light load generator in a process of its own: reads a job as JSON, writes figures as JSON.

Each client holds one connection and sends its next digit after each answer. It uses only the standard library.
"""

import asyncio
import json
import re
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

PLACE_OF_ID = b"00000000-0000-4000-8000-000000000000"  # placeholder in a request's body, replaced with a new UUID
PATIENCE_S = 30.0


@dataclass
class Job:
    """What to send, for how long, and what a finished answer looks like."""

    port: int
    path: str
    content_type: str
    bodies: list[str]  # bytes as Latin-1
    labels: list[int]  # the digit in each body
    people: list[dict[str, str]]  # each client's own headers
    status: int
    finished: str  # a regular expression: only a finished answer matches; its group is the digit
    seconds: float


@dataclass
class Result:
    latencies_ms: list[float] = field(default_factory=list)
    right: int = 0  # answers that name the digit sent
    unfinished: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Connection:
    """A keep-alive HTTP/1.1 connection, reopened when the server has closed it."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, bytes]:
        return await self._send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{self._headers}\r\n".encode())

    async def post(self, path: str, body: bytes, content_type: str) -> tuple[int, bytes]:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{self._headers}"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self._send(head.encode() + body)

    async def _send(self, request: bytes) -> tuple[int, bytes]:
        kept = self._streams is not None
        try:
            return await asyncio.wait_for(self._exchange(request), PATIENCE_S)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if not kept:
                raise
            return await asyncio.wait_for(self._exchange(request), PATIENCE_S)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        body = await self._body(reader, headers)
        if headers.get("connection") == "close":
            self.close()
        return int(status_line.split()[1]), body

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers.get("content-length", "0")))
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def run(job: Job) -> Result:
    """Runs one client for each of the job's people for its duration; each gets at least one answer."""
    result = Result()
    bodies = [body.encode("latin-1") for body in job.bodies]
    start = time.perf_counter()
    await asyncio.gather(
        *(_client(job, bodies, result, number, start + job.seconds) for number in range(len(job.people)))
    )
    result.seconds = time.perf_counter() - start
    return result


async def _client(job: Job, bodies: list[bytes], result: Result, number: int, end: float) -> None:
    connection = Connection(job.port, job.people[number])
    finished, turn = re.compile(job.finished.encode()), number
    while not result.failures:
        chosen = turn % len(bodies)
        turn += len(job.people)
        body = bodies[chosen].replace(PLACE_OF_ID, str(uuid.uuid4()).encode())
        start = time.perf_counter()
        try:
            status, answer = await connection.post(job.path, body, job.content_type)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            result.failures.append(repr(error))
            break
        took_ms = (time.perf_counter() - start) * 1e3
        if match := finished.search(answer) if status == job.status else None:
            result.latencies_ms.append(took_ms)
            result.right += int(match[1]) == job.labels[chosen]
        elif status in (200, 202):
            result.unfinished += 1
        else:
            result.failures.append(f"{status}: {answer[:300].decode(errors='replace')}")
        if time.perf_counter() >= end:
            break
    connection.close()


if __name__ == "__main__":
    given: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(asyncio.run(run(Job(**given)))), sys.stdout)
