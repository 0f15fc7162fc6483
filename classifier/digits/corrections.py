"""Corrections: what owners say their digits and numbers are, and the review that admits them to training.

A fixed fifth of all digits and numbers is held back from training, so accuracy can be measured on handwriting that the
network has not seen.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from classifier import audit
from classifier.audit import Act
from classifier.errors import NotReadYet
from classifier.models import TEXT_AT_MOST, Correction, Digit, Drawing, NumberCorrection, Review
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import InvalidInput
from classifier.recognition.lines.alphabet import OTHER

from .numbers import Verdict, number_of, text_of

HELD_BACK_SHARE = 0.2
SIGNS = ".,-/:=%+ "  # that may be among the figures of a number
WRITE_A_NUMBER = (
    f"Write a number, such as 2048, 3.5 or 12:30, or one in each line; at most {TEXT_AT_MOST} characters. "
    "Figures, spaces and the signs . , - / : = % + are possible."
)
_LOOKALIKES = str.maketrans("−–—‐‑⁄∶", "-----/:")  # which keyboards write instead


def is_held_back(row: Digit | Drawing) -> bool:
    """Whether a digit or a number is held back for measuring. Depends on its random public id, so it never changes."""
    return row.public_id.int % 1000 < HELD_BACK_SHARE * 1000


def correct(digit: Digit, label: int | None) -> Correction:
    """Stores what a digit is: 0 to 9, or None for "not a digit".

    A changed label must be reviewed again, unless it is what the network read and is sure of. If the digit belongs to a
    number that is corrected as a whole, the number changes with it, and "not a digit" takes its correction back.
    """
    with transaction.atomic():
        _lock(digit)
        correction = Correction.objects.filter(digit=digit).select_related("number").first()
        whole = correction.number if correction else None
        if whole is not None and label is None:
            whole.delete()  # with this correction
            correction = whole = None
        if correction is None:
            return Correction.objects.create(
                digit=digit, label=label, review=_review_of(digit, label), held_back=is_held_back(digit)
            )
        if correction.label != label:
            if whole is not None:
                _say(whole, _with_figure(whole.text, digit.position, str(label)))
            correction.label = label
            reopen(correction, _review_of(digit, label))
    return correction


def confirm(digit: Digit) -> Correction:
    """Stores that a digit is what the network read. Raises NotReadYet. digit: from `with_predictions`."""
    prediction = digit.prediction
    if prediction is None or prediction.label is None:
        raise NotReadYet("This digit has no answer yet that could be confirmed.")
    return correct(digit, None if prediction.verdict == Verdict.NOT_A_DIGIT else prediction.label)


def correct_number(digits: list[Digit], text: str) -> NumberCorrection | Correction:
    """Stores what a drawing shows as a whole. digits: all of its digits, from `with_predictions`. text: see `written`.

    Corrections of the digits follow from it if it has as many figures. A lone digit without marks is corrected to a
    figure as such. Raises InvalidInput.
    """
    text = written(text)
    figures = figures_of(text)
    is_lone = len(digits) == 1 and len(text_of(digits)) == 1  # a digit, read without marks
    if is_lone and text == figures and len(text) == 1:
        take_back_number(digits[0])
        return correct(digits[0], int(text))
    is_right = text == text_of(digits) and all(digit.verdict == Verdict.DIGIT for digit in digits)
    drawing = digits[0].drawing
    with transaction.atomic():
        _lock(digits[0])
        whole = NumberCorrection.objects.filter(drawing=drawing).first()
        if whole is not None and whole.text == text:
            return whole
        if whole is None:
            whole = NumberCorrection(drawing=drawing, held_back=is_held_back(drawing))
        _say(whole, text, Review.CONFIRMED if is_right else Review.WAITING)
        if len(figures) != len(digits):
            whole.parts.all().delete()
            return whole
        # One statement, so all rows are locked before the triggers lock digits, see models.triggers.
        Correction.objects.bulk_create(
            [
                Correction(
                    digit=digit,
                    label=int(figure),
                    number=whole,
                    review=_review_of(digit, int(figure)),
                    held_back=is_held_back(digit),
                )
                for digit, figure in zip(digits, figures, strict=True)
            ],
            update_conflicts=True,
            unique_fields=["digit"],
            update_fields=["label", "number", "changed", "review", "reviewed_by", "reviewed"],
        )
    return whole


def confirm_number(digits: list[Digit]) -> NumberCorrection | Correction:
    """Stores that a drawing shows what the network read, without signs that the reader cannot name.

    digits: as for correct_number. Raises NotReadYet.
    """
    if number_of(digits) is None:
        raise NotReadYet("Not every digit of this number is read, so it cannot be confirmed. Type the number instead.")
    return correct_number(digits, text_of(digits).replace(OTHER, ""))


def written(text: str) -> str:
    """A number as a person writes it, or several in lines of their own; see `plain`.

    Raises InvalidInput if it has no figure or anything but figures and SIGNS, or is longer than TEXT_AT_MOST.
    """
    if len(text) > 4 * TEXT_AT_MOST:
        raise InvalidInput(WRITE_A_NUMBER)
    number = plain(text)
    if not re.fullmatch(f"[0-9{re.escape(SIGNS)}\n]{{1,{TEXT_AT_MOST}}}", number) or not figures_of(number):
        raise InvalidInput(WRITE_A_NUMBER)
    return number


def plain(text: str) -> str:
    """A text with figures and signs in ASCII, without empty lines, and without spaces around a line or doubled ones."""
    text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    text = "".join(str(unicodedata.digit(each)) if each.isdecimal() else each for each in text)
    return "\n".join(line for each in text.splitlines() if (line := " ".join(each.split())))


def figures_of(text: str) -> str:
    """A number without its signs."""
    return "".join(re.findall("[0-9]", text))


def of(digit: Digit) -> Correction | None:
    """A digit's correction, if it has one."""
    return Correction.objects.filter(digit=digit).first()


def of_number(digit: Digit) -> NumberCorrection | None:
    """The correction of a digit's drawing as a whole, if it has one."""
    return NumberCorrection.objects.filter(drawing=digit.drawing_id).first()


def by_digit(digits: Iterable[Digit]) -> dict[int, Correction]:
    """The corrections of several digits, by the digits' primary keys."""
    return {correction.digit_id: correction for correction in Correction.objects.filter(digit__in=list(digits))}


def take_back(digit: Digit) -> None:
    """Removes a digit's correction; if it follows from the correction of a whole number, that one."""
    NumberCorrection.objects.filter(parts__digit=digit).delete()
    Correction.objects.filter(digit=digit).delete()


def take_back_number(digit: Digit) -> None:
    """Removes the correction of a digit's drawing as a whole, and the corrections of digits that follow from it."""
    NumberCorrection.objects.filter(drawing=digit.drawing_id).delete()


def reopen(correction: Correction | NumberCorrection, review: Review = Review.WAITING) -> None:
    """Puts a correction back into the review queue, because its label or picture has changed."""
    correction.review, correction.reviewed_by, correction.reviewed = review, None, None
    correction.save()


def review(*, ids: Iterable[int], accept: bool, by: User) -> int:
    """Accepts or rejects waiting corrections. Returns how many; those that are reviewed already do not change."""
    decided = {"review": Review.ACCEPTED if accept else Review.REJECTED, "reviewed_by": by, "reviewed": timezone.now()}
    with transaction.atomic():
        chosen = Correction.objects.waiting().filter(pk__in=list(ids)).select_for_update(of=("self",))
        keys = list(chosen.values_list("pk", flat=True))
        _record(Act.REVIEWED, by, Digit.objects.filter(correction__in=keys), accept=accept)
        return Correction.objects.filter(pk__in=keys).update(**decided)


def review_numbers(*, ids: Iterable[int], accept: bool, by: User) -> int:
    """As `review`, for corrections of whole numbers. Those of digits that follow from them are decided with them."""
    decided = {"review": Review.ACCEPTED if accept else Review.REJECTED, "reviewed_by": by, "reviewed": timezone.now()}
    with transaction.atomic():
        chosen = NumberCorrection.objects.waiting().filter(pk__in=list(ids)).select_for_update(of=("self",))
        keys = list(chosen.values_list("pk", flat=True))
        _record(Act.REVIEWED, by, Drawing.objects.filter(number_correction__in=keys), accept=accept)
        Correction.objects.filter(number__in=keys, review=Review.WAITING).update(**decided)
        return NumberCorrection.objects.filter(pk__in=keys).update(**decided)


def undo_review(*, ids: Iterable[int] = (), numbers: Iterable[int] = (), by: User | None = None) -> int:
    """Puts reviewed corrections back into the review queue. Returns how many. numbers: ids of those of numbers.

    by: for the audit log.
    """
    reviewed, ids, keys = (Review.ACCEPTED, Review.REJECTED), list(ids), list(numbers)
    waits = {"review": Review.WAITING, "reviewed_by": None, "reviewed": None}
    with transaction.atomic():
        if by is not None:
            digits = Digit.objects.filter(correction__in=ids, correction__review__in=reviewed)
            numbers_of = Drawing.objects.filter(number_correction__in=keys, number_correction__review__in=reviewed)
            _record(Act.REVIEW_UNDONE, by, digits)
            _record(Act.REVIEW_UNDONE, by, numbers_of)
        Correction.objects.filter(number__in=keys, review__in=reviewed).update(**waits)
        changed = NumberCorrection.objects.filter(pk__in=keys, review__in=reviewed).update(**waits)
        return changed + Correction.objects.filter(pk__in=ids, review__in=reviewed).update(**waits)


def _record(act: Act, by: User, rows: "QuerySet[Digit] | QuerySet[Drawing]", accept: bool | None = None) -> None:
    """Records a review of each of these digits, or of these numbers."""
    detail = {True: "accepted", False: "rejected", None: ""}[accept]
    on = ((row.owner_id, row) for row in rows.order_by("pk").only("public_id", "owner_id"))
    audit.record_each(act, by=by, on=on, detail=detail)


def _lock(digit: Digit) -> None:
    """Lets corrections and revisions of a drawing take turns. Called in a transaction."""
    Drawing.objects.filter(pk=digit.drawing_id).locked().values_list("pk").first()


def _review_of(digit: Digit, label: int | None) -> Review:
    """Nobody needs to review a label that is what the network read without doubt."""
    is_same = digit.read == (NOT_A_DIGIT if label is None else label)
    return Review.CONFIRMED if is_same and digit.verdict != Verdict.UNSURE else Review.WAITING


def _with_figure(text: str, position: int, figure: str) -> str:
    """The text with another figure at a place, counted without signs."""
    places = [at for at, each in enumerate(text) if each.isdecimal()]
    return text[: places[position]] + figure + text[places[position] + 1 :]


def _say(whole: NumberCorrection, text: str, review: Review = Review.WAITING) -> None:
    whole.text, whole.number = text, figures_of(text)
    reopen(whole, review)
