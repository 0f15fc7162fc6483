"""What the pages show of a number: several digits of one drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse

from classifier.digits.numbers import Status, Verdict, character, read
from classifier.models import Correction, Digit, NumberCorrection

from . import digits as answers
from .digits import AnswerView
from .rows import history_row


@dataclass
class Part:
    """One digit of a number."""

    answer: AnswerView
    verdict: str  # of Prediction.Verdict; empty before the answer
    character: str  # the digit read, or a mark in its place

    @property
    def is_read(self) -> bool:
        return self.character.isdecimal()


@dataclass
class NumberView:
    """A number in any state, as `templates/classifier/digits/_number.html` shows it."""

    template: ClassVar[str] = "classifier/digits/_number.html"
    state: str  # waiting, done, failed or superseded
    parts: list[Part]  # one for each digit, from the left
    preview: bool = False
    url: str = ""  # of the leftmost digit's page
    poll_url: str = ""
    digit: Digit | None = None  # the leftmost
    turned: int = 0  # degrees clockwise by which the picture was turned
    is_trial: bool = False  # of a visitor, and not stored
    is_drawn: bool = False
    whole: NumberCorrection | None = None
    error: str = ""  # why the owner's correction of the whole number was refused

    @property
    def text(self) -> str:
        return "".join(part.character for part in self.parts)

    @property
    def is_read(self) -> bool:
        return all(part.is_read for part in self.parts)

    @property
    def shown(self) -> int:
        """The index of the open part: the first one in doubt, otherwise the first."""
        doubtful = [at for at, part in enumerate(self.parts) if part.verdict != Verdict.DIGIT]
        return doubtful[0] if doubtful else 0

    @property
    def least_sure(self) -> AnswerView:
        return min((part.answer for part in self.parts), key=lambda answer: answer.confidence)


def stamps(digit: Digit) -> list[dict[str, Any]]:
    """The digit and its siblings in short, from the left; empty for a lone digit."""
    if len(digit.siblings) < 2:
        return []
    return [history_row(each) | {"is_here": each.pk == digit.pk} for each in digit.siblings]


def boxes(digit: Digit) -> list[dict[str, Any]]:
    """The frames of the digit and its siblings in the picture; empty if they are not known.

    A lone digit drawn on the pad needs no frame.
    """
    if len(digit.siblings) < 2 and not digit.drawing.has_file:
        return []
    frames = []
    for each in digit.siblings:
        if each.box:
            left, top, right, bottom = each.box
            box = {"x": left, "y": top, "width": right - left, "height": bottom - top}
            frames.append(box | {"is_here": each.pk == digit.pk})
    return sorted(frames, key=lambda box: bool(box["is_here"]))  # drawn last, so no other frame covers it


def answer_for(
    digit: Digit, said: Mapping[int, Correction], whole: NumberCorrection | None = None
) -> AnswerView | NumberView:
    """The answer to a whole drawing. digit: its leftmost digit, with known siblings.

    said: corrections by primary key of their digits, see corrections.by_digit. whole: see corrections.of_number.
    """
    if len(digit.siblings) == 1:
        return answers.answer_for(digit, said.get(digit.pk), whole)
    parts = [_part(each, said.get(each.pk)) for each in digit.siblings]
    url = reverse("classifier:digit-detail", args=[digit.public_id])
    view = NumberView(_state(digit.siblings), parts, url=url, digit=digit, turned=digit.drawing.turned, whole=whole)
    if view.state == "waiting":
        view.poll_url = f"{url}?whole=1"
    return view


def _part(digit: Digit, correction: Correction | None) -> Part:
    verdict = digit.prediction.verdict if digit.prediction else ""
    return Part(answers.answer_for(digit, correction), verdict, read(digit))


def _state(digits: Iterable[Digit]) -> str:
    """The state of the whole number: waiting until all digits are final."""
    predictions = [digit.prediction for digit in digits]
    if not all(prediction and prediction.is_final for prediction in predictions):
        return "waiting"
    statuses = {prediction.status for prediction in predictions if prediction}
    return next((state for state in (Status.SUPERSEDED, Status.FAILED) if state in statuses), Status.DONE).value


def preview_answer(results: list[dict[str, Any]]) -> AnswerView | NumberView:
    """The answer to an unfinished drawing. results: as intake.preview_sketch returns them."""
    if len(results) == 1:
        return answers.preview_answer(results[0])
    return number_answer([answers.preview_answer(each) for each in results], results)


def number_answer(
    views: list[AnswerView], results: list[dict[str, Any]], *, is_drawn: bool = True, turned: int = 0
) -> NumberView:
    """The answer to several digits that are not stored. views, results: of each digit."""
    parts = [
        Part(view, each["verdict"], character(each["verdict"], each["label"]))
        for view, each in zip(views, results, strict=True)
    ]
    is_preview = views[0].preview
    return NumberView("done", parts, preview=is_preview, is_trial=not is_preview, is_drawn=is_drawn, turned=turned)
