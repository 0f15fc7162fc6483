"""Corrections: what owners say their digits are, and the review that admits them to training.

A fixed fifth of all digits is held back from training, so accuracy can be measured on handwriting that the network
has not seen.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.utils import timezone

from classifier.models import Correction, Digit

HELD_BACK_SHARE = 0.2
Review = Correction.Review


def is_held_back(digit: Digit) -> bool:
    """Whether a digit is held back for measuring. Depends on its random public id, so it never changes."""
    return digit.public_id.int % 1000 < HELD_BACK_SHARE * 1000


def correct(digit: Digit, label: int | None) -> Correction:
    """Stores what a digit is: 0 to 9, or None for "not a digit". A changed label must be reviewed again."""
    correction, is_new = Correction.objects.get_or_create(
        digit=digit, defaults={"label": label, "held_back": is_held_back(digit)}
    )
    if not is_new and correction.label != label:
        correction.label = label
        reopen(correction)
    return correction


def of(digit: Digit) -> Correction | None:
    """A digit's correction, if it has one."""
    return Correction.objects.filter(digit=digit).first()


def by_digit(digits: Iterable[Digit]) -> dict[int, Correction]:
    """The corrections of several digits, by the digits' primary keys."""
    return {correction.digit_id: correction for correction in Correction.objects.filter(digit__in=list(digits))}


def take_back(digit: Digit) -> None:
    Correction.objects.filter(digit=digit).delete()


def reopen(correction: Correction) -> None:
    """Puts a correction back into the review queue, because its label or picture has changed."""
    correction.review, correction.reviewed_by, correction.reviewed = Review.WAITING, None, None
    correction.save()


def review(*, ids: Iterable[int], accept: bool, by: User) -> int:
    """Accepts or rejects waiting corrections. Returns how many; those that are reviewed already do not change."""
    outcome = Review.ACCEPTED if accept else Review.REJECTED
    waiting = Correction.objects.waiting().filter(pk__in=list(ids))
    return waiting.update(review=outcome, reviewed_by=by, reviewed=timezone.now())


def undo_review(*, ids: Iterable[int]) -> int:
    """Puts reviewed corrections back into the review queue. Returns how many."""
    reviewed = Correction.objects.exclude(review=Review.WAITING).filter(pk__in=list(ids))
    return reviewed.update(review=Review.WAITING, reviewed_by=None, reviewed=None)
