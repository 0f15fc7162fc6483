"""What the pages show of a number: several digits of one drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse

from classifier.digits.intake import Unstored
from classifier.digits.lines.messages import ReadRow
from classifier.digits.numbers import Status, Verdict, character, only_figures, read, reading_of
from classifier.models import Correction, Digit, NumberCorrection
from classifier.recognition.lines.judging import NumberVerdict, reason_sentence
from classifier.recognition.wording import bounded_percent

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
class WholeReading:
    """What the line reader says about a number as a whole."""

    rows: list[ReadRow]
    version: str  # the name of the line reader

    @classmethod
    def of(cls, rows: list[ReadRow], version: str) -> "WholeReading | None":
        return cls(rows, version) if rows else None

    @property
    def text(self) -> str:
        """With its marks; a line for each row that is a number."""
        return "\n".join(row.text for row in self.rows if row.is_read)

    @property
    def is_read(self) -> bool:
        """Whether any row is a number."""
        return any(row.is_read for row in self.rows)

    @property
    def is_sure(self) -> bool:
        return all(row.verdict == NumberVerdict.NUMBER for row in self.rows)

    @property
    def percent(self) -> str:
        """How sure the least sure row is."""
        return bounded_percent(min(row.confidence for row in self.rows))

    @property
    def notes(self) -> list[str]:
        """Sentences about rows in doubt, and about signs that were left out."""
        sentences = [reason_sentence(row.reason, row.text, [text for text, _ in row.alternatives]) for row in self.rows]
        left_out = sum(row.left_out for row in self.rows if row.is_read)
        if left_out:
            sentences.append(
                "A sign beside the number was left out." if left_out == 1 else "Signs beside the number were left out."
            )
        return [each for each in dict.fromkeys(sentences) if each]


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
    reading: WholeReading | None = None  # None if each digit was read separately

    @property
    def text(self) -> str:
        figures = "".join(part.character for part in self.parts)
        is_same = self.reading and only_figures(self.reading.text) == figures
        return self.reading.text if self.reading and is_same else figures

    @property
    def characters(self) -> list[str]:
        """What is shown in large: digits, marks, and an empty text for each part that is not a digit."""
        if self.reading and self.text == self.reading.text:
            return [*self.text.replace("\n", " ")]
        return [part.character if part.is_read else "" for part in self.parts]

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
    reading = reading_of(digit.drawing)
    read = WholeReading([ReadRow.from_json(row) for row in reading.rows], reading.version_name) if reading else None
    if len(digit.siblings) == 1 and not (read and read.is_read):
        return with_reason(answers.answer_for(digit, said.get(digit.pk), whole), read)
    parts = [_part(each, said.get(each.pk)) for each in digit.siblings]
    url = reverse("classifier:digit-detail", args=[digit.public_id])
    view = NumberView(
        _state(digit.siblings),
        parts,
        url=url,
        digit=digit,
        turned=digit.drawing.turned,
        whole=whole,
        reading=read,
    )
    if view.state == "waiting":
        view.poll_url = f"{url}?whole=1"
    return view


def with_reason(view: AnswerView, reading: WholeReading | None) -> AnswerView:
    """The answer to one digit; if it was refused as a number too, with the line reader's reason."""
    if reading and view.verdict == Verdict.NOT_A_DIGIT:
        view.reason = " ".join(reading.notes) or view.reason
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


def preview_answer(read: Unstored) -> AnswerView | NumberView:
    """The answer to an unfinished drawing."""
    return unstored_answer([answers.preview_answer(each) for each in read.results], read, is_drawn=True)


def unstored_answer(views: list[AnswerView], read: Unstored, is_drawn: bool) -> AnswerView | NumberView:
    """The answer to a drawing that is not stored. views: of each digit."""
    whole = WholeReading.of(read.rows, read.line_version)
    if len(views) == 1 and not (whole and whole.is_read):
        return with_reason(views[0], whole)
    parts = [
        Part(view, each["verdict"], character(each["verdict"], each["label"]))
        for view, each in zip(views, read.results, strict=True)
    ]
    is_preview = views[0].preview
    return NumberView(
        "done",
        parts,
        preview=is_preview,
        is_trial=not is_preview,
        is_drawn=is_drawn,
        turned=read.turned,
        reading=whole,
    )
