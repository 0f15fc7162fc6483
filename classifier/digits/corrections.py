"""What people say their digits are, and the review that makes training data of it.

A fixed fifth of all digits, chosen by the digit's own name, is never learnt from: what is measured on it is
true of handwriting the network has not seen.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.utils import timezone

from classifier.models import Correction, Digit

HELD_BACK_SHARE = 0.2
Review = Correction.Review


def is_held_back(digit: Digit) -> bool:
    """Whether a digit is kept for measuring. Of its random public id, so that it never changes."""
    return digit.public_id.int % 1000 < HELD_BACK_SHARE * 1000


def correct(digit: Digit, label: int | None) -> Correction:
    """Note what a digit is: 0 to 9, or None for "not a digit". Another label than before waits for review again."""
    correction, is_new = Correction.objects.get_or_create(
        digit=digit, defaults={"label": label, "held_back": is_held_back(digit)}
    )
    if not is_new and correction.label != label:
        correction.label = label
        wait_again(correction)
    return correction


def of(digit: Digit) -> Correction | None:
    """What has been said of a digit."""
    return Correction.objects.filter(digit=digit).first()


def by_digit(digits: Iterable[Digit]) -> dict[int, Correction]:
    """What has been said of several digits, by their keys."""
    return {correction.digit_id: correction for correction in Correction.objects.filter(digit__in=list(digits))}


def take_back(digit: Digit) -> None:
    Correction.objects.filter(digit=digit).delete()


def wait_again(correction: Correction) -> None:
    """Put a correction back into the queue: its label or its picture is another than was reviewed."""
    correction.review, correction.reviewed_by, correction.reviewed = Review.WAITING, None, None
    correction.save()


def review(*, ids: Iterable[int], accept: bool, by: User) -> int:
    """Accept or reject corrections that wait; returns how many. Those somebody else reviewed are left alone."""
    outcome = Review.ACCEPTED if accept else Review.REJECTED
    waiting = Correction.objects.waiting().filter(pk__in=list(ids))
    return waiting.update(review=outcome, reviewed_by=by, reviewed=timezone.now())


def undo_review(*, ids: Iterable[int]) -> int:
    """Put reviewed corrections back into the queue; returns how many."""
    reviewed = Correction.objects.exclude(review=Review.WAITING).filter(pk__in=list(ids))
    return reviewed.update(review=Review.WAITING, reviewed_by=None, reviewed=None)
