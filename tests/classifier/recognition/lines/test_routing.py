"""One compact shape is one digit; what is wide or side by side may be a number."""

import numpy as np
import pytest

from classifier.recognition.classes import Verdict
from classifier.recognition.lines.alphabet import BLANK, CLASSES, encode
from classifier.recognition.lines.framing import MARGIN
from classifier.recognition.lines.judging import NumberVerdict
from classifier.recognition.lines.reading import DigitAnswer
from classifier.recognition.lines.routing import may_be_number, read_rows
from classifier.recognition.lines.screening import rows_to_read, sketch_may_be_number
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.pipeline import find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.recognition.verdict import Judgement
from tests.lines import calibration

from .test_cutting import circle, drawn, line

ZERO_AND_ONE = [circle(60, 100, 30), line((120, 70), (120, 130))]
FOUR = [line((60, 60), (40, 110), (80, 110)), line((70, 80), (70, 140))]
JOINED = [circle(60, 100, 30) + line((60, 70), (125, 70)) + circle(125, 100, 30)]


def sketch(strokes):
    return Sketch(strokes, 300, 200, 8.0)


@pytest.mark.parametrize(
    ("strokes", "expected"),
    [
        (FOUR, False),
        ([circle(60, 100, 30)], False),
        (ZERO_AND_ONE, True),
        (JOINED, True),
        ([circle(60, 100, 30), line((75, 70), (75, 135))], True),  # one across the other
        ([line((60, 60), (40, 120)), line((80, 60), (60, 120))], True),  # slanting, with overlapping boxes
        ([line((60, 60), (60, 120)), line((80, 119), (82, 120))], False),  # a tap of the pen
    ],
)
def test_only_wide_or_separate_shapes_may_be_numbers(strokes, expected):
    assert sketch_may_be_number(sketch(strokes)) is expected
    assert may_be_number(rows_of_sketch(sketch(strokes))) is expected


def test_strokes_off_the_pad_are_no_number():
    assert not sketch_may_be_number(sketch([line((-90, 100), (-20, 100))]))
    assert sketch_may_be_number(sketch([line((-90, 100), (-20, 100)) + line((20, 100), (220, 110))]))


def shows(text):
    """A line network that always reads the same text, evenly spread over the row."""

    def logits(image):
        frames = image.shape[1] // 2
        found = np.zeros((frames, CLASSES), np.float32)
        found[:, BLANK] = 9
        inked = np.flatnonzero(image[..., 0].max(0) > 60)
        for at, number in enumerate(encode(text)):
            place = int((inked[0] + (inked[-1] - inked[0]) * (at + 0.5) / len(text)) / 2)
            found[place] = 0
            found[place, number] = 9
        assert image.shape[0] == 32 and inked[0] >= MARGIN - 2
        return found

    return logits


def answers(label, verdict, confidence=0.99):
    def digits(found):
        probabilities = [confidence if number == label else (1 - confidence) / 9 for number in range(10)]
        judgement = Judgement(verdict, "", label, confidence, probabilities, [label])
        return [DigitAnswer(judgement, [0.0] * 10) for _ in found]

    return digits


def readings(strokes, line_network, digit_network):
    drawn = sketch(strokes)
    (whole,) = find_digits_in_sketch(drawn, one_digit=True)
    return read_rows(rows_of_sketch(drawn), whole, line_network, digit_network, calibration())


def unasked(image):
    raise AssertionError("The line network was asked.")


FOUR_APART = [line((60, 60), (58, 100), (86, 100)), line((92, 60), (90, 140))]


def test_line_network_is_not_asked_about_a_digit_that_is_sure_and_compact():
    assert sketch_may_be_number(sketch(FOUR_APART))
    assert readings(FOUR_APART, unasked, answers(4, Verdict.DIGIT)) == []


@pytest.mark.parametrize(
    ("strokes", "digit_network"),
    [
        (FOUR_APART, answers(4, Verdict.UNSURE, 0.6)),
        (FOUR_APART, answers(4, Verdict.NOT_A_DIGIT)),
        ([line((40, 100), (54, 100)), *FOUR_APART[1:]], answers(1, Verdict.DIGIT)),  # a minus before it
        ([circle(60, 100, 30), line((140, 70), (140, 130))], answers(0, Verdict.DIGIT)),  # wide
    ],
)
def test_line_network_is_asked_about_anything_that_may_be_a_number(strokes, digit_network):
    with pytest.raises(AssertionError, match="was asked"):
        readings(strokes, unasked, digit_network)


def test_two_shapes_are_read_as_a_number_with_a_digit_for_each():
    (reading,) = readings(ZERO_AND_ONE, shows("01"), answers(0, Verdict.UNSURE, 0.6))
    assert reading.number == "01"
    zero, one = reading.characters
    assert zero.box[0] < 35 and zero.box[2] > 85 and one.box[0] > 110
    assert zero.digit.pixels.shape == (28, 28) and zero.answer.judgement.label == 0
    assert reading.verdict == NumberVerdict.UNSURE  # the digit network reads both as 0
    assert zero.centre < one.centre


def test_a_refusal_of_the_digit_network_is_no_second_opinion():
    (reading,) = readings(ZERO_AND_ONE, shows("01"), answers(0, Verdict.NOT_A_DIGIT, 0.9))
    assert reading.verdict == NumberVerdict.NUMBER


def test_a_sure_compact_digit_is_not_read_by_the_line_network():
    def never(image):
        raise AssertionError("asked")

    assert readings(FOUR, never, answers(4, Verdict.DIGIT)) == []


def test_a_compact_shape_that_is_no_digit_is_read_by_the_line_network():
    (reading,) = readings(FOUR, shows("11"), answers(1, Verdict.NOT_A_DIGIT))
    assert reading.number == "11"


def test_a_row_of_one_digit_is_answered_by_the_digit_network():
    assert readings(ZERO_AND_ONE, shows("4"), answers(4, Verdict.DIGIT)) == []


def test_a_signed_digit_is_a_number():
    minus_seven = [line((20, 100), (60, 100)), line((90, 70), (120, 70), (100, 130))]
    (reading,) = readings(minus_seven, shows("-7"), answers(7, Verdict.UNSURE, 0.4))
    assert (reading.text, reading.characters[0].digit) == ("-7", None)


@pytest.mark.parametrize(("whole", "texts"), [(7, ["-7"]), (2, [])])
def test_a_sign_beside_a_plain_digit_counts_if_both_networks_read_the_same_digit(whole, texts):
    compact = [line((40, 100), (64, 100)), line((70, 60), (110, 60), (90, 150))]
    assert [reading.text for reading in readings(compact, shows("-7"), answers(whole, Verdict.DIGIT))] == texts


def test_two_rows_give_two_readings():
    column = [*ZERO_AND_ONE, *[[[x, y + 120] for x, y in stroke] for stroke in ZERO_AND_ONE]]
    drawn = Sketch(column, 300, 300, 8.0)
    (whole,) = find_digits_in_sketch(drawn, one_digit=True)
    found = read_rows(rows_of_sketch(drawn), whole, shows("01"), answers(0, Verdict.UNSURE, 0.4), None)
    assert [reading.number for reading in found] == ["01", "01"]
    assert found[0].characters[0].box[3] < found[1].characters[0].box[1]


def doubting(drawn, digit_network):
    """The readings of a compact drawing as 11, of which the line reader is not sure."""
    (whole,) = find_digits_in_sketch(drawn, one_digit=True)
    return read_rows(rows_of_sketch(drawn), whole, shows("11"), digit_network, calibration(0.5))


def test_an_unsure_number_does_not_replace_a_digit_of_a_compact_shape():
    crossed = sketch([circle(60, 100, 30), line((75, 70), (75, 135))])
    assert doubting(crossed, answers(0, Verdict.DIGIT)) == []
    assert doubting(crossed, answers(0, Verdict.UNSURE, 0.6)) == []
    assert len(doubting(crossed, answers(0, Verdict.NOT_A_DIGIT, 0.6))) == 1


def test_an_unsure_number_replaces_an_unsure_digit_of_a_wide_shape():
    wide = sketch([line((20, 60), (20, 140)), line((220, 60), (220, 140))])
    assert len(doubting(wide, answers(1, Verdict.UNSURE, 0.6))) == 1
    assert doubting(wide, answers(1, Verdict.DIGIT)) == []


def test_a_neighbour_that_the_border_cuts_off_makes_no_number():
    ink = np.maximum(drawn((200, 100), circle(60, 50, 30)), drawn((200, 100), circle(196, 50, 14)))
    rows, whole = rows_to_read(255 - ink)
    found = read_rows(rows, whole, shows("00"), answers(0, Verdict.UNSURE, 0.6), calibration(0.5))
    assert rows[0].ink.shape[1] > 1.5 * (rows[0].bottom - rows[0].top)
    assert found == []
