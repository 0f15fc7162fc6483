"""The request's part: asking a worker what is written in a drawing, before it is stored."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from classifier.decoding.pictures import Picture
from classifier.decoding.turning import Reply
from classifier.jobs import replies
from classifier.jobs.queue import enqueue
from classifier.jobs.watching import ReplyClock
from classifier.models import ModelVersion
from classifier.recognition.lines.screening import sketch_may_be_number
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.strokes import Sketch

from .messages import Json, ReadRow, pack_digit, pack_row, unpack_answer, unpack_digit

EXPIRES_S = 2.0  # after which no worker answers any more, and nobody waits


@dataclass(frozen=True)
class LinesRead:
    """What a worker read in the rows of a drawing."""

    digits: list[FoundDigit]
    reply: Reply  # to each digit
    rows: list[ReadRow]  # empty if the drawing was read as one digit
    version: tuple[int, str]  # of the line reader: key and name
    elapsed_ms: float


@dataclass(frozen=True)
class NotReadYet:
    """A drawing that may be a number, and no worker has answered in time."""

    rows: Json | None  # what the worker was sent of a picture; None for a sketch


def read_sketch(sketch: Sketch, *, wait_s: float | None = None) -> LinesRead | NotReadYet | None:
    """What a worker reads in a sketch; None if it is plainly one digit, or if no line reader is in service."""
    if not sketch_may_be_number(sketch):
        return None
    return _ask(content_of(sketch), wait_s)


def content_of(sketch: Sketch) -> Json:
    """What a worker is sent of a sketch."""
    strokes = {"strokes": sketch.strokes, "width": sketch.width, "height": sketch.height, "pen": sketch.pen}
    return {"sketch": strokes}


def read_picture_rows(picture: Picture) -> LinesRead | NotReadYet | None:
    """What a worker reads in the rows of a picture; None if it has none, or if no line reader is in service."""
    if picture.whole is None:
        return None
    return _ask({"rows": [pack_row(row) for row in picture.rows], "whole": pack_digit(picture.whole)}, None)


def _ask(content: Json, wait_s: float | None) -> LinesRead | NotReadYet | None:
    """wait_s: at most; by default as long as a request waits for an answer."""
    if not ModelVersion.objects.active(ModelVersion.Kind.LINE).exists():
        return None
    wait_s = min(settings.ANSWER_WAIT_S if wait_s is None else wait_s, EXPIRES_S)
    key, asked, clock = replies.new_reply_key(), timezone.now(), ReplyClock()
    is_sent = wait_s > 0 and enqueue("classifier.read_lines", content, key, expires_s=EXPIRES_S)
    reply = replies.wait_for(key, wait_s) if is_sent else None
    if is_sent and reply != {}:  # {}: no line reader could answer
        clock.stop(reply["elapsed_ms"] if reply else None, "lines")
    if reply is None:
        return NotReadYet(content if "rows" in content else None)
    return unpack(reply, asked) if reply else None


def unpack(reply: Json, asked: datetime) -> LinesRead:
    """A worker's reply to content sent at a moment."""
    inference_ms = reply["elapsed_ms"] / len(reply["digits"])
    answers = [unpack_answer(answer, inference_ms) for answer in reply["answers"]]
    digit_key, digit_name = reply["digit_version"]
    line_key, line_name = reply["line_version"]
    return LinesRead(
        digits=[unpack_digit(digit) for digit in reply["digits"]],
        reply=Reply(answers, (digit_key, digit_name), asked, timezone.now()),
        rows=[ReadRow.from_json(row) for row in reply["rows"]],
        version=(line_key, line_name),
        elapsed_ms=reply["elapsed_ms"],
    )
