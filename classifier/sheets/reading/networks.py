"""The networks that read fields, and what the digit network says about many digits at once.

Each digit is shown to it several times, a little moved and a little smaller, and the mean of the answers counts: what
it is sure of by chance in one of them it is not in the others.
Source: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import Calibration
from classifier.recognition.inference import Answer, Network
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.lines.reading import DigitAnswer
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.verdict import judge_rows

MOVED = 0.7  # px
SMALLER = 0.9
# Size, and px to the right and down.
VIEWS = ((SMALLER, 0.0, 0.0), (1.0, MOVED, 0.0), (1.0, -MOVED, 0.0), (1.0, 0.0, MOVED), (1.0, 0.0, -MOVED))


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
        answer = self._answer(pixels)
        hints = [digit.hints for digit in digits]
        judgements = judge_rows(answer.logits, answer.features, pixels, hints, self.digit_calibration)
        return [DigitAnswer(*pair) for pair in zip(judgements, answer.logits.tolist(), strict=True)]

    def chances(self, digits: Sequence[FoundDigit]) -> NDArray[np.float64]:
        """How probable each digit is, and, last, that it is no digit: (n, 11), each row adds up to 1."""
        if not digits:
            return np.zeros((0, 11))
        pixels = np.stack([digit.pixels for digit in digits])
        answer = self._answer(pixels)
        calibration = self.digit_calibration
        powers = _softmax(answer.logits / self._temperature)
        odd = np.zeros(len(digits))
        if calibration is not None:
            scores = calibration.scores(answer.logits, answer.features, pixels)
            odd = 1 / (1 + np.exp(-np.clip(scores - calibration.refuse_from, -30, 30)))
        return np.column_stack([powers * (1 - odd[:, None]), odd])

    @property
    def _temperature(self) -> float:
        return self.digit_calibration.temperature if self.digit_calibration else 1.0

    def _answer(self, pixels: NDArray[np.uint8]) -> Answer:
        """The digit network's answer to the mean of all views; the features are of the digits as they are."""
        answers = [self.digit.answer(view) for view in _views(pixels)]
        mean = np.mean([_softmax(each.logits / self._temperature) for each in answers], axis=0)
        logits = (self._temperature * np.log(np.maximum(mean, 1e-12))).astype(np.float32)
        return replace(answers[0], logits=logits, probabilities=_softmax(logits).astype(np.float32))


def _views(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Digits as they are, and as in VIEWS. pixels: (n, 28, 28)."""
    yield pixels
    middle = (SIDE - 1) / 2
    for size, x, y in VIEWS:
        matrix = np.array([[size, 0, (1 - size) * middle + x], [0, size, (1 - size) * middle + y]])
        yield np.stack([np.asarray(cv2.warpAffine(each, matrix, (SIDE, SIDE)), np.uint8) for each in pixels])


def _softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float64))
    return np.asarray(powers / powers.sum(1, keepdims=True))
