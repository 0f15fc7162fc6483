"""The cards of the history."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from classifier.digits.deletion import UNDO_DAYS
from classifier.digits.numbers import FAILED, NOT_READ_YET, REFUSED
from classifier.models import NOT_READ, Digit, Drawing, Prediction
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.pictures import input_data_uri
from classifier.recognition.wording import bounded_percent


def history_row(digit: Digit) -> dict[str, Any]:
    """A digit from `with_predictions`, as a card."""
    prediction, drawing = digit.prediction, digit.drawing
    done = prediction is not None and prediction.status == Prediction.Status.DONE
    is_none = prediction is not None and prediction.verdict == Prediction.Verdict.NOT_A_DIGIT
    return {
        "digit": digit,
        "input_png": input_data_uri(digit.pixels),
        "label": prediction.label if prediction and done and not is_none else None,
        "verdict": prediction.verdict if prediction and done else "",
        "percent": bounded_percent(prediction.confidence) if prediction and prediction.confidence is not None else "",
        "status": prediction.status if prediction else Prediction.Status.QUEUED,
        "source": drawing.get_source_display(),
        "created": drawing.created,
        "when": f"{timezone.localtime(drawing.created):%-d %b %Y, %H:%M}",
        "true_label": drawing.true_label,
        "turned": drawing.turned,
        **said(digit),
    }


def said(digit: Digit) -> dict[str, Any]:
    """The owner's label of a digit, for its card; needs no query."""
    return {
        "digit": digit,
        "url": reverse("classifier:digit-detail", args=[digit.public_id]),
        "is_corrected": digit.said is not None,
        "said": digit.said,
        "said_none": digit.said == NOT_A_DIGIT,
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
