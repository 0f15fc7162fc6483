"""Reading a row with both networks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULT, TFLITE, read_metadata
from classifier.recognition.calibration import Calibration
from classifier.recognition.inference import Network
from classifier.recognition.lines.alphabet import BLANK, CLASSES, encode
from classifier.recognition.lines.reading import METHOD, DigitAnswer, read_row
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.verdict import judge_rows
from tests.lines import ToldNetwork, written

FOLDER = BUNDLED / BUNDLED_DEFAULT
NETWORK = Network.from_file(FOLDER / TFLITE)
CALIBRATION = Calibration.of(read_metadata(FOLDER)["calibration"])


def digit_network(found: Any) -> list[DigitAnswer]:
    pixels = np.stack([digit.pixels for digit in found])
    answer = NETWORK.answer(pixels)
    judged = judge_rows(answer.logits, answer.features, pixels, [digit.hints for digit in found], CALIBRATION)
    return [DigitAnswer(*pair) for pair in zip(judged, answer.logits.tolist(), strict=True)]


class Doubtful(ToldNetwork):
    """Says 6 where a 5 is nearly as probable."""

    def logits(self, image: Any) -> Any:
        logits = super().logits(image)
        five, six = encode("56")
        logits[:, five] = np.where(logits[:, six] > 0, logits[:, six] - 2, 0)
        return logits


def test_the_digit_network_may_bring_a_text_that_the_line_network_did_not_propose():
    (row,) = rows_of_sketch(written("3507"))
    method = replace(METHOD, most_cut=1)  # no other text is cut

    def text(**changes: Any) -> str:
        return read_row(row, Doubtful("3607").logits, digit_network, replace(method, **changes)).best.text.text

    assert text() == "3507"
    assert text(asks_back=False) == "3607"


def test_a_certain_line_network_is_not_overruled():
    (row,) = rows_of_sketch(written("3507"))
    read = read_row(row, ToldNetwork("3607").logits, digit_network)
    assert read.best.text.text == "3607"
    assert read.best.characters[1].is_disputed


def test_the_line_network_sees_the_row_at_two_sizes():
    (row,) = rows_of_sketch(written("3507"))
    told, heights = ToldNetwork("3507"), []

    def line_network(image: Any) -> Any:
        rows = np.flatnonzero(image[..., 0].max(1) > 64)
        heights.append(rows[-1] - rows[0] + 1)
        return told.logits(image)

    read = read_row(row, line_network, digit_network)
    assert heights[1] in (heights[0] - 3, heights[0] - 2, heights[0] - 1)
    assert read.first_choices == ["3507", "3507"]


def test_the_first_look_may_see_nothing():
    (row,) = rows_of_sketch(written("1234567890"))
    told, shown = ToldNetwork("1234567890"), []

    def line_network(image: Any) -> Any:
        logits = told.logits(image)
        shown.append(logits)
        return logits if len(shown) == 2 else np.eye(CLASSES, dtype=np.float32)[[BLANK] * len(logits)] * 40

    assert read_row(row, line_network, digit_network).best.text.text == ""


class Leaning(ToldNetwork):
    """Says a slash where a 1 is nearly as probable."""

    def logits(self, image: Any) -> Any:
        logits = super().logits(image)
        slash, one = encode("/1")
        logits[:, one] = np.where(logits[:, slash] > 0, logits[:, slash] - 1.5, logits[:, one])
        return logits


@pytest.mark.parametrize(
    ("seen", "read"),
    [("2/", "21"), ("9876/0", "9876/0"), ("98765/0", "9876510"), ("3/4", "3/4"), ("1/12/2026", "1/12/2026")],
)
def test_a_slash_is_read_where_people_write_one(seen, read):
    (row,) = rows_of_sketch(written(seen))
    assert read_row(row, Leaning(seen).logits, digit_network, replace(METHOD, trust=0.0)).best.text.text == read
