"""The verdict on an answer: a digit, unsure or not a digit, and why."""

import json

import numpy as np
import pytest

from classifier.recognition.calibration import Calibration, calibrated, geometry, ood_inputs
from classifier.recognition.classes import Verdict
from classifier.recognition.verdict import REASONS, judge, sentence
from tests.calibrations import WIDTH, a_calibration

FEATURES = np.zeros(WIDTH, np.float32)
RING = np.zeros((28, 28), np.uint8)
RING[4:24, 8:20] = 255
RING[7:21, 11:17] = 0
FILLED = np.zeros((28, 28), np.uint8)
FILLED[4:24, 4:24] = 255


def logits(**of):
    """Logits of a few digits, such as d4=9.0; the others are far below."""
    values = np.full(10, -20.0, np.float32)
    for name, value in of.items():
        values[int(name[1:])] = value
    return values


def judged(values, pixels=RING, hints=None, calibration=None):
    return judge(values, FEATURES, pixels, hints or {}, calibration or Calibration.of(a_calibration()))


def test_without_a_calibration_everything_is_a_digit():
    judgement = judge(logits(d3=1.0, d5=0.9), FEATURES, FILLED, {"shapes": 3}, None)
    assert (judgement.verdict, judgement.reason, judgement.label, judgement.candidates) == ("digit", "", 3, [3])
    assert judgement.probabilities == pytest.approx([0, 0, 0, 0.525, 0, 0.475, 0, 0, 0, 0], abs=1e-4)
    assert judgement.confidence == judgement.probabilities[3]


def test_a_digit_like_others_has_the_verdict_digit():
    judgement = judged(logits(d4=12.0))
    assert (judgement.verdict, judgement.reason, judgement.label, judgement.candidates) == ("digit", "", 4, [4])


def test_an_outlier_is_not_a_digit_but_keeps_its_first_choice():
    judgement = judged(logits(d4=5.0))
    assert (judgement.verdict, judgement.label, judgement.candidates) == ("not_a_digit", 4, [])
    assert sentence(judgement.reason) == REASONS["drawing"]


def test_between_the_thresholds_it_is_unsure():
    judgement = judged(logits(d4=7.0, d9=3.0))
    assert (judgement.verdict, judgement.reason, judgement.label, judgement.candidates) == ("unsure", "odd", 4, [4, 9])


def test_each_digit_may_have_a_threshold_of_its_own():
    calibration = Calibration.of(a_calibration(doubt_from=[2.0, 3.5] + [2.0] * 8))
    assert judged(logits(d1=7.0), calibration=calibration).verdict == "digit"
    assert judged(logits(d7=7.0), calibration=calibration).verdict == "unsure"


def test_two_digits_nearly_as_probable_are_both_named():
    judgement = judged(logits(d4=12.0, d9=11.9))
    assert (judgement.verdict, judgement.reason, judgement.candidates) == ("unsure", "close", [4, 9])
    assert sentence(judgement.reason, judgement.candidates) == "It could be a 4 or a 9."


def test_third_digit_is_named_when_it_is_not_far_behind():
    judgement = judged(logits(d4=12.0, d9=11.9, d8=11.0))
    assert sentence(judgement.reason, judgement.candidates) == "It could be a 4, a 9 or an 8."
    assert judged(logits(d4=12.0, d9=11.9, d8=6.0)).candidates == [4, 9]


@pytest.mark.parametrize(
    ("pixels", "hints", "reason"),
    [
        (RING, {}, "drawing"),
        (RING, {"is_sketch": True, "shapes": 1}, "drawing"),
        (RING, {"is_sketch": True, "shapes": 2}, "two_digits"),
        (RING, {"is_sketch": False, "shapes": 9}, "picture"),
        (RING, {"is_sketch": False}, "picture"),
        (FILLED, {"is_sketch": False, "shapes": 2}, "full"),
        (np.zeros((28, 28), np.uint8), {}, "drawing"),
    ],
)
def test_reason_follows_the_picture(pixels, hints, reason):
    assert judged(logits(d4=2.0), pixels, hints).reason == reason


def test_several_components_that_look_odd_are_not_a_digit():
    assert judged(logits(d4=7.0)).verdict == "unsure"
    judgement = judged(logits(d4=7.0), hints={"shapes": 2})
    assert (judgement.verdict, judgement.reason, judgement.candidates) == ("not_a_digit", "two_digits", [])


def test_several_components_alone_are_not_refused():
    """A 5 with a detached cap may still be a 5."""
    judgement = judged(logits(d5=12.0), hints={"shapes": 2})
    assert (judgement.verdict, judgement.reason, judgement.label) == ("unsure", "several_shapes", 5)
    assert judged(logits(d5=12.0), hints={"shapes": 1}).verdict == "digit"


def test_temperature_softens_and_keeps_the_order():
    values = logits(d4=12.0, d9=10.0)
    soft = judged(values)
    assert soft.label == 4
    assert soft.confidence == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-4)
    assert sum(soft.probabilities) == pytest.approx(1)
    assert calibrated(values[None], Calibration.of(a_calibration()))[0] == pytest.approx(soft.probabilities)


def test_inputs_of_one_picture_do_not_depend_on_the_others():
    rng = np.random.default_rng(1)
    values, features = rng.normal(0, 3, (5, 10)), rng.normal(0, 1, (5, WIDTH))
    pixels = np.where(rng.random((5, 28, 28)) < 0.2, 200, 0).astype(np.uint8)
    space = Calibration.of(a_calibration()).space
    together = ood_inputs(values, features, pixels, space)
    for number in range(5):
        here = slice(number, number + 1)
        assert ood_inputs(values[here], features[here], pixels[here], space)[0] == pytest.approx(together[number])


def test_distances_are_to_the_centroids():
    space = Calibration.of(a_calibration()).space
    inputs = ood_inputs(logits(d3=5.0)[None], np.array([[3.0, 4.0, 9.0, 9.0]]), RING[None], space)
    assert inputs[0, 2:5] == pytest.approx([4.0, np.hypot(1, 4), 4.0])  # nearest, second, the digit read


def test_geometry_measures_a_ring_two_bars_and_grey():
    two = np.zeros((28, 28), np.uint8)
    two[4:24, 4:8] = two[4:24, 20:24] = 255
    grey = np.full((28, 28), 128, np.uint8)
    ring, apart, flat = geometry(np.stack([RING, two, grey]))
    assert (ring[6], ring[7], ring[8]) == (20, 12, 0)  # height, width, one component with a hole
    assert (ring[3], ring[5]) == (2, 2)
    assert (apart[2], apart[3], apart[4], apart[8]) == (2, 2, 1, 2)
    assert (flat[1], ring[1]) == (1, 0)
    assert ring[0] == pytest.approx((20 * 12 - 14 * 6) / 784)


def test_geometry_of_a_blank_picture_is_finite():
    assert np.isfinite(geometry(np.zeros((1, 28, 28), np.uint8))).all()


@pytest.mark.parametrize("missing", [None, {}, {"version": 2}, {"version": 0, "temperature": 1.0}])
def test_calibration_of_another_form_is_ignored(missing):
    assert Calibration.of(missing) is None


def test_calibration_passes_through_json():
    assert (
        judged(logits(d4=7.0), calibration=Calibration.of(json.loads(json.dumps(a_calibration())))).verdict == "unsure"
    )


def test_every_reason_is_a_sentence():
    for reason in REASONS:
        words = sentence(reason, [1, 7])
        assert words[0].isupper()
        assert words.endswith(".")
        assert "{" not in words
    assert sentence("", [4]) == ""


def test_the_table_has_the_same_verdicts():
    from classifier.models import Prediction

    assert set(Verdict) == set(Prediction.Verdict.values)
    assert max(map(len, REASONS)) <= Prediction._meta.get_field("reason").max_length
