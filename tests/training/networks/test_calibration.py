"""Calibration: the temperature, the thresholds and the out-of-distribution score of a network."""

import hashlib
import json

import numpy as np
import pytest

from classifier.digits.registry import BUNDLED, TFLITE, read_metadata
from classifier.recognition.calibration import Calibration, calibrated, ood_inputs
from classifier.recognition.errors import NoInk
from classifier.recognition.inference import Network
from classifier.recognition.verdict import judge
from training.data.sources import generated_dataset
from training.networks import material
from training.networks.calibration import (
    calibrate,
    find_space,
    find_temperature,
    find_thresholds,
    learn_ood_score,
    significant,
)
from training.networks.material import gather, photographed, with_photographs
from training.synthesis import drawing
from training.synthesis.outliers.kinds import KINDS, find_outliers
from training.synthesis.outliers.paper import PENCIL, Paper


@pytest.fixture(scope="module")
def answer():
    content = (BUNDLED / "deeper_cnn" / TFLITE).read_bytes()
    network = Network(content, hashlib.sha256(content).hexdigest())

    def ask(images):
        parts = [network.answer(images[start : start + 100]) for start in range(0, len(images), 100)]
        return np.concatenate([part.logits for part in parts]), np.concatenate([part.features for part in parts])

    return ask


def material_of(count, seed, drawn):
    """Material with the first bundled digits as those that were held out."""
    digits = generated_dataset()
    others = drawing.draw_kinds(drawing.MAKERS, drawn, seed + drawing.SEED_OFFSET)
    return gather((digits.x_train[:count], digits.y_train[:count]), others, seed)


@pytest.fixture(scope="module")
def material_of_600():
    return material_of(600, seed=1, drawn=400)


@pytest.fixture(scope="module")
def made(answer, material_of_600):
    return calibrate(answer, material_of_600)


@pytest.mark.slow
def test_calibration_is_small_and_passes_through_json(made):
    text = json.dumps(made)
    assert len(text) < 100_000
    assert json.loads(text) == made
    assert Calibration.of(made).temperature == made["temperature"]


@pytest.mark.slow
def test_outliers_are_caught_and_digits_are_not(made, answer):
    calibration = Calibration.of(made)

    def verdicts(pictures, hints):
        logits, features = answer(pictures)
        rows = zip(logits, features, pictures, hints, strict=True)
        return np.array([judge(*row, calibration).verdict for row in rows])

    drawn = list(find_outliers(150, seed=11))
    of_outliers = verdicts(np.stack([digit.pixels for _, digit in drawn]), [digit.hints for _, digit in drawn])
    digits = generated_dataset().x_test[:500]
    of_digits = verdicts(digits, [{}] * len(digits))
    assert (of_outliers != "digit").mean() > 0.8
    assert (of_digits == "not_a_digit").mean() < 0.03
    assert (of_digits != "digit").mean() < 0.12


@pytest.mark.slow
def test_photographed_digits_are_rarely_refused(answer):
    """With the bundled calibration. Many small and faint digits are unsure, but few are refused."""
    digits = generated_dataset()
    calibration = Calibration.of(read_metadata(BUNDLED / "deeper_cnn")["calibration"])
    for paper, doubted in ((Paper(), 0.1), (PENCIL, 0.3)):
        rng = np.random.default_rng(21)
        pictures, labels = photographed(digits.x_test[:300], digits.y_test[:300], rng, paper)
        logits, features = answer(pictures)
        rows = zip(logits, features, pictures, strict=True)
        verdicts = np.array([judge(*row, {}, calibration).verdict for row in rows])
        assert (verdicts[logits.argmax(1) == labels] == "not_a_digit").mean() < 0.02
        assert (verdicts != "digit").mean() < doubted


def thresholds(scores, outliers=(-100.0,), usual=None, correct=None):
    """The thresholds of a 7, for digits with these scores: all 7s and by default usual and read correctly."""
    every = np.ones(len(scores), bool)
    given = (every if each is None else np.array(each, bool) for each in (usual, correct))
    refuse_from, doubt_from = find_thresholds(np.array(scores), np.full(len(scores), 7), *given, np.array(outliers))
    return refuse_from, doubt_from[7]


def test_few_digits_are_refused_and_some_doubted():
    refuse_from, doubt_from = thresholds(np.arange(10_000.0))
    assert refuse_from == pytest.approx(9_995, abs=1)
    assert doubt_from == pytest.approx(9_700, abs=1)


def test_at_most_6_percent_of_one_digit_are_doubted():
    """Only 1s have high scores."""
    scores, first = np.r_[np.zeros(9_000), np.arange(1_000.0)], np.repeat([7, 1], [9_000, 1_000])
    every = np.ones(10_000, bool)
    _, doubt_from = find_thresholds(scores, first, every, every, np.array([-100.0]))
    assert doubt_from[7] == doubt_from[0] == pytest.approx(700, abs=1)  # 3 % of all
    assert doubt_from[1] == pytest.approx(940, abs=1)


def test_outliers_with_low_scores_need_not_be_refused():
    """Unsure answers catch them too, and lose no answer."""
    outliers = np.linspace(3, 13, 101)
    assert thresholds(np.linspace(-10, 0, 500), outliers)[0] == pytest.approx(5)
    assert thresholds(np.linspace(-10, 8, 500), outliers)[0] == pytest.approx(8, abs=0.05)


def test_refusal_needs_at_least_the_score_of_a_doubt():
    refuse_from, doubt_from = thresholds([0.0, 1.0, 9.0, 9.5], correct=[1, 1, 0, 0])
    assert refuse_from == doubt_from > 9


def test_misread_digits_do_not_limit_what_is_refused():
    scores, correct = np.arange(2_000.0), np.arange(2_000) < 1_900
    assert thresholds(scores, correct=correct)[0] < thresholds(scores)[0] - 40
    assert thresholds(scores, correct=np.zeros(2_000))[0] == thresholds(scores)[0]  # none is read correctly


def test_poor_pictures_do_not_determine_what_is_doubted():
    scores, usual = np.r_[np.zeros(500), np.full(500, 7.0)], np.arange(1_000) < 500
    assert thresholds(scores, usual=usual) == (7, 0)


def test_a_third_is_photographed_and_half_of_that_is_not_usual():
    digits = generated_dataset()
    part = digits.x_train[:60], digits.y_train[:60]
    (images, labels), is_usual = with_photographs(part, np.random.default_rng(1))
    assert len(images) == len(labels) == len(is_usual)
    assert 76 <= len(images) <= 80  # a faint one may not be found again
    assert 67 <= is_usual.sum() <= 70
    assert (images[:60] == part[0]).all()
    assert is_usual[:60].all()
    assert images.dtype == np.uint8


def test_pictures_without_ink_are_left_out(monkeypatch):
    def lost(_):
        raise NoInk

    monkeypatch.setattr(material, "frame_outlier", lost)
    images, labels = photographed(np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8), np.random.default_rng(1))
    assert (images.shape, labels.shape) == ((0, 28, 28), (0,))


@pytest.mark.slow
def test_held_back_kinds_are_caught_too(made, answer):
    calibration = Calibration.of(made)
    drawn = list(find_outliers(150, seed=12, held_back=True))
    assert all(KINDS[kind].is_held_back for kind, _ in drawn)
    pictures = np.stack([digit.pixels for _, digit in drawn])
    logits, features = answer(pictures)
    rows = zip(logits, features, pictures, strict=True)
    assert np.mean([judge(*row, {}, calibration).verdict != "digit" for row in rows]) > 0.7


def test_same_seed_makes_the_same(answer):
    first = calibrate(answer, material_of(60, seed=3, drawn=100))
    again = calibrate(answer, material_of(60, seed=3, drawn=100))
    assert first == again


HOW_SURE = ("temperature", "sure_from")


def without(names, calibration):
    return {name: value for name, value in calibration.items() if name not in names}


@pytest.mark.slow
def test_how_sure_comes_from_the_network_that_has_not_learnt_the_digits(made, answer, material_of_600):
    """Here a network whose logits are twice as large. The threshold for a refusal does not depend on it."""

    def doubled(images):
        logits, features = answer(images)
        return 2 * logits, features

    from_trial = calibrate(answer, material_of_600, unlearnt=doubled)
    assert from_trial["temperature"] == pytest.approx(2 * made["temperature"], abs=0.001)
    assert from_trial["sure_from"] == pytest.approx(made["sure_from"], abs=0.001)
    how_sure = {name: made[name] for name in HOW_SURE}
    from_version = calibrate(answer, material_of_600, how_sure=how_sure)
    assert {name: from_version[name] for name in HOW_SURE} == how_sure
    assert without(HOW_SURE, from_version) == without(HOW_SURE, from_trial)
    thresholds_too = (*HOW_SURE, "refuse_from", "doubt_from")
    assert without(thresholds_too, from_version) == without(thresholds_too, made)
    assert from_version["doubt_from"] != made["doubt_from"]  # known digits choose no threshold


def test_temperature_is_found():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (20_000, 10))
    powers = np.exp(logits)
    chances = np.cumsum(powers / powers.sum(1, keepdims=True), 1)
    truth = (rng.random((20_000, 1)) > chances).sum(1).clip(0, 9)
    assert find_temperature(logits, truth) == pytest.approx(1, abs=0.05)
    assert find_temperature(3 * logits, truth) == pytest.approx(3, abs=0.15)


@pytest.mark.slow
def test_calibrated_network_is_correct_as_often_as_its_confidence_says(made, answer):
    digits = generated_dataset()
    probabilities = calibrated(answer(digits.x_test)[0], Calibration.of(made))
    right = (probabilities.argmax(1) == digits.y_test).mean()
    assert probabilities.max(1).mean() == pytest.approx(right, abs=0.03)


def test_space_whitens_each_digits_own_spread():
    rng = np.random.default_rng(3)
    truth = np.arange(4000) % 10
    centroids = rng.normal(0, 10, (10, 6))
    features = centroids[truth] + rng.normal(0, [1, 2, 3, 4, 5, 6], (4000, 6))
    space = find_space(features, truth)
    places, squares = space.locate(features)
    assert (places - space.centroids[truth]).std(0) == pytest.approx(np.ones(6), abs=0.1)
    assert squares[np.arange(4000), truth].mean() == pytest.approx(6, abs=0.5)  # chi square of 6 degrees
    assert (squares.argmin(1) == truth).mean() > 0.95


def test_feature_that_never_fires_does_no_harm():
    rng = np.random.default_rng(4)
    truth = np.arange(500) % 10
    features = np.column_stack([truth + rng.normal(0, 0.1, 500), np.zeros(500)])
    space = find_space(features, truth)
    inputs = ood_inputs(rng.normal(0, 1, (500, 10)), features, np.zeros((500, 28, 28), np.uint8), space)
    assert np.isfinite(inputs).all()


def test_ood_score_learns_what_differs():
    rng = np.random.default_rng(5)
    digits, outliers = rng.normal(0, 1, (1000, 3)), rng.normal(0, 1, (700, 3))
    outliers[:, 1] = np.where(rng.random(700) < 0.5, -4, 4)  # on both sides, so no line separates them
    learnt = learn_ood_score(digits, outliers, np.random.default_rng(6))
    assert (learnt.of(digits) < 0).mean() > 0.95
    assert (learnt.of(outliers) > 0).mean() > 0.95


def test_rounding_keeps_significant_digits():
    assert significant(np.array([[123456.7, -0.000123456]])).tolist() == [[123460.0, -0.00012346]]
