"""Numbers: the digits of one drawing, from left to right."""

from collections.abc import Iterable, Sequence
from typing import Any

from classifier.models import NO_VALUE, Digit, Drawing, NumberReading, Prediction
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.wording import ordinal

Status, Verdict = Prediction.Status, Prediction.Verdict
NOT_READ_YET, FAILED, REFUSED = "…", "×", "–"  # in place of a digit; REFUSED: it is not a digit


def know_siblings(digits: Sequence[Digit]) -> None:
    """Sets `siblings` of digits from `with_predictions`. Takes no query if no drawing has several digits."""
    wanted = {digit.drawing_id for digit in digits if digit.is_in_number}
    rows: dict[int, list[Digit]] = {}
    if wanted:
        here = {digit.pk: digit for digit in digits}
        siblings = Digit.objects.filter(drawing_id__in=wanted).with_predictions().order_by("drawing_id", "position")
        for each in siblings:
            rows.setdefault(each.drawing_id, []).append(here.get(each.pk, each))
    for digit in digits:
        digit.siblings = rows.get(digit.drawing_id) or [digit]
    for row in rows.values():
        for digit in row:
            digit.siblings = row


def in_reading_order(digits: Sequence[Digit]) -> list[Digit]:
    """Digits in the given order, but with those of one drawing together, from left to right."""
    places: dict[int, int] = {}
    for digit in digits:
        places.setdefault(digit.drawing_id, len(places))
    return sorted(digits, key=lambda digit: (places[digit.drawing_id], digit.position))


def text_of(digits: Sequence[Digit]) -> str:
    """The number as it was read: with its marks, and with a sign for each part that was not read as a digit."""
    figures = figures_of(digits)
    reading = reading_of(digits[0].drawing)
    return reading.text if reading is not None and only_figures(reading.text) == figures else figures


def figures_of(digits: Iterable[Digit]) -> str:
    """The digits of a number, with a sign for each part that was not read as a digit."""
    return "".join(read(digit) for digit in digits)


def only_figures(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def reading_of(drawing: Drawing) -> NumberReading | None:
    """What a line reader read in a drawing; None if it was read digit by digit."""
    try:
        return drawing.reading
    except NumberReading.DoesNotExist:
        return None


def number_of(digits: Iterable[Digit]) -> str | None:
    """The number for programs; None while a digit waits, or if a part is not a digit."""
    text = figures_of(digits)
    return text if text.isdecimal() else None


def read(digit: Digit) -> str:
    prediction = digit.prediction
    if prediction is None or prediction.status != Status.DONE:
        return FAILED if prediction and prediction.status == Status.FAILED else NOT_READ_YET
    return character(prediction.verdict, prediction.label)


def character(verdict: str, label: int | None) -> str:
    return REFUSED if verdict == Verdict.NOT_A_DIGIT else NOT_READ_YET if label is None else str(label)


def copies(
    read: Sequence[int], confidences: Sequence[float], known: str = "", sureness: float | None = None
) -> dict[str, Any]:
    """What each digit of a drawing copies of the whole number, as the triggers do.

    read: of each, as in Digit.read. known: the number that it is labelled with, if it has several digits. sureness: the
    line reader's, if it read a number.
    """
    number = "".join(str(figure) if figure < NOT_A_DIGIT else "-" for figure in read)
    return {
        "number": number,
        "value": float(number) if number.isdecimal() else NO_VALUE,
        "sureness": min(confidences) if sureness is None else sureness,
        "miscounted": bool(known) and len(known) != len(read),
    }


def mark(digit: Digit) -> str:
    """A digit's position among its siblings, such as "1st of 2 in 47"; empty for a single digit."""
    if len(digit.siblings) < 2:
        return ""
    return f"{ordinal(digit.position + 1)} of {len(digit.siblings)} in {text_of(digit.siblings)}"
