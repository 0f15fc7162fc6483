"""Numbers: the digits of one drawing, from left to right."""

from collections.abc import Iterable, Sequence

from classifier.models import Digit, Prediction
from classifier.recognition.wording import ordinal

Status, Verdict = Prediction.Status, Prediction.Verdict
UNREAD = "?"  # in the place of a digit that has not been read, or is none


def know_siblings(digits: Sequence[Digit]) -> None:
    """Set `siblings` of digits that came from `with_predictions`; asks nothing when no drawing has several."""
    wanted = {digit.drawing_id for digit in digits if digit.is_in_number}
    rows: dict[int, list[Digit]] = {}
    if wanted:
        here = {digit.pk: digit for digit in digits}
        found = Digit.objects.filter(drawing_id__in=wanted).with_predictions().order_by("drawing_id", "position")
        for each in found:
            rows.setdefault(each.drawing_id, []).append(here.get(each.pk, each))
    for digit in digits:
        digit.siblings = rows.get(digit.drawing_id) or [digit]
    for row in rows.values():
        for digit in row:
            digit.siblings = row


def in_reading_order(digits: Sequence[Digit]) -> list[Digit]:
    """Digits in the order given, but those of one drawing together, from left to right."""
    places: dict[int, int] = {}
    for digit in digits:
        places.setdefault(digit.drawing_id, len(places))
    return sorted(digits, key=lambda digit: (places[digit.drawing_id], digit.position))


def text_of(digits: Iterable[Digit]) -> str:
    """The number as read, with a mark for what is not read or is no digit; the person's corrections aside."""
    return "".join(read(digit) for digit in digits)


def number_of(digits: Iterable[Digit]) -> str | None:
    """The number as programs get it: the digits read; None while one waits, and when one is none."""
    text = text_of(digits)
    return None if UNREAD in text else text


def read(digit: Digit) -> str:
    prediction = digit.prediction
    if prediction is None or prediction.status != Status.DONE:
        return UNREAD
    return character(prediction.verdict, prediction.label)


def character(verdict: str, label: int | None) -> str:
    return UNREAD if verdict == Verdict.NOT_A_DIGIT or label is None else str(label)


def mark(digit: Digit) -> str:
    """A digit's place among its siblings: "1st of 2 in 47"; empty when it stands alone."""
    if len(digit.siblings) < 2:
        return ""
    return f"{ordinal(digit.position + 1)} of {len(digit.siblings)} in {text_of(digit.siblings)}"
