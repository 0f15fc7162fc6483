"""What the review page shows: the waiting corrections and how many there are."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from classifier.digits.numbers import know_siblings, text_of
from classifier.models import Correction, Digit, NumberCorrection
from classifier.pages.answers.rows import number_png
from classifier.recognition.pictures import input_data_uri
from classifier.recognition.wording import bounded_percent
from classifier.sheets.models import Value

QUEUE_PAGE = 48  # corrections shown at once


def correction_counts() -> dict[str, int]:
    """Returns how many corrections are waiting, accepted and rejected, and how many digits are learnt and held back.

    A number counts once, without the corrections of its digits that follow from it.
    """
    review = Correction.Review
    units = {name: Count("pk", filter=Q(review=name)) for name in review.values}
    alone = {name: Count("pk", filter=Q(review=name, number=None)) for name in review.values}
    taught = {
        name: Count("pk", filter=Q(review=review.ACCEPTED, held_back=held_back, label__isnull=False))
        for name, held_back in (("learnt", False), ("held_back", True))
    }
    digits: dict[str, int] = Correction.objects.kept().aggregate(**alone, **taught)
    numbers: dict[str, int] = NumberCorrection.objects.kept().aggregate(**units)
    values: dict[str, int] = Value.objects.reviewable().aggregate(**units)
    return digits | {name: digits[name] + numbers[name] + values[name] for name in review.values}


def review_queue() -> list[dict[str, Any]]:
    """Returns what has waited longest, with the network's answers: numbers, then digits, then fields of sheets."""
    numbers = list(NumberCorrection.objects.waiting().select_related("drawing")[:QUEUE_PAGE])
    waiting = (
        Correction.objects.waiting()
        .select_related("digit__drawing")
        .prefetch_related("digit__predictions__model_version")
    )
    rows = [*_queued_numbers(numbers), *map(_queued, waiting[: QUEUE_PAGE - len(numbers)])]
    values = Value.objects.to_review().select_related("stack__sheet")
    return [*rows, *map(_queued_value, values[: QUEUE_PAGE - len(rows)])]


def _queued_numbers(corrections: list[NumberCorrection]) -> list[dict[str, Any]]:
    digits = Digit.objects.filter(drawing__in=[each.drawing_id for each in corrections]).with_predictions()
    leftmost = {digit.drawing_id: digit for digit in digits.order_by("-position")}
    know_siblings([*leftmost.values()])
    return [_queued_number(each, leftmost[each.drawing_id]) for each in corrections if each.drawing_id in leftmost]


def _queued_number(correction: NumberCorrection, digit: Digit) -> dict[str, Any]:
    prediction = digit.prediction
    return {
        "name": f"n{correction.pk}",
        "correction": correction,
        "says": correction.text,
        "is_number": True,
        "input_png": number_png(digit.siblings),
        "read": text_of(digit.siblings),
        "verdict": "digit",
        "percent": bounded_percent(digit.sureness) if digit.sureness >= 0 else "",
        "version": prediction.model_version if prediction else None,
        "source": digit.drawing.get_source_display(),
        "changed": correction.changed,
        "is_held_back": correction.held_back,
    }


def _queued_value(value: Value) -> dict[str, Any]:
    return {
        "name": f"v{value.pk}",
        "says": value.text,
        "is_number": True,
        "input_png": reverse("training:review-value", args=[value.public_id]),
        "read": value.read or None,
        "verdict": "unsure",
        "percent": bounded_percent(value.confidence),
        "source": "a field of a sheet",
        "changed": value.decided,
        "is_held_back": False,
        "is_paper": True,
    }


def _queued(correction: Correction) -> dict[str, Any]:
    digit = correction.digit
    answers = [p for p in digit.predictions.all() if p.label is not None and p.revision == digit.drawing.revision]
    answer = answers[0] if answers else None
    return {
        "name": str(correction.pk),
        "correction": correction,
        "says": "" if correction.label is None else str(correction.label),
        "input_png": input_data_uri(digit.pixels),
        "read": answer.label if answer else None,
        "verdict": answer.verdict if answer else "",
        "percent": bounded_percent(answer.confidence) if answer and answer.confidence is not None else "",
        "version": answer.model_version if answer else None,
        "source": digit.drawing.get_source_display(),
        "changed": correction.changed,
        "is_held_back": correction.held_back,
    }
