"""The worker's part: rows or strokes in, what is written in them out. Stores nothing."""

import time

from classifier.jobs import replies
from classifier.recognition.errors import ModelFileDamaged, NoInk
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch

from .messages import Json, pack_answer, pack_digit, unpack_digit, unpack_row
from .reader import DrawingRead, ServingReader


def answer_lines(content: Json, key: str) -> None:
    """Reads a drawing and replies to `key`; the reply is empty if no line reader is in service.

    content: as `asking.of_sketch` or `asking.of_rows` returns it.
    """
    try:
        reply = read_content(content)
    except (ModelFileDamaged, NoInk):
        replies.send(key, {})
        return
    replies.send(key, reply, served_by=reply["digit_version"][1])


def read_content(content: Json) -> Json:
    """What is written in a drawing, as the reply of `answer_lines`.

    Raises NoInk, and ModelFileDamaged if no line reader is in service or one cannot be loaded.
    """
    started = time.perf_counter()
    reader = ServingReader()
    read = reader.read(*_unpack(content))
    return _pack(read, reader, (time.perf_counter() - started) * 1000)


def _unpack(content: Json) -> tuple[list[Row], FoundDigit]:
    if "sketch" in content:
        sketch = Sketch(**content["sketch"])
        return rows_of_sketch(sketch), find_digits_in_sketch(sketch, one_digit=True)[0]
    return [unpack_row(row) for row in content["rows"]], unpack_digit(content["whole"])


def _pack(read: DrawingRead, reader: ServingReader, elapsed_ms: float) -> Json:
    return {
        "digits": [pack_digit(digit) for digit in read.digits],
        "answers": [pack_answer(answer.judgement, answer.logits) for answer in read.answers],
        "rows": [row.to_json() for row in read.rows],
        "digit_version": [reader.digit_version.pk, reader.digit_version.name],
        "line_version": [reader.line_version.pk, reader.line_version.name],
        "elapsed_ms": round(elapsed_ms, 3),
    }
