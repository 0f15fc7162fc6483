"""The digit network answers several views of each digit, and their mean counts."""

import numpy as np
import pytest

from classifier.recognition.inference import Answer
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.sheets.reading.networks import Networks

PIXELS = np.zeros((28, 28), np.uint8)
PIXELS[6:22, 12:16] = 255
HINTS = {"is_sketch": False, "shapes": 1, "others": 0, "touches_edge": False, "contrast": 1.0}


class SureOfThePlainView:
    """Reads a 3 in digits exactly as they are framed, and a 5 in all others. Counts how it is asked."""

    def __init__(self) -> None:
        self.asked = []

    def answer(self, pixels):
        self.asked.append(len(pixels))
        logits = np.zeros((len(pixels), 10), np.float32)
        plain = (pixels == PIXELS).all((1, 2))
        logits[plain, 3], logits[~plain, 5] = 20, 20
        probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        return Answer(probabilities, logits, np.zeros((len(pixels), 4), np.float32), 0.1)


@pytest.fixture
def networks():
    return Networks(None, SureOfThePlainView(), None, None)


def test_what_one_view_alone_shows_is_not_believed(networks) -> None:
    digits = [FoundDigit(PIXELS, (0, 0, 28, 28), HINTS)] * 2
    chances = networks.chances(digits)
    views = len(networks.digit.asked)
    assert networks.digit.asked == [2] * views
    assert chances.shape == (2, 11)
    assert chances.sum(1) == pytest.approx([1, 1])
    assert chances[0, [3, 5]] == pytest.approx([1 / views, 1 - 1 / views], abs=1e-6)
    (answer, _) = networks.answers(digits)
    assert answer.judgement.label == 5
    assert answer.judgement.confidence == pytest.approx(1 - 1 / views, abs=1e-6)


def test_no_digits_have_no_chances(networks) -> None:
    assert networks.chances([]).shape == (0, 11)
    assert networks.digit.asked == []
