"""The short table for people: a row for each drawing or picture, with what a person wants to know of it."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import Any

from django.db.models import F
from django.utils import timezone

from classifier.batches import results
from classifier.digits.lines.messages import ReadRow
from classifier.digits.numbers import NOT_READ_YET, REFUSED, only_figures
from classifier.digits.spreadsheets import Row
from classifier.models import Batch, Digit, DigitQuerySet, Drawing, NumberReading, Prediction, title_of
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.lines.judging import reason_sentence
from classifier.recognition.verdict import sentence

from .selection import all_digits, last_drawing

HEADER = ("File", "Answer", "Confidence (%)", "Doubtful", "Correction", "Label", "Sent", "How", "Note")
WIDTHS = (32, 14, 15, 10, 14, 14, 17, 18, 60)  # of the columns, in characters
NO_DIGIT = "not a digit"
DRAWINGS_AT_ONCE = 500

Values = dict[str, Any]  # of a digit, named as in _COLUMNS
_OF_DRAWING = (
    *("member", "page", "created", "source", "turned", "true_label", "true_number"),
    *("number_correction__text", "reading__text", "reading__verdict", "reading__confidence"),
)
_COLUMNS = ("pk", "drawing_id", "verdict", "read", "confidence", "said", *(f"drawing__{name}" for name in _OF_DRAWING))


def table(digits: DigitQuerySet) -> Iterator[Row]:
    """The header, and a row for each drawing of these digits, the oldest first."""
    yield HEADER
    newest, last = last_drawing(digits) or 0, 0
    digits = digits.filter(drawing_id__lte=newest)
    while True:
        rows = digits.filter(drawing_id__gt=last).order_by("drawing_id").values_list("drawing_id", flat=True)
        keys = list(rows.distinct()[:DRAWINGS_AT_ONCE])
        if not keys:
            return
        values = list(all_digits(keys).order_by("drawing_id", "position").values(*_COLUMNS))
        sentences = _sentences([each["pk"] for each in values if each["verdict"] != Prediction.Verdict.DIGIT])
        of_numbers = _sentences_of_numbers(keys)
        for drawing, some in groupby(values, lambda each: each["drawing_id"]):
            yield _row(list(some), of_numbers.get(drawing, []), sentences)
        last = keys[-1]


def batch_table(batch: Batch) -> Iterator[Row]:
    """The table of a batch in the order of its archive, its files without digits, and remarks about labels."""
    yield from table(Digit.objects.owned_by(batch.owner).filter(batch=batch))
    for remark in chain(results.failures(batch), results.label_problems(batch)):
        yield (remark["file"], *[None] * (len(HEADER) - 2), remark["message"])


def _sentences(digits: list[int]) -> dict[int, str]:
    """Why these digits are doubtful, by their keys: the reason of the answer that counts."""
    answers = Prediction.objects.filter(digit__in=digits, revision=F("digit__drawing__revision")).order_by("-pk")
    rows = answers.values_list("digit_id", "reason", "candidates")
    return {digit: sentence(reason, candidates) for digit, reason, candidates in rows}  # the oldest one last


def _sentences_of_numbers(drawings: list[int]) -> dict[int, list[str]]:
    """Why these drawings are doubtful as whole numbers, by their keys."""
    doubtful = NumberReading.objects.filter(drawing__in=drawings).exclude(verdict=NumberReading.Verdict.NUMBER)
    rows = doubtful.values_list("drawing_id", "rows")
    return {drawing: [_sentence(ReadRow.from_json(row)) for row in read] for drawing, read in rows}


def _sentence(row: ReadRow) -> str:
    return reason_sentence(row.reason, row.text, [text for text, _ in row.alternatives])


def _row(digits: Sequence[Values], of_number: list[str], sentences: dict[int, str]) -> Row:
    """of_number: why the whole is doubtful; sentences: why its digits are, by their keys."""
    drawing = {name: digits[0][f"drawing__{name}"] for name in _OF_DRAWING}
    verdict = drawing["reading__verdict"]
    is_number = verdict not in (None, NumberReading.Verdict.NOT_A_NUMBER)
    confidences = [each["confidence"] for each in digits if each["read"] <= NOT_A_DIGIT]
    if confidences and is_number:
        confidences = [drawing["reading__confidence"]]
    is_sure = all(each["verdict"] == Prediction.Verdict.DIGIT for each in digits)
    reasons = [*of_number, *(sentences.get(each["pk"]) for each in digits if not is_number)]
    label = drawing["true_label"]
    notes = [f"Read turned by {drawing['turned']}°."] if drawing["turned"] else []
    return (
        title_of(drawing["member"], drawing["page"]) or None,
        _text([each["read"] for each in digits], drawing["reading__text"] if is_number else ""),
        math.floor(1000 * min(confidences)) / 10 if confidences else None,  # never 100
        "no" if is_sure and verdict in (None, NumberReading.Verdict.NUMBER) else "yes",
        _as_number(said) if (said := drawing["number_correction__text"]) else _corrected(digits),
        _as_number(drawing["true_number"]) if drawing["true_number"] else label,
        f"{timezone.localtime(drawing['created']):%Y-%m-%d %H:%M}",
        str(Drawing.Source(drawing["source"]).label),
        " ".join([*notes, *dict.fromkeys(filter(None, reasons))]),
    )


def _corrected(digits: Sequence[Values]) -> str | int | None:
    """What the drawing is with the corrections of its digits; None without any."""
    if all(each["said"] is None for each in digits):
        return None
    return _text([each["read"] if each["said"] is None else each["said"] for each in digits])


def _text(read: Sequence[int], text: str = "") -> str | int | None:
    """Digits as one answer. read: as Digit.read. text: what was read as a whole, with its marks."""
    if len(read) == 1 and read[0] >= NOT_A_DIGIT:
        return NO_DIGIT if read[0] == NOT_A_DIGIT else None
    characters = {NOT_A_DIGIT: REFUSED}
    figures = "".join(str(each) if each < NOT_A_DIGIT else characters.get(each, NOT_READ_YET) for each in read)
    return _as_number(text if only_figures(text) == figures else figures)


def _as_number(text: str) -> str | int:
    """Figures as a number, so a spreadsheet can count with it, unless it would lose zeros at the left.

    Several rows are written in one line.
    """
    text = text.replace("\n", " ")
    return int(text) if text.isdecimal() and (text == "0" or text[0] != "0") else text
