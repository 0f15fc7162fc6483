"""The short table for people: a row for each drawing or picture, with what a person wants to know of it."""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from django.contrib.auth.models import User
from django.utils import timezone

from classifier.batches import results
from classifier.digits.numbers import REFUSED, character
from classifier.digits.spreadsheets import Row
from classifier.models import Batch, Digit, DigitQuerySet, Drawing, Prediction
from classifier.recognition.verdict import sentence
from classifier.transfer.export_format import Record

from .drawings import drawing_records
from .versions import version_records

HEADER = ("File", "Answer", "Confidence (%)", "Doubtful", "Correction", "Label", "Sent", "How", "Note")
WIDTHS = (32, 14, 15, 10, 14, 14, 17, 18, 60)  # of the columns, in characters
NO_DIGIT = "not a digit"

Verdict = Prediction.Verdict


def table(owner: User, digits: DigitQuerySet) -> Iterator[Row]:
    """The header, and a row for each drawing of these digits, the oldest first."""
    yield HEADER
    for record in chain.from_iterable(drawing_records(digits, version_records(owner))):
        yield _row(record)


def batch_table(batch: Batch) -> Iterator[Row]:
    """The table of a batch in the order of its archive, its files without digits, and remarks about labels."""
    yield from table(batch.owner, Digit.objects.owned_by(batch.owner).filter(batch=batch))
    for remark in chain(results.failures(batch), results.label_problems(batch)):
        yield (remark["file"], *[None] * (len(HEADER) - 2), remark["message"])


def _row(drawing: Record) -> Row:
    answers = [_answer(digit, drawing["revision"]) for digit in drawing["digits"]]
    corrections = [digit["correction"] for digit in drawing["digits"]]
    confidences = [answer["confidence"] for answer in answers if answer["confidence"] is not None]
    label = drawing["true_number"] or drawing["true_label"]
    sent = timezone.localtime(datetime.fromisoformat(drawing["created"]))
    return (
        drawing["member"]["name"] if drawing["member"] else None,
        _read(answers),
        math.floor(1000 * min(confidences)) / 10 if confidences else None,  # never 100
        "no" if all(answer["verdict"] == Verdict.DIGIT for answer in answers) else "yes",
        _corrected(answers, corrections) if any(corrections) else None,
        _as_number(label) if isinstance(label, str) else label,
        f"{sent:%Y-%m-%d %H:%M}",
        str(Drawing.Source(drawing["source"]).label),
        " ".join(_notes(drawing, answers)),
    )


def _answer(digit: Record, revision: int) -> Record:
    """The prediction of a digit for the newest revision of its drawing; one without an answer otherwise."""
    current = [each for each in digit["predictions"] if each["revision"] == revision]
    empty: Record = {"verdict": "", "label": None, "confidence": None, "reason": "", "candidates": []}
    return current[-1] if current else empty


def _read(answers: list[Record]) -> str | int | None:
    if len(answers) == 1 and answers[0]["verdict"] in ("", Verdict.NOT_A_DIGIT):
        return NO_DIGIT if answers[0]["verdict"] else None
    return _as_number("".join(character(each["verdict"], each["label"]) for each in answers))


def _corrected(answers: list[Record], corrections: list[Record | None]) -> str | int:
    """What the drawing is with the corrections of its digits."""
    said = [
        character(answer["verdict"], answer["label"])
        if correction is None
        else REFUSED
        if correction["label"] is None
        else str(correction["label"])
        for answer, correction in zip(answers, corrections, strict=True)
    ]
    return NO_DIGIT if said == [REFUSED] else _as_number("".join(said))


def _as_number(text: str) -> str | int:
    """Figures as a number, so a spreadsheet can count with it, unless it would lose zeros at the left."""
    return int(text) if text.isdecimal() and (text == "0" or text[0] != "0") else text


def _notes(drawing: Record, answers: Iterable[Record]) -> Iterator[str]:
    if drawing["turned"]:
        yield f"Read turned by {drawing['turned']}°."
    yield from dict.fromkeys(filter(None, (sentence(each["reason"], each["candidates"]) for each in answers)))
