"""The cards of the history."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from classifier.digits.deletion import UNDO_DAYS
from classifier.digits.numbers import FAILED, NOT_READ_YET, REFUSED, number_of, reading_of, text_of
from classifier.models import NO_CONFIDENCE, NOT_READ, Digit, Drawing, NumberReading, Prediction
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.pictures import input_data_uri, number_data_uri
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.wording import bounded_percent

Verdict = NumberReading.Verdict


def history_row(digit: Digit) -> dict[str, Any]:
    """A digit from `with_predictions`, as a card."""
    prediction, drawing = digit.prediction, digit.drawing
    done = prediction is not None and prediction.status == Prediction.Status.DONE
    is_none = prediction is not None and prediction.verdict == Prediction.Verdict.NOT_A_DIGIT
    return said(digit) | {
        "input_png": input_data_uri(digit.pixels),
        "label": prediction.label if prediction and done and not is_none else None,
        "verdict": prediction.verdict if prediction and done else "",
        "percent": bounded_percent(prediction.confidence) if prediction and prediction.confidence is not None else "",
        "status": prediction.status if prediction else Prediction.Status.QUEUED,
        "source": drawing.get_source_display(),
        "created": drawing.created,
        "when": f"{timezone.localtime(drawing.created):%-d %b %Y, %H:%M}",
        "true_label": digit.true_label,
        "turned": drawing.turned,
    }


def entry_row(digit: Digit) -> dict[str, Any]:
    """An entry as a card: one digit, or a number with its digits. digit: from `for_lists`, with known siblings."""
    row = history_row(digit) | {"whole": getattr(digit.drawing, "number_correction", None)}
    reading = reading_of(digit.drawing)
    is_read = reading is not None and reading.verdict != Verdict.NOT_A_NUMBER
    if len(digit.siblings) == 1 and not is_read:
        return row
    parts = [history_row(each) for each in digit.siblings]
    doubtful = [part["verdict"] for part in parts if part["verdict"] != Prediction.Verdict.DIGIT]
    return row | {
        "parts": parts,
        "text": text_of(digit.siblings),
        "input_png": number_png(digit.siblings),
        "status": next((part["status"] for part in parts if part["status"] != Prediction.Status.DONE), row["status"]),
        "verdict": doubtful[0] if doubtful else row["verdict"],
        "percent": bounded_percent(digit.sureness) if digit.sureness != NO_CONFIDENCE else "",
        **(_of_reading(reading) if reading is not None else {}),
        "true_number": digit.drawing.true_number,
        "is_read": number_of(digit.siblings) is not None,
    }


def _of_reading(reading: NumberReading) -> dict[str, Any]:
    """What a card says of a number that was read as a whole."""
    is_sure = reading.verdict == Verdict.NUMBER
    return {
        "verdict": Prediction.Verdict.DIGIT if is_sure else Prediction.Verdict.UNSURE,
        "percent": bounded_percent(reading.confidence),
        "is_whole": True,
    }


def number_png(digits: Sequence[Digit]) -> str:
    """The digits of a number where they are in their drawing; side by side if that is not known."""
    boxes: list[list[int]] = [each.box or [] for each in digits]
    if not all(boxes) or digits[0].drawing.turned:  # the boxes are of the picture before it was turned
        boxes = [[SIDE * at, 0, SIDE * (at + 1), SIDE] for at in range(len(boxes))]
    return number_data_uri([(digit.pixels, box) for digit, box in zip(digits, boxes, strict=True)])


def said(digit: Digit) -> dict[str, Any]:
    """The owner's label of a digit, for its card; needs no query."""
    return {
        "digit": digit,
        "url": reverse("classifier:digit-detail", args=[digit.public_id]),
        "is_corrected": digit.said is not None,
        "said": digit.said,
        "said_none": digit.said == NOT_A_DIGIT,
        "is_confirmed": digit.said is not None and digit.said == digit.read,
        "verdict": digit.verdict,
    }


def deleted_row(drawing: Drawing) -> dict[str, Any]:
    """A recently deleted drawing with its digits."""
    digits = sorted(drawing.digits.all(), key=lambda digit: digit.position)
    return {
        "drawing": drawing,
        "pictures": [input_data_uri(digit.pixels) for digit in digits],
        "text": "".join(_character(digit) for digit in digits),
        "is_none": len(digits) == 1 and digits[0].read == NOT_A_DIGIT,
        "is_read": any(digit.read <= NOT_A_DIGIT for digit in digits),
        "gone_on": drawing.deleted + timedelta(days=UNDO_DAYS) if drawing.deleted else None,
    }


def _character(digit: Digit) -> str:
    """The digit read, by the copy in its row, or the mark in its place."""
    if digit.status == Prediction.Status.FAILED:
        return FAILED
    return REFUSED if digit.read == NOT_A_DIGIT else NOT_READ_YET if digit.read == NOT_READ else str(digit.read)
