"""The generated digits: legible, within the pad, repeatable, and the same as those that ship."""

import gzip
import json
from typing import Any

import numpy as np
import pytest

from classifier.digits.samples.mnist import GENERATED_FILE, read_generated
from classifier.recognition.preprocessing.framing import to_network_scale
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch
from training.management.commands import generate_digits
from training.synthesis.curves import GRAIN, cut_corners, extend, resample, smooth, trace
from training.synthesis.glyphs.shapes import STYLES, Hand
from training.synthesis.handwriting import PAD, RARE, draw_digit, draw_digits, redrawn, to_images, with_pen
from training.synthesis.writing import Writing, write


@pytest.fixture(scope="module")
def drawn() -> list[Any]:
    return list(draw_digits(200, seed=5))


@pytest.fixture(scope="module")
def shipped_strokes() -> list[dict[str, Any]]:
    strokes: list[dict[str, Any]] = json.loads(
        gzip.decompress((GENERATED_FILE.parent / "generated_strokes.json.gz").read_bytes())
    )
    return strokes


@pytest.mark.parametrize("digit", range(10))
def test_each_digit_is_written_in_several_styles(digit: int) -> None:
    assert sum(style.digit == digit and style.weight > 0 for style in STYLES) >= 5


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.draw.__name__)
def test_each_style_stays_near_its_box(style: Any) -> None:
    rng = np.random.default_rng(0)
    points = np.vstack([trace(stroke) for _ in range(20) for stroke in style.draw(Hand(rng))])
    assert points.min() > -0.6  # long flags and far curls
    assert points.min(0)[1] > -0.15
    assert points.max(0)[0] < 0.95
    assert points.max(0)[1] < 1.15


def test_the_pen_passes_through_its_nodes() -> None:
    nodes = np.array([[0, 0], [1, 2], [3, 1], [4, 4]], float)
    curve = smooth(nodes)
    assert all(np.abs(curve - node).sum(1).min() < 1e-9 for node in nodes)


@pytest.mark.parametrize("stiffness", [0.0, 0.5, 1.0])
def test_a_stiff_hand_draws_straight_lines_between_nodes(stiffness: float) -> None:
    nodes = np.array([[0, 0], [1, 2], [3, 1], [4, 4]], float)
    straight = np.hypot(*np.diff(nodes, axis=0).T).sum()
    length = np.hypot(*np.diff(smooth(nodes, stiffness), axis=0).T).sum()
    assert bool(length == pytest.approx(straight)) == (stiffness == 1.0)


def test_haste_cuts_corners_and_keeps_the_ends() -> None:
    corner = resample(np.array([[0, 0], [0.5, 0], [0.5, 0.5]]), GRAIN)
    cut = cut_corners(corner, 4)
    assert np.abs(cut[[0, -1]] - corner[[0, -1]]).max() < 1e-9
    assert np.hypot(*(cut - [0.5, 0]).T).min() > 0.02


@pytest.mark.parametrize(("by", "end"), [(0.1, 1.1), (-0.1, 0.9), (0.0, 1.0)])
def test_a_stroke_may_end_beyond_or_short(by: float, end: float) -> None:
    line = resample(np.array([[0.0, 0.0], [1.0, 0.0]]), GRAIN)
    assert extend(line, by)[-1] == pytest.approx([end, 0], abs=1e-9)


def test_writers_differ_in_slant_breadth_and_turn() -> None:
    rng = np.random.default_rng(1)
    hands = [Writing.sample(rng) for _ in range(300)]
    for name, low, high in (("slant", -0.15, 0.35), ("turn", -0.12, 0.12), ("breadth", 0.7, 1.4)):
        values = np.array([getattr(hand, name) for hand in hands])
        assert values.min() < low
        assert values.max() > high


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.draw.__name__)
def test_each_style_is_written_about_one_unit_high(style: Any) -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        points = np.vstack(write(style.draw(Hand(rng)), Writing.sample(rng), rng))
        assert np.isfinite(points).all()
        assert 0.7 < np.ptp(points[:, 1]) < 1.9


def test_another_pen_draws_thinner_or_thicker(drawn: list[Any]) -> None:
    usual, _ = to_images(drawn[:30])
    for share, low, high in ((0.06, 0.4, 0.75), (0.22, 1.2, 2.0)):
        other = np.stack([with_pen(each.sketch, share) for each in drawn[:30]])
        assert low < other.sum(dtype=float) / usual.sum(dtype=float) < high


@pytest.mark.parametrize("share", [0.03, 0.3])
def test_a_drawing_with_another_pen_has_room_on_its_pad(drawn: list[Any], share: float) -> None:
    for sketch in (each.sketch for each in drawn[:30]):
        other = redrawn(sketch, share)
        before, after = (np.array([point for stroke in each.strokes for point in stroke]) for each in (sketch, other))
        width, height = np.ptp(after, 0)
        assert other.pen == pytest.approx(max(1, share * max(height, width / 2)), abs=0.06)
        assert after - after[0] == pytest.approx(before - before[0])
        assert after.min() >= other.pen / 2
        assert (after <= np.array([other.width, other.height]) - other.pen / 2).all()


def test_all_digits_are_drawn_equally_often(drawn: list[Any]) -> None:
    assert np.bincount([each.label for each in drawn]).tolist() == [20] * 10


def test_drawings_stay_on_the_pad_and_are_large_enough(drawn: list[Any]) -> None:
    for each in drawn:
        points = np.array([point for stroke in each.sketch.strokes for point in stroke])
        assert points.min() >= each.sketch.pen / 2
        assert points.max() <= PAD - each.sketch.pen / 2
        assert np.ptp(points, 0).max() > 50


def test_drawings_differ_from_each_other(drawn: list[Any]) -> None:
    images, _ = to_images(drawn)
    assert len({image.tobytes() for image in images}) == len(drawn)


def test_the_same_seed_draws_the_same_digit() -> None:
    one, same, other = (draw_digit(4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert isinstance(one, Sketch)
    assert one == same
    assert one != other


def test_the_network_reads_nearly_all_of_them(drawn: list[Any], bundled_probabilities: Any) -> None:
    """The generated digits look enough like people's that a network reads them."""
    images, labels = to_images(drawn)
    read = bundled_probabilities(to_network_scale(images)).argmax(1)
    assert (read == labels).mean() > 0.85


def test_shipped_images_are_what_the_generator_draws() -> None:
    shipped = read_generated()
    for part, count, seed in (
        ("train", generate_digits.TRAIN, generate_digits.TRAIN_SEED),
        ("test", generate_digits.TEST, generate_digits.TEST_SEED),
    ):
        assert len(shipped[f"x_{part}"]) == count
        first = draw_digits(count, seed)
        images, labels = to_images(next(first) for _ in range(20))
        assert np.array_equal(labels, shipped[f"y_{part}"][:20])
        # Another version of Pillow may round an edge differently.
        assert np.abs(images.astype(int) - shipped[f"x_{part}"][:20]).mean() < 1


def test_train_and_test_share_no_image() -> None:
    shipped = read_generated()
    train, test = ({image.tobytes() for image in shipped[name]} for name in ("x_train", "x_test"))
    assert not train & test


def test_rare_styles_are_drawn_only_if_asked_for() -> None:
    usual, *with_rare = (
        [digit.sketch.strokes for digit in draw_digits(100, seed=9, rare=rare)] for rare in (0.0, 0.0, RARE)
    )
    same, mixed = with_rare
    assert same == usual
    assert sum(one != other for one, other in zip(usual, mixed, strict=True)) > 0


def test_shipped_strokes_are_what_the_pad_sends(shipped_strokes: list[dict[str, Any]]) -> None:
    assert shipped_strokes == json.loads(generate_digits.strokes_json())
    for each in shipped_strokes:
        sketch = parse_sketch(each["strokes"], each["size"], each["pen"])
        assert (sketch.width, sketch.height) == (280, 280)
    assert np.bincount([each["label"] for each in shipped_strokes]).tolist() == [20] * 10
