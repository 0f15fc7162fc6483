"""The pupils, in a process of their own: reads a lesson as JSON, writes figures as JSON. As `benchmarks.load`.

Each draws a stroke each second. As the pad does, it asks for a preview four times a second while the pen is down,
unless the last one is still on its way, and saves the drawing when the pen is lifted.
"""

import asyncio
import json
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import Connection

STROKE_S = 1.0  # from one stroke to the next
PEN_DOWN_S = 0.75
PREVIEWS_S = (0.2, 0.45, 0.7)  # after the pen is put down
FORM = "application/x-www-form-urlencoded"


@dataclass
class Lesson:
    port: int
    drawings: list[Any]  # the strokes of each
    size: tuple[int, int]
    pen: int
    pupils: list[dict[str, str]]  # each one's headers
    token: dict[str, str] | None  # headers of a program that sends all it may, if there is one
    seconds: float


@dataclass
class Figures:
    previews_ms: list[float] = field(default_factory=list)
    saves_ms: list[float] = field(default_factory=list)
    empty: int = 0  # previews that nobody answered in time
    skipped: int = 0  # previews that were not asked for, because the last one was on its way
    by_token: int = 0  # answers to the program
    refused: int = 0  # to the program, because it had sent too many
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        for each in fields(Figures):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


async def hold(lesson: Lesson) -> Figures:
    """Runs the lesson. It ends early at the first failure."""
    figures, end = Figures(), time.monotonic() + lesson.seconds
    count = len(lesson.pupils)
    work = [_pupil(lesson, figures, number, number / count, end) for number in range(count)]
    if lesson.token is not None:
        work += [_program(lesson, figures, number, end) for number in range(4)]
    await asyncio.gather(*work)
    return figures


async def _pupil(lesson: Lesson, figures: Figures, number: int, late_s: float, end: float) -> None:
    await asyncio.sleep(late_s * STROKE_S)  # pupils do not draw in step
    pad, preview = (Connection(lesson.port, lesson.pupils[number]) for _ in range(2))
    turn = number
    while time.monotonic() < end and not figures.failures:
        started = time.monotonic()
        strokes = lesson.drawings[turn % len(lesson.drawings)]
        turn += 1
        pending: asyncio.Task[None] | None = None
        for moment in PREVIEWS_S:
            await asyncio.sleep(max(0.0, started + moment - time.monotonic()))
            if pending is not None and not pending.done():
                figures.skipped += 1
                continue
            part = _part(strokes, moment / PEN_DOWN_S)
            pending = asyncio.create_task(_ask(lesson, figures, preview, "/drawings/preview/", part))
        await asyncio.sleep(max(0.0, started + PEN_DOWN_S - time.monotonic()))
        await _ask(lesson, figures, pad, "/drawings/", strokes)
        if pending is not None:
            await pending
        await asyncio.sleep(max(0.0, started + STROKE_S - time.monotonic()))
    pad.close()
    preview.close()


def _part(strokes: Any, share: float) -> Any:
    """The beginning of a drawing: this share of its points."""
    left = max(2, round(share * sum(map(len, strokes))))
    drawn = []
    for stroke in strokes:
        if left > 0:
            drawn.append(stroke[:left])
            left -= len(stroke)
    return drawn


async def _ask(lesson: Lesson, figures: Figures, connection: Connection, path: str, strokes: Any) -> None:
    width, height = lesson.size
    fields = {"drawing": uuid.uuid4(), "revision": 1, "strokes": json.dumps(strokes), "width": width, "height": height}
    body = urlencode(fields | {"pen": lesson.pen, "pointer": "mouse"}).encode()
    is_preview, started = path.endswith("preview/"), time.perf_counter()
    status, answer = await connection.post(path, body, FORM)
    took_ms = (time.perf_counter() - started) * 1e3
    if is_preview and status == 204:
        figures.empty += 1
    elif status == 200 and b'data-state="done"' in answer:
        (figures.previews_ms if is_preview else figures.saves_ms).append(took_ms)
    else:
        figures.failures.append(f"{path} {status}: {answer[:200].decode(errors='replace')}")


async def _program(lesson: Lesson, figures: Figures, number: int, end: float) -> None:
    connection = Connection(lesson.port, lesson.token or {})
    while time.monotonic() < end and not figures.failures:
        strokes = lesson.drawings[number % len(lesson.drawings)]
        body = json.dumps({"strokes": strokes, "size": lesson.size, "pen": lesson.pen}).encode()
        status, _ = await connection.post("/api/v1/digits/", body, "application/json")
        number += 1
        if status == 429:
            figures.refused += 1
            await asyncio.sleep(0.2)
        else:
            figures.by_token += 1
    connection.close()


if __name__ == "__main__":
    json.dump(asdict(asyncio.run(hold(Lesson(**json.load(sys.stdin))))), sys.stdout)
