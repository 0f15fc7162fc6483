"""Reading drawings with a line network and a digit network, mostly those in service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from classifier.decoding.turning import Answered
from classifier.digits.networks import (
    calibration_of,
    line_calibration_of,
    line_network_in_service,
    network_in_service,
)
from classifier.recognition.calibration import Calibration
from classifier.recognition.classes import Verdict
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.lines.judging import NumberVerdict, Reading, judge_row
from classifier.recognition.lines.reading import Character, DigitAnswer, read_row
from classifier.recognition.lines.routing import count_as_numbers, is_one_digit
from classifier.recognition.lines.rows import Row
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.verdict import judge_rows

from .messages import ReadRow


@dataclass(frozen=True)
class DrawingRead:
    """What both networks read in a drawing."""

    digits: list[FoundDigit]  # row by row, each from left to right; at least one
    answers: list[Answered]  # of the digit network, to each digit
    rows: list[ReadRow]  # from top to bottom; empty if it is read as one digit


@dataclass
class Reader:
    """A line network and a digit network with their calibrations."""

    line_network: LineNetwork
    digit_network: Network
    line_calibration: LineCalibration | None
    digit_calibration: Calibration | None

    def read(self, rows: Sequence[Row], whole: FoundDigit) -> DrawingRead:
        """Reads the rows of a drawing. whole: all of it as one digit.

        A drawing that is not a number is read as one digit; its rows are kept if they say why it is not a digit.
        """
        (one,) = self._answers([whole])
        if is_one_digit(rows, one.judgement, whole):
            return DrawingRead([whole], [_answered(one)], [])
        readings = [self._reading(row) for row in rows]
        if not count_as_numbers(readings, rows, one.judgement, whole):
            is_none = all(each.verdict == NumberVerdict.NOT_A_NUMBER for each in readings)
            says_why = is_none and one.judgement.verdict == Verdict.NOT_A_DIGIT
            return DrawingRead([whole], [_answered(one)], [ReadRow.of(each) for each in readings] if says_why else [])
        numbers = [each for each in readings if each.verdict != NumberVerdict.NOT_A_NUMBER]
        characters = [each for reading in numbers for each in reading.characters]
        digits = [each.digit for each in characters if each.digit]
        answers = [_within(each, each.answer) for each in characters if each.answer]
        return DrawingRead(digits, answers, [ReadRow.of(each) for each in readings])

    def _reading(self, row: Row) -> Reading:
        return judge_row(read_row(row, self.line_network.logits, self._answers), self.line_calibration)

    def _answers(self, digits: Sequence[FoundDigit]) -> list[DigitAnswer]:
        """The digit network's answer to each digit."""
        pixels = np.stack([digit.pixels for digit in digits])  # (n, 28, 28)
        answer = self.digit_network.answer(pixels)
        hints = [digit.hints for digit in digits]
        judgements = judge_rows(answer.logits, answer.features, pixels, hints, self.digit_calibration)
        return [DigitAnswer(*pair) for pair in zip(judgements, answer.logits.tolist(), strict=True)]


class ServingReader(Reader):
    """The two versions in service when it is made. Raises ModelFileDamaged if one cannot be loaded."""

    def __init__(self) -> None:
        line_version, line_network = line_network_in_service()
        digit_version, digit_network = network_in_service()
        super().__init__(
            line_network,
            digit_network,
            LineCalibration.of(line_calibration_of(line_version)),
            calibration_of(digit_version),
        )
        self.line_version, self.digit_version = line_version, digit_version

    @classmethod
    def if_any(cls) -> "ServingReader | None":
        """None if no line reader is in service."""
        try:
            return cls()
        except ModelFileDamaged:
            return None


def _answered(answer: DigitAnswer) -> Answered:
    return Answered(answer.judgement, answer.logits, 0.0)


def _within(character: Character, answer: DigitAnswer) -> Answered:
    """The answer to a digit of a number: what the line reader reads there, in doubt if the digit reader differs."""
    digit, own = int(character.character), answer.judgement
    if own.label == digit and own.verdict != Verdict.NOT_A_DIGIT:
        return _answered(answer)
    candidates = [digit] if own.label == digit else [digit, own.label]
    reason = "odd" if own.verdict == Verdict.NOT_A_DIGIT else "close"
    judgement = replace(
        own,
        verdict=Verdict.UNSURE,
        reason=reason,
        label=digit,
        confidence=own.probabilities[digit],
        candidates=candidates,
    )
    return Answered(judgement, answer.logits, 0.0)
