"""Several digits of one drawing, read together as a number: what pages and programs are told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse

from . import answers
from .answers import AnswerView
from .models import Correction, Digit, Prediction

Status, Verdict = Prediction.Status, Prediction.Verdict
UNREAD = "?"  # in the place of a digit that has not been read, or is none


@dataclass
class Part:
    """One digit of a number."""

    answer: AnswerView
    verdict: str  # of Prediction.Verdict; empty while there is none
    character: str  # the digit read, or UNREAD


@dataclass
class NumberView:
    """See `templates/classifier/_number.html`."""

    template: ClassVar[str] = "classifier/_number.html"
    state: str  # waiting, done, failed or superseded
    parts: list[Part]  # one for each digit, from the left
    preview: bool = False
    url: str = ""  # of the leftmost digit's page
    poll_url: str = ""
    digit: Digit | None = None  # the leftmost

    @property
    def text(self) -> str:
        return "".join(part.character for part in self.parts)

    @property
    def shown(self) -> int:
        """Which part stands open: the first that is in doubt, else the first."""
        doubtful = [at for at, part in enumerate(self.parts) if part.verdict != Verdict.DIGIT]
        return doubtful[0] if doubtful else 0

    @property
    def least_sure(self) -> AnswerView:
        return min((part.answer for part in self.parts), key=lambda answer: answer.confidence)


# --- a digit and its siblings -------------------------------------------------------------------


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
    return "".join(_read(digit) for digit in digits)


def number_of(digits: Iterable[Digit]) -> str | None:
    """The number as programs get it: the digits read; None while one waits, and when one is none."""
    text = text_of(digits)
    return None if UNREAD in text else text


def _read(digit: Digit) -> str:
    prediction = digit.prediction
    if prediction is None or prediction.status != Status.DONE:
        return UNREAD
    return _character(prediction.verdict, prediction.label)


def _character(verdict: str, label: int | None) -> str:
    return UNREAD if verdict == Verdict.NOT_A_DIGIT or label is None else str(label)


def mark(digit: Digit) -> str:
    """A digit's place among its siblings: "1st of 2 in 47"; empty when it stands alone."""
    if len(digit.siblings) < 2:
        return ""
    return f"{ordinal(digit.position + 1)} of {len(digit.siblings)} in {text_of(digit.siblings)}"


def ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}" + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def stamps(digit: Digit) -> list[dict[str, Any]]:
    """The digit and its siblings in short, from the left; empty when it stands alone."""
    if len(digit.siblings) < 2:
        return []
    return [answers.history_row(each) | {"is_here": each.pk == digit.pk} for each in digit.siblings]


def boxes(digit: Digit) -> list[dict[str, Any]]:
    """Where the digit and its siblings stand in the picture, for drawing over it; empty where it is not known.

    A lone digit on the pad needs no box: one sees where it is.
    """
    if len(digit.siblings) < 2 and not digit.drawing.has_file:
        return []
    found = []
    for each in digit.siblings:
        if each.box:
            left, top, right, bottom = each.box
            box = {"x": left, "y": top, "width": right - left, "height": bottom - top}
            found.append(box | {"is_here": each.pk == digit.pk})
    return sorted(found, key=lambda box: bool(box["is_here"]))  # drawn last, it is not covered


# --- the answer ---------------------------------------------------------------------------------


def answer_for(digit: Digit, said: Mapping[int, Correction]) -> AnswerView | NumberView:
    """What is said of a whole drawing, by its leftmost digit, whose siblings are known.

    said: corrections by their digits' keys, see corrections.by_digit.
    """
    if len(digit.siblings) == 1:
        return answers.answer_for(digit, said.get(digit.pk))
    parts = [_part(each, said.get(each.pk)) for each in digit.siblings]
    url = reverse("classifier:digit-detail", args=[digit.public_id])
    view = NumberView(_state(digit.siblings), parts, url=url, digit=digit)
    if view.state == "waiting":
        view.poll_url = f"{url}?whole=1"
    return view


def _part(digit: Digit, correction: Correction | None) -> Part:
    verdict = digit.prediction.verdict if digit.prediction else ""
    return Part(answers.answer_for(digit, correction), verdict, _read(digit))


def _state(digits: Iterable[Digit]) -> str:
    """One state for all: as long as one waits they wait."""
    predictions = [digit.prediction for digit in digits]
    if not all(prediction and prediction.is_final for prediction in predictions):
        return "waiting"
    found = {prediction.status for prediction in predictions if prediction}
    return next((state for state in (Status.SUPERSEDED, Status.FAILED) if state in found), Status.DONE).value


def preview_answer(found: list[dict[str, Any]]) -> AnswerView | NumberView:
    """found: as intake.preview_sketch returns it."""
    if len(found) == 1:
        return answers.preview_answer(found[0])
    parts = [
        Part(answers.preview_answer(each), each["verdict"], _character(each["verdict"], each["label"]))
        for each in found
    ]
    return NumberView("done", parts, preview=True)
