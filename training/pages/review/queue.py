"""What the review page shows: the waiting corrections and how many there are."""

from typing import Any

from django.db.models import Count, Q

from classifier.models import Correction
from classifier.recognition.pictures import input_data_uri
from classifier.recognition.wording import bounded_percent

QUEUE_PAGE = 48  # corrections shown at once


def correction_counts() -> dict[str, int]:
    """Returns how many corrections are waiting, accepted, rejected, trained on and held back."""
    review = Correction.Review
    counted: dict[str, int] = Correction.objects.kept().aggregate(
        waiting=Count("pk", filter=Q(review=review.WAITING)),
        accepted=Count("pk", filter=Q(review=review.ACCEPTED)),
        rejected=Count("pk", filter=Q(review=review.REJECTED)),
        learnt=Count("pk", filter=Q(review=review.ACCEPTED, held_back=False, label__isnull=False)),
        held_back=Count("pk", filter=Q(review=review.ACCEPTED, held_back=True, label__isnull=False)),
    )
    return counted


def review_queue() -> list[dict[str, Any]]:
    """Returns the corrections that have waited longest, with the network's answers."""
    waiting = (
        Correction.objects.waiting()
        .select_related("digit__drawing")
        .prefetch_related("digit__predictions__model_version")
    )
    return [_queued(correction) for correction in waiting[:QUEUE_PAGE]]


def _queued(correction: Correction) -> dict[str, Any]:
    digit = correction.digit
    answers = [p for p in digit.predictions.all() if p.label is not None and p.revision == digit.drawing.revision]
    answer = answers[0] if answers else None
    return {
        "correction": correction,
        "input_png": input_data_uri(digit.pixels),
        "read": answer.label if answer else None,
        "verdict": answer.verdict if answer else "",
        "percent": bounded_percent(answer.confidence) if answer and answer.confidence is not None else "",
        "version": answer.model_version if answer else None,
        "source": digit.drawing.get_source_display(),
    }
