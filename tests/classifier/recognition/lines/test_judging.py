"""The answer to a row: sure, unsure with alternatives, or refused with a reason."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.recognition.classes import Verdict
from classifier.recognition.lines.alphabet import encode
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.ctc import Frames
from classifier.recognition.lines.evidence import NAMES
from classifier.recognition.lines.judging import NumberVerdict, judge_row, sentence
from classifier.recognition.lines.reading import Candidate, Character, DigitAnswer, RowRead, Text, log_likelihoods, rank
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.verdict import Judgement
from tests.lines import calibration, written

from .test_ctc import frames_of

BLACK = np.zeros((28, 28), np.uint8)


def answer(digit, confidence=0.99):
    others = (1 - confidence) / 9
    probabilities = [confidence if number == digit else others for number in range(10)]
    return DigitAnswer(Judgement(Verdict.DIGIT, "", digit, confidence, probabilities, [digit]), [0.0] * 10)


def candidate(text, score, digits=""):
    """A text with its score; digits: what the digit network reads instead."""
    seen = iter(digits or "".join(filter(str.isdigit, text)))
    characters = [
        Character(
            each,
            30.0 * at,
            (30 * at, 0, 30 * at + 20, 40),
            0.9,
            FoundDigit(BLACK, (0, 0, 1, 1), {}),
            answer(int(next(seen))),
        )
        if each.isdigit()
        else Character(each, 30.0 * at, (30 * at, 30, 30 * at + 5, 40), 0.9)
        for at, each in enumerate(text)
    ]
    return Candidate(Text(text, score, score), characters, 0.0, score)


def read(*candidates):
    row = Row(np.zeros((50, 200), np.uint8), 0, 40, 0, 0, 1, 200, {})
    return RowRead(row, list(candidates), [], [candidates[0].text.text], [])


def test_a_probable_number_is_sure():
    reading = judge_row(read(candidate("3.5", -0.1), candidate("35", -6)), calibration())
    assert (reading.text, reading.number, reading.verdict) == ("3.5", "35", NumberVerdict.NUMBER)
    assert reading.confidence == pytest.approx(0.999)
    assert sentence(reading) == ""


@pytest.mark.parametrize(
    ("confidence", "number", "verdict"),
    [
        (0.25, 0.95, NumberVerdict.UNSURE),
        (0.25, 0.85, NumberVerdict.NOT_A_NUMBER),  # doubtful in both ways
        (0.35, 0.85, NumberVerdict.UNSURE),
        (0.999, 0.85, NumberVerdict.NUMBER),
        (0.999, 0.005, NumberVerdict.NOT_A_NUMBER),
    ],
)
def test_a_row_that_is_neither_read_surely_nor_surely_a_number_is_refused(confidence, number, verdict):
    assert (
        judge_row(read(candidate("3.5", -0.1), candidate("35", -6)), calibration(confidence, number)).verdict == verdict
    )


def test_a_doubtful_number_names_its_alternatives():
    reading = judge_row(read(candidate("35", -0.7), candidate("36", -0.9), candidate("3.5", -1.5)), calibration(0.6))
    assert reading.verdict == NumberVerdict.UNSURE
    assert [each.text for each in reading.alternatives] == ["35", "36"]  # 3.5 has the same digits as 35
    assert sum(each.probability for each in reading.alternatives) == pytest.approx(1)
    assert sentence(reading) == "It could be 35 or 36."


def test_a_mark_that_may_be_none_is_named():
    doubtful = read(candidate("3.5", -0.6), candidate("35", -0.9))
    reading = judge_row(doubtful, calibration())
    assert (reading.text, reading.verdict) == ("3.5", NumberVerdict.UNSURE)
    assert [each.text for each in reading.alternatives] == ["3.5", "35"]
    assert sum(each.probability for each in reading.alternatives) <= 1
    assert judge_row(read(candidate("3.5", -0.1), candidate("35", -6)), calibration()).verdict == NumberVerdict.NUMBER


def test_a_sign_left_out_is_no_other_mark():
    assert judge_row(read(candidate("35", -0.6), candidate("?35", -0.8)), calibration()).verdict == NumberVerdict.NUMBER


def test_where_the_digit_network_reads_another_digit_both_are_shown():
    reading = judge_row(read(candidate("35", -0.1, digits="85")), calibration())
    assert reading.verdict == NumberVerdict.UNSURE
    assert [each.text for each in reading.alternatives][:2] == ["35", "85"]
    assert sentence(reading) == "Read as a whole it is 35, but digit by digit it could be 85."


@pytest.mark.parametrize(("text", "kept", "count"), [("?35", "35", 1), ("35.-?", "35.-", 1), ("??120", "120", 2)])
def test_signs_at_the_ends_are_left_out_and_counted(text, kept, count):
    reading = judge_row(read(candidate(text, -0.1)), calibration())
    assert (reading.text, reading.left_out, reading.verdict) == (kept, count, NumberVerdict.NUMBER)
    assert "".join(each.character for each in reading.characters) == kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [("????", "word"), ("?3??", "word"), ("1?2", "mixed"), ("-.", "marks"), ("", "word"), ("3?5?7", "mixed")],
)
def test_text_that_is_not_a_number_is_refused_with_a_reason(text, reason):
    reading = judge_row(read(candidate(text, -0.1)), calibration())
    assert (reading.verdict, reading.reason, reading.alternatives) == (NumberVerdict.NOT_A_NUMBER, reason, [])
    assert sentence(reading)


def test_an_improbable_number_is_refused():
    reading = judge_row(read(candidate("35", -0.1)), calibration(number=0.001))
    assert (reading.verdict, reading.reason) == (NumberVerdict.NOT_A_NUMBER, "picture")


def test_a_number_that_is_hardly_ever_right_is_refused():
    reading = judge_row(read(candidate("35", -9)), calibration(confidence=0.01))
    assert (reading.verdict, reading.reason) == (NumberVerdict.NOT_A_NUMBER, "unclear")


def test_a_drawing_and_a_picture_are_sure_from_confidences_of_their_own():
    of_picture = read(candidate("35", -0.1))
    (drawn_row,) = rows_of_sketch(written("35"))
    of_drawing = replace(of_picture, row=drawn_row)
    either = replace(calibration(confidence=0.92), sure_from=0.95, sure_in_picture=0.9)
    assert judge_row(of_picture, either).verdict == NumberVerdict.NUMBER
    assert judge_row(of_drawing, either).verdict == NumberVerdict.UNSURE


def test_without_a_calibration_no_number_is_sure():
    reading = judge_row(read(candidate("35", -9), candidate("36", -9.1)), None)
    assert (reading.text, reading.verdict, reading.reason) == ("35", NumberVerdict.UNSURE, "close")
    assert reading.confidence == pytest.approx(0.525, abs=0.001)
    assert sentence(reading) == "It could be 35 or 36."


def test_texts_are_ranked_by_their_probability():
    texts, (first,) = rank([frames_of("_3__5_", 3.0)])
    assert first == texts[0].text == "35"
    assert len(texts) > 1
    assert [each.score for each in texts] == sorted((each.score for each in texts), reverse=True)


def test_a_text_is_as_probable_as_both_looks_find_it():
    looks = [frames_of("_3__5_", 3.0), frames_of("_3__6_", 4.0)]
    texts, firsts = rank(looks)
    assert firsts == ["35", "36"]
    assert texts[0].text == "36"  # the second look is surer
    five, six = (log_likelihoods([frames], [tuple(encode("36"))]).item() for frames in looks)
    assert (texts[0].score, texts[0].least) == (pytest.approx((five + six) / 2), pytest.approx(five))


def test_a_slash_where_a_1_is_nearly_as_probable_is_a_1():
    logits = np.log(np.maximum(frames_of("_3__/_").probabilities, 1e-6))
    logits[4, 1] = logits[4].max() - 1
    texts, (first,) = rank([Frames.of(logits)])
    assert first == "3/"
    assert texts[0].text == "31"


def test_a_calibration_survives_its_stored_form():
    found = LineCalibration.of(calibration(0.7, 0.8).to_stored())
    assert found is not None
    assert found.is_right.of(np.zeros(len(NAMES))) == pytest.approx(0.7)
    assert LineCalibration.of({"version": 0}) is None


def test_frames_add_up_to_one():
    frames = Frames.of(np.random.default_rng(0).normal(0, 5, (30, 20)))
    assert frames.probabilities.sum(1) == pytest.approx(1)
