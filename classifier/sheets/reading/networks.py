"""The networks that read fields, and what the digit network says about many digits at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import Calibration
from classifier.recognition.inference import Network
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.lines.reading import DigitAnswer
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.verdict import judge_rows


@dataclass(frozen=True)
class Networks:
    """A line network and a digit network, with their calibrations."""

    line: LineNetwork
    digit: Network
    line_calibration: LineCalibration | None
    digit_calibration: Calibration | None

    def answers(self, digits: Sequence[FoundDigit]) -> list[DigitAnswer]:
        """The digit network's answer to each digit, as `lines.reading` wants them."""
        pixels = np.stack([digit.pixels for digit in digits])  # (n, 28, 28)
        answer = self.digit.answer(pixels)
        hints = [digit.hints for digit in digits]
        judgements = judge_rows(answer.logits, answer.features, pixels, hints, self.digit_calibration)
        return [DigitAnswer(*pair) for pair in zip(judgements, answer.logits.tolist(), strict=True)]

    def chances(self, digits: Sequence[FoundDigit]) -> NDArray[np.float64]:
        """How probable each digit is, and, last, that it is no digit: (n, 11), each row adds up to 1."""
        if not digits:
            return np.zeros((0, 11))
        pixels = np.stack([digit.pixels for digit in digits])
        answer = self.digit.answer(pixels)
        calibration = self.digit_calibration
        temperature = calibration.temperature if calibration else 1.0
        powers = np.exp((answer.logits - answer.logits.max(1, keepdims=True)).astype(np.float64) / temperature)
        powers /= powers.sum(1, keepdims=True)
        odd = np.zeros(len(digits))
        if calibration is not None:
            scores = calibration.scores(answer.logits, answer.features, pixels)
            odd = 1 / (1 + np.exp(-np.clip(scores - calibration.refuse_from, -30, 30)))
        return np.column_stack([powers * (1 - odd[:, None]), odd])
