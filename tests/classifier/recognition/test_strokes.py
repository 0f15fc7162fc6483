"""Strokes: which are accepted, which are refused with which sentence, and how they are drawn."""

import json
import random
import time

import numpy as np
import pytest

from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.recognition.preprocessing.strokes import (
    MAX_POINTS,
    MAX_STROKES,
    RENDER_MAX_SIDE,
    Sketch,
    parse_sketch,
    render,
)
from tests.factories import PEN, SEVEN, SIZE

HUGE = 10**400  # an integer too large for a float; valid in JSON


@pytest.mark.parametrize(
    ("strokes", "size", "pen"),
    [
        (SEVEN, SIZE, PEN),
        ([], SIZE, PEN),
        ([[]], SIZE, PEN),
        ([[[1, 2]]], SIZE, PEN),
        ([[[1, 2, 0], [3, 4, 16.7]]], SIZE, PEN),
        ([[[-50, 300.5]]], SIZE, PEN),  # the pointer left the pad
        ([[[0, 0]]], (16, 4096), 0.5),
        ([[[0, 0]]], [279.6, 280.4], 1),
        ([[[1, 1]]] * MAX_STROKES, SIZE, PEN),
        ([[[1, 1]] * MAX_POINTS], SIZE, PEN),
    ],
)
def test_a_sketch_within_the_limits_is_accepted(strokes, size, pen):
    sketch = parse_sketch(strokes, size, pen)
    assert sketch.strokes == [stroke for stroke in strokes if stroke]
    assert (sketch.width, sketch.height) == (round(size[0]), round(size[1]))


REFUSED = [
    ("size must be .width", SEVEN, value, PEN)
    for value in (
        None,
        280,
        "280",
        [280],
        [280, 280, 280],
        ["280", "280"],
        [True, 280],
        [float("nan"), 280],
        {},
        [HUGE, 9],
    )
]
REFUSED += [("size must be from 16", SEVEN, value, PEN) for value in ([15, 280], [280, 4097], [0, 0], [-280, 280])]
REFUSED += [
    ("pen must be", SEVEN, SIZE, value)
    for value in (None, "18", 0, 0.49, -1, 281, True, [], float("inf"), float("nan"), HUGE)
]
REFUSED += [("strokes must be a list", value, SIZE, PEN) for value in (None, "", {}, 1, True, "[[]]")]
REFUSED += [("Each stroke must be", value, SIZE, PEN) for value in ([1], ["ab"], [None], [{}], [[[1, 1]], 5])]
REFUSED += [
    ("Each point must be", [[point]], SIZE, PEN)
    for point in (1, "ab", None, {}, [], [1], [1, 2, 3, 4], ["1", "2"], [True, 1], [float("nan"), 1], [1, float("inf")])
]
REFUSED += [("Each point must be", [[point]], SIZE, PEN) for point in ([1, 1, HUGE], [HUGE, 1], [[1], [2]], [1, None])]
REFUSED += [("too far off", [[point]], SIZE, PEN) for point in ([20_000, 1], [1, -20_000])]
REFUSED += [("at most 500 strokes", [[[1, 1]]] * 501, SIZE, PEN), ("at most 20,000", [[[1, 1]] * 20_001], SIZE, PEN)]


@pytest.mark.parametrize(("sentence", "strokes", "size", "pen"), REFUSED)
def test_an_invalid_sketch_is_refused_with_a_sentence(sentence, strokes, size, pen):
    with pytest.raises(InvalidInput, match=sentence):
        parse_sketch(strokes, size, pen)


def random_json(chance, depth=0):
    """A random JSON value, often close to a sketch."""
    kinds = [
        None,
        True,
        0,
        -1,
        280,
        1e308,
        float("nan"),
        float("inf"),
        HUGE,
        -HUGE,
        "",
        "280",
        [],
        {},
        SEVEN,
        SIZE,
        PEN,
    ]
    if depth < 4 and chance.random() < 0.6:
        return [random_json(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    return chance.choice(kinds)


def test_random_json_is_a_sketch_or_is_refused():
    chance = random.Random(2)
    for _ in range(3000):
        strokes = random_json(chance)
        size, pen = chance.choice([SIZE, random_json(chance)]), chance.choice([PEN, random_json(chance)])
        try:
            sketch = parse_sketch(strokes, size, pen)
        except ClassifierError as error:
            assert str(error)
        else:
            json.dumps(sketch.strokes, allow_nan=False)


def test_a_tap_is_a_round_dot_as_wide_as_the_pen():
    drawn = render(Sketch([[[140, 140]]], 280, 280, 20)) > 127
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    assert abs(len(rows) - 20) <= 1
    assert abs(len(columns) - 20) <= 1
    assert drawn.sum() == pytest.approx(np.pi * 100, rel=0.07)


def test_line_is_as_wide_as_the_pen_with_soft_edges():
    drawn = render(Sketch([[[40, 140], [240, 140]]], 280, 280, 12))
    assert drawn[:, 140].sum() / 255 == pytest.approx(12, abs=1)
    assert drawn.max() == 255
    slanted = render(Sketch([[[40, 40], [240, 190]]], 280, 280, 12))
    assert len(np.unique(slanted)) > 5


def test_times_do_not_change_the_picture():
    timed = [[[x, y, 8.0 * index] for index, (x, y) in enumerate(stroke)] for stroke in SEVEN]
    assert np.array_equal(render(Sketch(timed, 280, 280, 18)), render(Sketch(SEVEN, 280, 280, 18)))


@pytest.mark.parametrize(("size", "shape"), [((280, 280), (280, 280)), ((16, 20), (20, 16)), ((300, 200), (200, 300))])
def test_picture_is_as_large_as_the_pad(size, shape):
    assert render(Sketch([[[8, 8]]], *size, 4)).shape == shape


@pytest.mark.parametrize("size", [(4096, 4096), (4096, 16), (561, 560)])
def test_picture_of_a_large_pad_is_bounded(size):
    drawn = render(Sketch([[[8, 8]]], *size, 8))
    assert max(drawn.shape) == RENDER_MAX_SIDE
    assert min(drawn.shape) >= 1


def test_large_pad_shows_the_same_digit():
    large = [[[x * 10, y * 10] for x, y in stroke] for stroke in SEVEN]
    small = render(Sketch([[[x * 2, y * 2] for x, y in stroke] for stroke in SEVEN], 560, 560, 36))
    assert np.abs(render(Sketch(large, 2800, 2800, 180)).astype(int) - small).max() <= 2


def test_points_off_the_pad_do_not_change_the_ink_on_it():
    off = render(Sketch([[[140, 140], [16_000, -16_000]], [[-9_000, 50]]], 280, 280, 18))
    assert off[140, 140] == 255
    assert off[:, :100].max() == 0


def test_the_widest_pen_and_the_most_points_are_drawn_without_delay():
    """Twenty thousand wide discs would take a web process tens of seconds, so the bound may be loose."""
    chance = random.Random(1)
    points = [[chance.uniform(0, 560), chance.uniform(0, 560)] for _ in range(MAX_POINTS)]
    try:
        sketch = parse_sketch([points], [560, 560], 560)
    except InvalidInput:
        return
    start = time.process_time()
    render(sketch)
    assert time.process_time() - start < 1.5
