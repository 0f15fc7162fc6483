"""Storing a newer revision of a drawing: its digits are matched by position and their predictions requested anew."""

from typing import Any

from django.db import transaction

from classifier.digits.corrections import reopen
from classifier.digits.predictions import reply_key
from classifier.jobs import replies
from classifier.models import Correction, Digit, Drawing, NumberCorrection, Prediction
from classifier.recognition.preprocessing.pipeline import FoundDigit

from .storing import Content, complete, replace_digits


def store_revision(drawing: Drawing, fields: dict[str, Any], content: Content) -> Digit:
    """Stores a revision's strokes and digits. Supersedes the older predictions. Returns the leftmost digit.

    drawing: locked by this transaction.
    """
    found_digits = content.digits
    digits = list(drawing.digits.order_by("position"))
    _supersede(digits)
    _review_number(drawing, is_same=len(digits) == len(found_digits) and not _have_moved(digits, found_digits))
    _review_corrections(digits[: len(found_digits)], found_digits)
    # Only now: the order in which rows are locked, see classifier.models.triggers.
    for name, value in fields.items():
        setattr(drawing, name, value)
    drawing.save(update_fields=[*fields])
    return complete(drawing, replace_digits(drawing, digits, found_digits), content)


def _supersede(digits: list[Digit]) -> None:
    """Supersedes all predictions of the digits. On commit, requests that wait for one of them are released."""
    older = Prediction.objects.filter(digit__in=digits).exclude(status=Prediction.Status.SUPERSEDED)
    waiting = list(older.waiting().values_list("pk", flat=True))
    older.update(status=Prediction.Status.SUPERSEDED)
    transaction.on_commit(lambda: release(waiting), robust=True)


def release(prediction_ids: list[int]) -> None:
    """Sends an empty reply for each prediction that no longer counts, so waiting requests look into the database."""
    for pk in prediction_ids:
        replies.send(reply_key(pk), {})


def _review_corrections(digits: list[Digit], found_digits: list[FoundDigit]) -> None:
    """Puts corrections back into the review queue, because the reviewed picture has changed.

    Deletes the correction of a digit whose position is now taken by another one, and what confirms an older answer.
    """
    for correction in Correction.objects.filter(digit__in=digits):
        position = next(at for at, digit in enumerate(digits) if digit.pk == correction.digit_id)
        is_confirmation = correction.review == Correction.Review.CONFIRMED and correction.number_id is None
        if is_confirmation or _has_moved(digits[position].box, found_digits[position].box):
            correction.delete()
        else:
            reopen(correction)


def _review_number(drawing: Drawing, *, is_same: bool) -> None:
    """As _review_corrections, for the correction of the whole number. is_same: its digits are where they were."""
    whole: NumberCorrection | None = getattr(drawing, "number_correction", None)
    if whole is None:
        return
    if is_same and whole.review != NumberCorrection.Review.CONFIRMED:
        reopen(whole)
    else:
        whole.delete()


def _have_moved(digits: list[Digit], found_digits: list[FoundDigit]) -> bool:
    return any(_has_moved(digit.box, new.box) for digit, new in zip(digits, found_digits, strict=True))


def _has_moved(old: list[int] | None, new: tuple[int, int, int, int]) -> bool:
    """Whether two boxes have no column of pixels in common: a digit was added at the left of the other."""
    return old is not None and (old[2] <= new[0] or new[2] <= old[0])
