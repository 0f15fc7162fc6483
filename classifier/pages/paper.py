"""What the pad of a person and that of a visitor share."""

from typing import Any

from django.conf import settings
from django.http import QueryDict

from classifier.digits import intake
from classifier.recognition.errors import NoInk

from .answers import digits as answers
from .answers import numbers
from .forms import DrawingForm, check

PAD = {"width": 280, "height": 280, "pen": 18, "pens": [10, 14, 18, 24, 32]}
PREVIEW_WAIT_S = 1.0

Answer = answers.AnswerView | numbers.NumberView


def paper_context() -> dict[str, Any]:
    """What the templates `pad/_pad.html` and `pad/_picture.html` need."""
    return {
        "pad": PAD,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
    }


def preview(data: QueryDict) -> Answer | None:
    """The answer to an unfinished stroke, which is not stored; None without ink or without an answer in time.

    data: the fields of a DrawingForm. Raises InvalidInput.
    """
    form = DrawingForm(data)
    check(form)
    try:
        unstored = intake.preview_sketch(form.sketch(), PREVIEW_WAIT_S, one_digit=form.cleaned_data["one_digit"])
    except NoInk:
        return None
    return numbers.preview_answer(unstored) if unstored else None
