"""What is learnt of a network's outputs: its temperature, its thresholds, and what is no digit."""

import hashlib
import json

import numpy as np
import pytest

from classifier.digits.registry import BUNDLED, TFLITE, read_metadata
from classifier.recognition.calibration import Calibration, calibrated
from classifier.recognition.errors import NoInk
from classifier.recognition.inference import Network
from classifier.recognition.ood_score import ood_inputs
from classifier.recognition.verdict import judge
from training.data.sources import generated_dataset
from training.networks import calibration
from training.networks.calibration import (
    calibrate,
    find_space,
    find_temperature,
    find_thresholds,
    learn_ood_score,
    material,
    photographed,
    to_digits,
    with_photographs,
)
from training.synthesis.outliers.kinds import KINDS, find_outliers
from training.synthesis.outliers.paper import PENCIL, Paper

DRAWN = 400


@pytest.fixture(scope="module")
def answer():
    content = (BUNDLED / "deeper_cnn" / TFLITE).read_bytes()
    network = Network(content, hashlib.sha256(content).hexdigest())

    def ask(images):
        found = [network.answer(images[start : start + 100]) for start in range(0, len(images), 100)]
        return np.concatenate([each.logits for each in found]), np.concatenate([each.features for each in found])

    return ask


@pytest.fixture(scope="module")
def made(answer):
    digits = generated_dataset()
    return calibrate(answer, digits.x_train[:600], digits.y_train[:600], seed=1, drawn=DRAWN)


@pytest.mark.slow
def test_calibration_is_small_and_passes_through_json(made):
    text = json.dumps(made)
    assert len(text) < 100_000
    assert json.loads(text) == made
    assert Calibration.of(made).temperature == made["temperature"]


@pytest.mark.slow
def test_junk_is_caught_and_digits_are_not(made, answer):
    calibration = Calibration.of(made)

    def verdicts(pictures, hints):
        logits, features = answer(pictures)
        rows = zip(logits, features, pictures, hints, strict=True)
        return np.array([judge(*row, calibration).verdict for row in rows])

    drawn = list(find_outliers(150, seed=11))
    of_junk = verdicts(np.stack([found.pixels for _, found in drawn]), [found.hints for _, found in drawn])
    digits = generated_dataset().x_test[:500]
    of_digits = verdicts(digits, [{}] * len(digits))
    assert (of_junk != "digit").mean() > 0.8
    assert (of_digits == "not_a_digit").mean() < 0.03
    assert (of_digits != "digit").mean() < 0.12


@pytest.mark.slow
def test_photographed_digits_are_hardly_ever_refused(answer):
    """By the calibration that ships. Small and faint ones neither: much of them is doubted, but what is refused is an
    answer lost."""
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


def thresholds(levels, junk=(-100.0,), usual=None, right=None):
    """Of digits of such strangeness, all 7s, usual and read rightly, unless said otherwise; the doubt of a 7."""
    every = np.ones(len(levels), bool)
    given = (every if each is None else np.array(each, bool) for each in (usual, right))
    refuse_from, doubt_from = find_thresholds(np.array(levels), np.full(len(levels), 7), *given, np.array(junk))
    return refuse_from, doubt_from[7]


def test_few_digits_are_refused_and_some_doubted():
    refuse_from, doubt_from = thresholds(np.arange(10_000.0))
    assert refuse_from == pytest.approx(9_995, abs=1)
    assert doubt_from == pytest.approx(9_700, abs=1)


def test_of_no_digit_much_is_doubted():
    """All but a few of what is strange are 1s."""
    levels, first = np.r_[np.zeros(9_000), np.arange(1_000.0)], np.repeat([7, 1], [9_000, 1_000])
    every = np.ones(10_000, bool)
    _, doubt_from = find_thresholds(levels, first, every, every, np.array([-100.0]))
    assert doubt_from[7] == doubt_from[0] == pytest.approx(700, abs=1)  # of all of them 3 %
    assert doubt_from[1] == pytest.approx(940, abs=1)


def test_the_least_strange_junk_need_not_be_refused():
    """A doubt catches it as well, and takes nobody's digit away."""
    junk = np.linspace(3, 13, 101)
    assert thresholds(np.linspace(-10, 0, 500), junk)[0] == pytest.approx(5)
    assert thresholds(np.linspace(-10, 8, 500), junk)[0] == pytest.approx(8, abs=0.05)


def test_nothing_is_refused_that_is_not_even_doubted():
    refuse_from, doubt_from = thresholds([0.0, 1.0, 9.0, 9.5], right=[1, 1, 0, 0])
    assert refuse_from == doubt_from > 9


def test_refusing_what_is_misread_costs_nothing():
    levels, right = np.arange(2_000.0), np.arange(2_000) < 1_900
    assert thresholds(levels, right=right)[0] < thresholds(levels)[0] - 40
    assert thresholds(levels, right=np.zeros(2_000))[0] == thresholds(levels)[0]  # it reads nothing at all


def test_poor_pictures_do_not_say_how_much_is_doubted():
    levels, usual = np.r_[np.zeros(500), np.full(500, 7.0)], np.arange(1_000) < 500
    assert thresholds(levels, usual=usual) == (7, 0)


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


def test_of_pictures_all_lost_none_are_left(monkeypatch):
    def lost(_):
        raise NoInk

    monkeypatch.setattr(calibration, "frame_outlier", lost)
    found, labels = photographed(np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8), np.random.default_rng(1))
    assert (found.shape, labels.shape) == ((0, 28, 28), (0,))


@pytest.mark.slow
def test_kinds_it_never_met_are_caught_too(made, answer):
    calibration = Calibration.of(made)
    drawn = list(find_outliers(150, seed=12, held_back=True))
    assert all(KINDS[kind].is_held_back for kind, _ in drawn)
    pictures = np.stack([found.pixels for _, found in drawn])
    logits, features = answer(pictures)
    rows = zip(logits, features, pictures, strict=True)
    assert np.mean([judge(*row, {}, calibration).verdict != "digit" for row in rows]) > 0.7


def test_same_seed_makes_the_same(answer):
    digits = generated_dataset()
    part = digits.x_train[:60], digits.y_train[:60]
    first = calibrate(answer, *part, seed=3, drawn=100)
    material.cache_clear()
    again = calibrate(answer, *part, seed=3, drawn=100)
    assert first == again


def test_temperature_is_found():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (20_000, 10))
    powers = np.exp(logits)
    chances = np.cumsum(powers / powers.sum(1, keepdims=True), 1)
    truth = (rng.random((20_000, 1)) > chances).sum(1).clip(0, 9)
    assert find_temperature(logits, truth) == pytest.approx(1, abs=0.05)
    assert find_temperature(3 * logits, truth) == pytest.approx(3, abs=0.15)


@pytest.mark.slow
def test_calibrated_network_is_right_as_often_as_it_says(made, answer):
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


def test_strangeness_learns_what_differs():
    rng = np.random.default_rng(5)
    digits, junk = rng.normal(0, 1, (1000, 3)), rng.normal(0, 1, (700, 3))
    junk[:, 1] = np.where(rng.random(700) < 0.5, -4, 4)  # on both sides: no line parts them
    learnt = learn_ood_score(digits, junk, np.random.default_rng(6))
    assert (learnt.of(digits) < 0).mean() > 0.95
    assert (learnt.of(junk) > 0).mean() > 0.95


def test_rounding_keeps_significant_digits():
    assert to_digits(np.array([[123456.7, -0.000123456]])).tolist() == [[123460.0, -0.00012346]]
