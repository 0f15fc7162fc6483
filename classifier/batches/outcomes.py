"""The outcome of a piece of a batch: rows to insert, counts, and storing them in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from classifier.archives.directory import NAME_AT_MOST, Entry
from classifier.decoding.pictures import Picture
from classifier.decoding.turning import Answered
from classifier.digits.lines.messages import ReadRow, fields_of
from classifier.digits.numbers import copies
from classifier.jobs import leases
from classifier.models import (
    Batch,
    BatchFile,
    Digit,
    Drawing,
    ModelVersion,
    NumberReading,
    Prediction,
    label_in,
    title_of,
)
from classifier.models.bulk import Rows, new_id
from classifier.recognition.classes import NOT_A_DIGIT, Verdict
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.preprocessing.pipeline import FoundDigit

from .places import Place

SENTENCE_AT_MOST = 300  # characters of the sentence that says why a file failed


class Member(NamedTuple):
    """A file of the archive, and what its sender says about it."""

    entry: Entry
    page: int | None  # see places.File
    label: str  # figures, such as "7" or "2048", of each page; empty if it is not known
    one_digit: bool

    @property
    def true_label(self) -> int | None:
        """The label of the digit, or of each digit, in the picture."""
        return int(self.label) if len(self.label) == 1 else None

    def label_at(self, position: int, count: int) -> int | None:
        """The label of one of the `count` digits in the picture: of a number only if it has as many."""
        return label_in(self.true_number, position, count) if self.true_number else self.true_label

    @property
    def true_number(self) -> str:
        """The label of the picture as a whole, if it is a number of several digits."""
        return self.label if len(self.label) > 1 else ""


@dataclass
class Outcome:
    """The rows and counts of some members that follow one another in the archive.

    It is made in a forked process and stored by the process that holds the batch.
    """

    start: Place  # before these members
    end: Place  # and after them
    drawings: Rows
    digits: Rows
    predictions: Rows
    failures: Rows
    readings: Rows | None  # without a line reader there are none
    drawing_of_reading: list[int] = field(default_factory=list)  # for each reading, the number of its drawing
    drawing_of_digit: list[int] = field(default_factory=list)  # for each digit, the number of its drawing
    unsure: int = 0
    refused: int = 0
    labelled: list[tuple[int, int]] = field(default_factory=list)  # true label, column of Batch.confusion
    numbers: list[tuple[str, str]] = field(default_factory=list)  # true number, number read

    @classmethod
    def of(
        cls, batch: Batch, version: ModelVersion, line_version: ModelVersion | None, start: Place, end: Place
    ) -> Self:
        """An outcome without members."""
        now, done = timezone.now(), Prediction.Status.DONE
        steps = {"preprocessing_version": pipeline.VERSION}
        # A digit's row is written with its copies of drawing and prediction, so the triggers have nothing to do.
        of_batch = {"owner": batch.owner_id, "batch": batch.pk, "source": Drawing.Source.BATCH, "created": now}
        of_answer = {"revision": 1, "model_version": version.pk, "created": now, "sent": now, "finished": now}
        return cls(
            start,
            end,
            drawings=Rows(Drawing, **of_batch),
            digits=Rows(Digit, **of_batch, **steps, version=version.pk, status=done),
            predictions=Rows(Prediction, **of_answer, **steps, status=done),
            failures=Rows(BatchFile, batch=batch.pk),
            readings=Rows(NumberReading, model_version=line_version.pk, revision=1) if line_version else None,
        )

    def add_failure(self, member: Member, reason: str, sentence: str) -> None:
        name = title_of(member.entry.name, member.page)
        if len(name) > NAME_AT_MOST:
            name = "…" + name[1 - NAME_AT_MOST :]
        self.failures.add(name=name, reason=reason, sentence=sentence[:SENTENCE_AT_MOST])

    def add_picture(
        self, member: Member, picture: Picture, answers: Sequence[Answered], rows: Sequence[ReadRow]
    ) -> None:
        """answers: to this picture's digits; rows: what a line reader read in it, if anything."""
        self.drawings.add(
            public_id=new_id(),
            width=picture.width,
            height=picture.height,
            original_format=picture.format,
            turned=picture.turned,
            one_digit=member.one_digit,
            true_label=member.true_label,
            true_number=member.true_number,
            member=member.entry.name,
            page=member.page,
            member_at=member.entry.at,
        )
        sureness = None
        if rows and self.readings is not None:
            self.drawing_of_reading.append(len(self.drawings) - 1)
            reading = fields_of(rows)
            self.readings.add(**reading)
            sureness = reading["confidence"] if reading["verdict"] != NumberReading.Verdict.NOT_A_NUMBER else None
        judgements = [answered.judgement for answered in answers]
        figures = [NOT_A_DIGIT if each.verdict == Verdict.NOT_A_DIGIT else each.label for each in judgements]
        whole = copies(figures, [each.confidence for each in judgements], member.true_number, sureness)
        for position, (digit, answered) in enumerate(zip(picture.digits, answers, strict=True)):
            self.drawing_of_digit.append(len(self.drawings) - 1)
            label = member.label_at(position, len(answers))
            self._add_digit(label, position, digit, answered, {"read": figures[position], **whole})
        if member.true_number:
            self.numbers.append((member.true_number, whole["number"]))

    def _add_digit(
        self, label: int | None, position: int, digit: FoundDigit, answered: Answered, read: dict[str, Any]
    ) -> None:
        """read: the fields of the digit's row that say what was read, its own and the whole number's."""
        judgement = answered.judgement
        self.digits.add(
            public_id=new_id(),
            position=position,
            pixels=digit.pixels.tobytes(),
            box=list(digit.box),
            hints=digit.hints,
            true_label=label,
            verdict=judgement.verdict,
            confidence=judgement.confidence,
            **read,
        )
        self.predictions.add(
            verdict=judgement.verdict,
            reason=judgement.reason,
            candidates=judgement.candidates,
            label=judgement.label,
            confidence=judgement.confidence,
            probabilities=judgement.probabilities,
            logits=answered.logits,
            inference_ms=answered.inference_ms,
        )
        self.unsure += judgement.verdict == Verdict.UNSURE
        self.refused += judgement.verdict == Verdict.NOT_A_DIGIT
        if label is not None:
            self.labelled.append((label, read["read"]))


def store(batch: Batch, outcome: Outcome) -> None:
    """Inserts an outcome's rows and moves the batch's position, in one transaction. Raises LeaseLost."""
    for label, column in outcome.labelled:
        batch.confusion[label][column] += 1
    with transaction.atomic():
        # First, so no row is written for a batch that this worker does not hold.
        if not leases.renew(
            leases.held(batch).filter(position=outcome.start.position, page=outcome.start.page),
            position=outcome.end.position,
            page=outcome.end.page,
            attempts=0,
            read=F("read") + len(outcome.drawings),
            failed=F("failed") + len(outcome.failures),
            digits=F("digits") + len(outcome.digits),
            unsure=F("unsure") + outcome.unsure,
            refused=F("refused") + outcome.refused,
            labelled=F("labelled") + len(outcome.labelled),
            right=F("right") + sum(label == column for label, column in outcome.labelled),
            numbers=F("numbers") + len(outcome.numbers),
            numbers_right=F("numbers_right") + sum(number == read for number, read in outcome.numbers),
            confusion=batch.confusion,
        ):
            raise leases.LeaseLost
        drawings = outcome.drawings.insert()
        digits = outcome.digits.insert(drawing=[drawings[number] for number in outcome.drawing_of_digit])
        outcome.predictions.insert(digit=digits)
        if outcome.readings is not None:
            outcome.readings.insert(drawing=[drawings[number] for number in outcome.drawing_of_reading])
        outcome.failures.insert()
