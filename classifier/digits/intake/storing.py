"""Stores a drawing's digits with their waiting predictions and sends one question for all of them."""

import base64
from dataclasses import asdict, dataclass
from typing import Self

from django.db import transaction
from django.utils import timezone

from classifier.decoding.turning import Reply
from classifier.digits.lines.asking import LinesRead, NotReadYet
from classifier.digits.lines.messages import fields_of
from classifier.digits.numbers import reading_of
from classifier.jobs.questions import Question, ask
from classifier.jobs.queue import enqueue
from classifier.models import Digit, Drawing, LateReading, ModelVersion, NumberReading, Prediction
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.preprocessing.pipeline import FoundDigit


@dataclass(frozen=True)
class Content:
    """The digits of a drawing, with what workers have answered already."""

    digits: list[FoundDigit]
    reply: Reply | None = None  # to each digit
    lines: LinesRead | None = None
    late: NotReadYet | None = None  # instead of `lines`, if a worker has still to read them

    @classmethod
    def read(cls, lines: LinesRead) -> Self:
        """What a line reader read."""
        return cls(lines.digits, lines.reply, lines)


def store(drawing: Drawing, content: Content) -> Digit:
    """Inserts a new drawing with its digits. Returns the leftmost. Called in a transaction.

    A question is sent for the digits unless they are answered already.
    """
    drawing.save(force_insert=True)
    return complete(drawing, Digit.objects.bulk_create(new_digits(drawing, content.digits)), content)


def complete(drawing: Drawing, digits: list[Digit], content: Content) -> Digit:
    """Stores the answers to a drawing's stored digits, or requests them. Returns the leftmost digit."""
    reading = _store_reading(drawing, content.lines)
    Drawing.reading.related.set_cached_value(drawing, reading)  # also None, so that no page asks the database
    if content.late is not None:
        _request_reading(drawing, content.late)
    if content.reply is None:
        return request_predictions(drawing, digits)
    return _store_answers(drawing, digits, content.reply)


def _store_reading(drawing: Drawing, lines: LinesRead | None) -> NumberReading | None:
    """Stores what the line reader read in the drawing's newest revision, and forgets what it read before."""
    if drawing.revision > 1 and (earlier := reading_of(drawing)) is not None:
        earlier.delete()
    if lines is None or not lines.rows:
        return None
    return NumberReading.objects.create(
        drawing=drawing,
        revision=drawing.revision,
        model_version=ModelVersion(pk=lines.version[0], name=lines.version[1]),
        elapsed_ms=lines.elapsed_ms,
        **fields_of(lines.rows),
    )


def _request_reading(drawing: Drawing, late: NotReadYet) -> None:
    """Remembers that a drawing is to be read as a whole; the job is sent on commit. See `late`."""
    now = timezone.now()
    fields = {"revision": drawing.revision, "rows": late.rows, "created": now, "sent": now, "attempts": 1}
    reading, _ = LateReading.objects.update_or_create(drawing=drawing, defaults=fields)
    transaction.on_commit(lambda: enqueue("classifier.read_late", reading.pk), robust=True)


def _store_answers(drawing: Drawing, digits: list[Digit], reply: Reply) -> Digit:
    key, name = reply.version
    for digit, answer in zip(digits, reply.answers, strict=True):
        prediction = Prediction(
            digit=digit,
            revision=drawing.revision,
            preprocessing_version=digit.preprocessing_version,
            model_version=ModelVersion(pk=key, name=name),
            status=Prediction.Status.DONE,
            logits=answer.logits,
            inference_ms=answer.inference_ms,
            created=reply.asked,
            sent=reply.asked,
            finished=reply.answered,
            **asdict(answer.judgement),
        )
        digit.current_predictions = [prediction]
    Prediction.objects.bulk_create(digit.current_predictions[0] for digit in digits)
    return link(digits)


def new_digits(drawing: Drawing, found_digits: list[FoundDigit], first: int = 0) -> list[Digit]:
    """Unsaved digits for those found, from position `first` on."""
    return [
        fill(Digit(drawing=drawing, position=position), found_digit)
        for position, found_digit in enumerate(found_digits)
        if position >= first
    ]


def replace_digits(drawing: Drawing, digits: list[Digit], found_digits: list[FoundDigit]) -> list[Digit]:
    """Stores the digits found in a drawing in place of `digits`, all that it has, from the left.

    Digits keep their identity by position, so they stay the same when a digit is added at the right. Surplus digits are
    deleted with their corrections.
    """
    kept = digits[: len(found_digits)]
    for digit, found_digit in zip(kept, found_digits, strict=False):
        digit.drawing = drawing
        fill(digit, found_digit).save(update_fields=["pixels", "box", "hints", "preprocessing_version"])
    for digit in digits[len(kept) :]:
        digit.delete()
    if len(found_digits) > len(kept):
        kept += Digit.objects.bulk_create(new_digits(drawing, found_digits, first=len(kept)))
    return kept


def fill(digit: Digit, found_digit: FoundDigit) -> Digit:
    digit.pixels, digit.box, digit.hints = found_digit.pixels.tobytes(), list(found_digit.box), found_digit.hints
    digit.preprocessing_version = pipeline.VERSION
    return digit


def request_predictions(drawing: Drawing, digits: list[Digit]) -> Digit:
    """Creates a waiting prediction for each digit; the question is sent on commit. Returns the leftmost digit."""
    predictions = Prediction.objects.bulk_create(
        Prediction(digit=digit, revision=drawing.revision, preprocessing_version=digit.preprocessing_version)
        for digit in digits
    )
    for digit, prediction in zip(digits, predictions, strict=True):
        digit.current_predictions = [prediction]
    question = Question(
        pixels=[to_base64(digit.pixels) for digit in digits],
        hints=[digit.hints for digit in digits],
        predictions=[prediction.pk for prediction in predictions],
    )
    transaction.on_commit(lambda: ask(question), robust=True)
    return link(digits)


def link(digits: list[Digit]) -> Digit:
    """Sets `siblings` of each of a drawing's digits. Returns the leftmost."""
    for digit in digits:
        digit.siblings = digits
    return digits[0]


def to_base64(pixels: bytes | memoryview) -> str:
    return base64.b64encode(pixels).decode()
