"""The results of a batch: its pictures page by page, and the results files in JSON and CSV."""

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from classifier.digits.numbers import number_of, reading_of, text_of
from classifier.digits.spreadsheets import Row, as_csv
from classifier.models import (
    NO_CONFIDENCE,
    Batch,
    BatchFile,
    BatchFileQuerySet,
    Digit,
    DigitQuerySet,
    Drawing,
    Prediction,
)

RESULTS_AT_ONCE = 500  # rows of a results file in memory
PAGE = 60  # pictures on a page
RESULTS_SCHEMA = "digitsite-batch-results/1"

Verdict = Prediction.Verdict
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    digits: list[Digit]  # the leftmost digit of each picture, with its siblings
    after: str  # public id of the last picture, after which the next page begins; empty on an empty first page
    has_more: bool


def page(batch: Batch, after: str = "", size: int = PAGE) -> Page:
    """The pictures after `after`, in the order of the archive; an unknown id starts at the first."""
    drawings = Drawing.objects.filter(batch=batch).order_by("pk")
    with suppress(ValueError):
        if last := after and drawings.filter(public_id=uuid.UUID(after)).first():
            drawings = drawings.filter(pk__gt=last.pk)
        else:
            after = ""
    rows = list(drawings.values_list("pk", "public_id")[: size + 1])
    keys = [key for key, _ in rows[:size]]
    digits = _by_drawing(Digit.objects.filter(drawing__in=keys).for_lists())
    return Page([each[0] for each in digits], str(rows[:size][-1][1]) if rows else after, len(rows) > size)


def _by_drawing(digits: DigitQuerySet) -> Iterator[list[Digit]]:
    """Yields the digits of each drawing, from the left, and makes them known to each other as siblings."""
    for _, some in groupby(digits.order_by("drawing_id", "position"), lambda digit: digit.drawing_id):
        siblings = list(some)
        for digit in siblings:
            digit.siblings = siblings
        yield siblings


def results(batch: Batch) -> Iterator[dict[str, Any]]:
    """A row for each digit of a batch, in the order of its archive. Takes the same memory for any number of rows."""
    for digits in _pictures(batch):
        number = number_of(digits)
        for digit in digits:
            yield _result(digit) | {"number": number}


def entries(batch: Batch) -> Iterator[dict[str, Any]]:
    """As `results`, with a row for each picture and its digits in short."""
    return map(_entry, _pictures(batch))


def _pictures(batch: Batch) -> Iterator[list[Digit]]:
    last = 0
    while True:
        of_batch = Drawing.objects.filter(batch=batch, pk__gt=last).order_by("pk")
        keys = list(of_batch.values_list("pk", flat=True)[:RESULTS_AT_ONCE])
        if not keys:
            return
        digits = Digit.objects.filter(drawing__in=keys).with_predictions().defer("pixels", "hints")
        yield from _by_drawing(digits.select_related("drawing__number_correction"))
        last = keys[-1]


def _entry(digits: list[Digit]) -> dict[str, Any]:
    drawing, number, reading = digits[0].drawing, number_of(digits), reading_of(digits[0].drawing)
    known = drawing.true_number or ("" if drawing.true_label is None else str(drawing.true_label))
    whole = getattr(drawing, "number_correction", None)
    rows = [_result(digit) for digit in digits]
    return {
        "file": drawing.member_title,
        "drawing": str(drawing.public_id),
        "number": number,
        "text": text_of(digits) if number is not None else None,
        "verdict": reading.verdict if reading is not None else None,
        "confidence": digits[0].sureness if digits[0].sureness != NO_CONFIDENCE else None,
        "true_number": known or None,
        "right": number == known if known else None,
        "corrected_to": whole.text if whole is not None else None,
        "turned": drawing.turned,
        "digits": [{name: row[name] for name in _OF_ENTRY} for row in rows],
    }


_OF_ENTRY = ("id", "position", "digit", "verdict", "confidence", "true_label")


def _result(digit: Digit) -> dict[str, Any]:
    prediction, drawing = digit.prediction, digit.drawing
    row = {
        "file": drawing.member_title,
        "position": digit.position,
        "id": str(digit.public_id),
        "true_label": digit.true_label,
        "true_number": drawing.true_number or None,
        "turned": drawing.turned,
    }
    if prediction is None:
        return row | dict.fromkeys(_ANSWER)
    is_refused = prediction.verdict == Verdict.NOT_A_DIGIT
    return row | {
        "status": prediction.status,
        "verdict": prediction.verdict or None,
        "digit": None if is_refused else prediction.label,
        "confidence": prediction.confidence,
        "reason": prediction.reason or None,
        "candidates": prediction.candidates,
        "probabilities": prediction.probabilities,
        "model_version": prediction.version_name or None,
    }


_ANSWER = ("status", "verdict", "digit", "confidence", "reason", "candidates", "probabilities", "model_version")


def failures(batch: Batch) -> Iterator[dict[str, Any]]:
    """A row for each file of a batch without digits."""
    return _remarks(BatchFile.objects.filter(batch=batch).without_digits())


def label_problems(batch: Batch) -> Iterator[dict[str, Any]]:
    """A row for each label of a batch that was not used, and for each file without one; of very many, the first."""
    return _remarks(BatchFile.objects.filter(batch=batch).about_labels())


def _remarks(files: BatchFileQuerySet) -> Iterator[dict[str, Any]]:
    last = 0
    while rows := list(files.filter(pk__gt=last).order_by("pk")[:RESULTS_AT_ONCE]):
        for row in rows:
            yield {"file": row.name, "error": row.reason, "message": row.sentence}
        last = rows[-1].pk


def results_json(batch: Batch) -> Iterator[str]:
    """The results file as JSON, in pieces."""
    head = {"id": batch.public_id} | {name: _local(getattr(batch, name)) for name in _OF_BATCH}
    yield f'{{"schema": "{RESULTS_SCHEMA}",\n"batch": {json.dumps(head, cls=DjangoJSONEncoder)},\n"results": [\n'
    yield from _joined(json.dumps(row) for row in results(batch))
    yield '\n],\n"entries": [\n'
    yield from _joined(json.dumps(row) for row in entries(batch))
    yield '\n],\n"failed": [\n'
    yield from _joined(json.dumps(row) for row in failures(batch))
    yield '\n],\n"label_problems": [\n'
    yield from _joined(json.dumps(row) for row in label_problems(batch))
    yield "\n]}\n"


_OF_BATCH = [
    *("name", "status", "created", "finished", "one_digit", "total", "read", "failed"),
    *("digits", "unsure", "refused", "labelled", "right", "accuracy", "confusion"),
    *("numbers", "numbers_right"),
]


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) else value


def _joined(rows: Iterator[str]) -> Iterator[str]:
    before = ""
    for row in rows:
        yield before + row
        before = ",\n"


def results_csv(batch: Batch) -> Iterator[bytes]:
    """The results file as CSV, line by line: digits, then files without digits, then remarks about labels."""
    return as_csv(_csv_rows(batch))


def _csv_rows(batch: Batch) -> Iterator[Row]:
    yield [*_COLUMNS, *(f"p{digit}" for digit in range(10)), "error", "message", *_LATER_COLUMNS]
    for row in results(batch):
        probabilities = row["probabilities"] or [None] * 10
        yield [*(row[name] for name in _COLUMNS), *probabilities, None, None, *(row[name] for name in _LATER_COLUMNS)]
    for row in chain(failures(batch), label_problems(batch)):
        yield [row["file"], *[None] * (len(_COLUMNS) + 9), row["error"], row["message"], *[None] * len(_LATER_COLUMNS)]


_COLUMNS = (
    "file",
    "position",
    "id",
    "true_label",
    "status",
    "verdict",
    "digit",
    "confidence",
    "reason",
    "model_version",
)
_LATER_COLUMNS = ("true_number", "turned", "number")
