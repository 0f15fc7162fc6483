"""The calibration of a line network: probabilities as observed, and thresholds that keep their promise."""

from typing import Any

import numpy as np
import pytest

from classifier.recognition.lines.alphabet import BLANK, CLASSES, OTHER
from classifier.recognition.lines.evidence import NAMES
from classifier.recognition.lines.judging import LIKELY_NUMBER, LIKELY_RIGHT
from classifier.recognition.lines.reading import DigitAnswer
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.recognition.verdict import Judgement
from training.networks import line_material
from training.networks.line_calibration import (
    ANSWERED,
    SURE_RIGHT,
    SURE_RIGHT_IN_PICTURE,
    calibrate_lines,
    fit_logistic,
)
from training.networks.line_material import LineMaterial, gather_lines
from training.synthesis.lines.scans import Scans
from training.synthesis.lines.sending import send_line


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture
def scans(rng):
    """Twenty scanned digits: upright bars."""
    pictures = np.zeros((20, 28, 28), np.uint8)
    pictures[:, 4:24, 12:16] = 255
    return Scans(pictures, np.arange(20) % 10)


def outcomes(rng, count):
    """Evidence of two items, of which the first decides, and what it is about."""
    items = rng.normal(0, 1, (count, 2)) * [2, 5] + [1, -3]
    share = 1 / (1 + np.exp(-(2 * items[:, 0] - 0.5)))
    return items, rng.random(count) < share, share


def test_fitted_probabilities_are_those_of_the_outcomes(rng):
    items, truth, share = outcomes(rng, 6000)
    assert np.abs(fit_logistic(items, truth).of(items) - share).mean() < 0.02


def test_outcomes_that_are_plain_do_not_make_weights_endless(rng):
    items = rng.normal(0, 1, (300, 3))
    fitted = fit_logistic(items, items[:, 0] > 0)
    assert np.isfinite(fitted.weights).all() and np.abs(fitted.weights).max() < 50


@pytest.mark.parametrize("place", [[-3, 0], [-1, 8]], ids=["plain outliers", "outliers like numbers"])
def test_sure_numbers_are_right_and_few_right_ones_are_refused(rng, place):
    items, is_right, _ = outcomes(rng, 8000)
    others = rng.normal(place, 1, (2000, 2))
    items = np.concatenate([items, others])
    is_number = np.arange(len(items)) < 8000
    is_right = np.r_[is_right, np.zeros(2000, bool)]
    is_drawn = np.arange(len(items)) % 2 == 0
    calibration = calibrate_lines(LineMaterial(items, is_number, is_right, is_drawn, is_number), seed=1)
    confidence = calibration.is_right.of(items)
    for where, sure_from, share in (
        (is_drawn, calibration.sure_from, SURE_RIGHT),
        (~is_drawn, calibration.sure_in_picture, SURE_RIGHT_IN_PICTURE),
    ):
        sure = where & is_number & (confidence >= sure_from)
        assert is_right[sure].mean() == pytest.approx(share, abs=0.004)
        assert sure.sum() > 0.2 * (where & is_number).sum()
    number = calibration.is_number.of(items)
    refused = (number < calibration.refuse_below) | ((number < LIKELY_NUMBER) & (confidence < LIKELY_RIGHT))
    assert refused[is_right].mean() < 0.03
    answered = 1 - refused[8000:].mean()
    if calibration.refuse_below:
        assert answered == pytest.approx(ANSWERED, abs=0.004)
    else:
        assert answered < ANSWERED


def test_numbers_that_are_never_sure_do_not_raise_the_threshold(rng):
    items, is_right, _ = outcomes(rng, 4000)
    is_number = is_drawn = np.ones(len(items), bool)
    disputed = rng.random(len(items)) < 0.2

    def sure_from(is_right: Any, is_agreed: Any) -> float:
        return calibrate_lines(LineMaterial(items, is_number, is_right, is_drawn, is_agreed), seed=1).sure_from

    assert sure_from(is_right & ~disputed, ~disputed) < sure_from(is_right & ~disputed, is_number)


def test_lines_are_sent_as_strokes_and_as_pictures(rng, scans):
    sent = [send_line(rng, scans) for _ in range(12)]
    kinds = {type(each.content) for each in sent}
    assert kinds == {Sketch, np.ndarray}
    assert all(any(character.isdigit() for character in each.text) for each in sent)
    assert set(send_line(rng, scans, is_word=True).text) == {OTHER}


def test_strokes_lie_on_their_pad(rng, scans):
    sketches = [sent.content for sent in (send_line(rng, scans) for _ in range(12)) if isinstance(sent.content, Sketch)]
    for sketch in sketches:
        points = np.vstack(sketch.strokes)
        assert (points >= 0).all() and (points <= [sketch.width, sketch.height]).all()


def test_material_is_evidence_about_numbers_and_others(scans):
    def blank(image):
        logits = np.zeros((image.shape[1] // 2, CLASSES), np.float32)
        logits[:, BLANK] = 5
        logits[4, 7] = 20  # every row reads 7
        return logits

    def sevens(found):
        return [DigitAnswer(Judgement("digit", "", 7, 1.0, [0.0] * 7 + [1.0, 0, 0], [7]), [0.0] * 10) for _ in found]

    material = gather_lines(blank, sevens, scans, 10, seed=2)
    assert material.items.shape == (len(material.is_number), len(NAMES))
    assert material.is_number.sum() >= 8 and (~material.is_number).sum() >= 2
    assert not material.is_right[~material.is_number].any()
    assert 0 < material.is_drawn.sum() < len(material.items)
    assert material.is_agreed.any()


def test_two_digits_that_digit_networks_refuse_are_no_outliers_here(monkeypatch):
    drawn = [("two digits", "a number"), ("letter", "a letter")]
    monkeypatch.setattr(line_material, "endless_outliers", lambda rng, held_back: iter(drawn))
    assert [content for _, content in line_material._outliers(np.random.default_rng(1))] == ["a letter"]
