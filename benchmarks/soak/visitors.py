"""The people, in a process of their own: reads a day as JSON, writes what came of it as JSON. As `benchmarks.load`.

Each does one thing after the other: draws a digit or a number, with previews while the pen is down, and in turn
corrects it, looks at it and at the history, uploads a picture, and sends and lists digits through the API.
"""

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.classroom.pupils import FORM, PEN_DOWN_S, PREVIEWS_S
from benchmarks.load import Connection
from benchmarks.people import CSRF
from benchmarks.workloads import PAD, PEN, drawn_digits, multipart, multipart_type, picture

PAUSE_S = 0.4  # between two things
KEPT = 20  # failures whose text is kept
ID_OF_DIGIT = re.compile(rb"/digits/([0-9a-f-]{36})/")


@dataclass
class Day:
    port: int
    people: list[dict[str, str]]  # as benchmarks.people makes them
    seconds: float


@dataclass
class Outcome:
    answers: dict[str, int] = field(default_factory=dict)  # for each kind of request
    late: int = 0  # answered with "working on it", or a preview that nobody answered in time
    failures: list[str] = field(default_factory=list)
    failed: int = 0

    def count(self, kind: str, status: int, answer: bytes) -> bool:
        """Counts an answer. Returns whether it was as it should be."""
        if status >= 300:
            self.failed += 1
            self.failures += [f"{kind}: {status} {_sentence(answer)}"][: KEPT - len(self.failures)]
            return False
        self.answers[kind] = self.answers.get(kind, 0) + 1
        self.late += status in (202, 204) or b'data-state="busy"' in answer
        return True


class Visitor:
    def __init__(self, day: Day, outcome: Outcome, number: int) -> None:
        person, self.outcome, self.turn = day.people[number], outcome, number
        session = {"Cookie": person["cookies"], "X-CSRFToken": CSRF}
        fragments = session | {"HX-Request": "true"}
        self.pad, self.preview = Connection(day.port, fragments), Connection(day.port, fragments)
        self.pages = Connection(day.port, session)
        self.program = Connection(day.port, {"Authorization": f"Token {person['token']}"})
        self.digits = drawn_digits()
        self.last: tuple[str, int] | None = None  # the digit drawn last, and what it shows

    async def visit(self, end: float) -> None:
        await asyncio.sleep(PAUSE_S * self.turn % 3)  # people do not do the same at the same time
        things: list[Callable[[], Awaitable[None]]] = [
            self.draw, self.correct, self.draw_number, self.look, self.draw, self.browse, self.upload, self.use_api,
        ]  # fmt: skip
        while time.monotonic() < end:
            try:
                await things[self.turn % len(things)]()
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.outcome.count(things[self.turn % len(things)].__name__, 599, repr(error).encode())
            self.turn += 1
            await asyncio.sleep(PAUSE_S)
        for each in (self.pad, self.preview, self.pages, self.program):
            each.close()

    async def draw(self) -> None:
        digit = self._digit()
        answer = await self._draw(digit["strokes"])
        if found := ID_OF_DIGIT.search(answer):
            self.last = found[1].decode(), digit["label"]

    async def draw_number(self) -> None:
        first, second = self._digit(), self.digits[(self.turn + 7) % len(self.digits)]
        await self._draw(_half(first["strokes"], 0) + _half(second["strokes"], PAD[0] / 2))

    async def correct(self) -> None:
        if self.last:
            name, label = self.last
            body = urlencode({"label": label}).encode()
            await self._post(self.pad, "correction", f"/digits/{name}/correction/", body, FORM)

    async def look(self) -> None:
        if self.last:
            await self._get(self.pages, "digit", f"/digits/{self.last[0]}/")
            await self._get(self.pages, "picture of it", f"/digits/{self.last[0]}/input.png")

    async def browse(self) -> None:
        for query in ("", "?sort=least_sure", f"?digit={self.turn % 10}"):
            await self._get(self.pages, "history", f"/history/{query}")
        await self._get(self.pages, "summary", "/history/summary/")

    async def upload(self) -> None:
        body = multipart(picture(self._digit()), source="upload")
        await self._post(self.pad, "picture", "/pictures/", body, multipart_type())

    async def use_api(self) -> None:
        body = json.dumps({"strokes": self._digit()["strokes"], "size": PAD, "pen": PEN}).encode()
        await self._post(self.program, "API", "/api/v1/digits/", body, "application/json")
        await self._get(self.program, "API list", "/api/v1/digits/")

    def _digit(self) -> dict[str, Any]:
        return self.digits[self.turn % len(self.digits)]

    async def _draw(self, strokes: list[Any]) -> bytes:
        """As a pen does: previews of what is drawn so far, then the drawing is saved."""
        begun, asked = time.monotonic(), None
        for moment in PREVIEWS_S:
            await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
            if asked is None or asked.done():
                part = strokes[: max(1, round(len(strokes) * moment / PEN_DOWN_S))]
                asked = asyncio.create_task(self._send_strokes(self.preview, "preview", "/drawings/preview/", part))
        await asyncio.sleep(max(0.0, begun + PEN_DOWN_S - time.monotonic()))
        answer = await self._send_strokes(self.pad, "drawing", "/drawings/", strokes)
        if asked is not None:
            await asked
        return answer

    async def _send_strokes(self, connection: Connection, kind: str, path: str, strokes: list[Any]) -> bytes:
        fields = {"drawing": uuid.uuid4(), "revision": 1, "strokes": json.dumps(strokes), "pen": PEN}
        body = urlencode(fields | {"width": PAD[0], "height": PAD[1], "pointer": "mouse"}).encode()
        return await self._post(connection, kind, path, body, FORM)

    async def _post(self, connection: Connection, kind: str, path: str, body: bytes, content_type: str) -> bytes:
        status, answer = await connection.post(path, body, content_type)
        return answer if self.outcome.count(kind, status, answer) else b""

    async def _get(self, connection: Connection, kind: str, path: str) -> None:
        self.outcome.count(kind, *await connection.get(path))


def _sentence(answer: bytes) -> str:
    """What a page or problem says, in one line."""
    text = re.sub(r"<(style|script).*?</\1>|<[^>]*>|\s+", " ", answer.decode(errors="replace"), flags=re.DOTALL)
    return re.sub(" +", " ", text)[:200]


def _half(strokes: list[Any], right_px: float) -> list[Any]:
    """A drawing at half its size, moved to the right."""
    return [[[round(x / 2 + right_px, 1), round(y / 2 + 70, 1), ms] for x, y, ms in stroke] for stroke in strokes]


async def spend(day: Day) -> Outcome:
    outcome, end = Outcome(), time.monotonic() + day.seconds
    await asyncio.gather(*(Visitor(day, outcome, number).visit(end) for number in range(len(day.people))))
    return outcome


if __name__ == "__main__":
    json.dump(asdict(asyncio.run(spend(Day(**json.load(sys.stdin))))), sys.stdout)
