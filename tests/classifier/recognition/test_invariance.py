"""What a digit looks like to the network, however it was drawn or photographed; and segmentation into digits."""

import numpy as np
import pytest
from PIL import Image

from classifier.recognition.preprocessing.pipeline import (
    find_digits,
    find_digits_in_sketch,
    sketch_to_model_input,
    to_model_input,
)
from classifier.recognition.preprocessing.segmentation import MAX_DIGITS
from classifier.recognition.preprocessing.strokes import Sketch, render
from tests.classifier.recognition.photographs import KINDS, as_jpeg, photograph
from training.synthesis.handwriting import draw_digit


@pytest.fixture(scope="module")
def digits():
    rng = np.random.default_rng(11)
    return [draw_digit(index % 10, rng) for index in range(40)]


def changed(sketch, scale=1.0, shift=(0.0, 0.0), pen=None):
    """The same strokes, scaled and moved, on a pad with room for them."""
    strokes = [[[scale * point[0] + shift[0], scale * point[1] + shift[1]] for point in one] for one in sketch.strokes]
    return Sketch(strokes, 1000, 1000, sketch.pen if pen is None else pen)


def likeness(one, other):
    """Correlation, at the best shift of at most a pixel."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(np.corrcoef(np.roll(one, shift, (0, 1)).ravel(), other.ravel())[0, 1] for shift in shifts)


@pytest.mark.parametrize(
    "change",
    [{"shift": (300, 500)}, {"scale": 0.35}, {"scale": 1.4}, {"scale": 3}, {"pen": 8}, {"pen": 25}],
    ids=str,
)
def test_place_size_and_pen_of_a_sketch_make_no_difference(digits, change):
    for sketch in digits:
        one, other = sketch_to_model_input(changed(sketch)), sketch_to_model_input(changed(sketch, **change))
        assert np.abs(one.astype(int) - other).max() <= 1


def test_more_points_on_the_same_path_make_no_difference():
    sparse = Sketch([[[50, 50], [200, 60], [120, 230]]], 280, 280, 18)
    x, y = np.array(sparse.strokes[0]).T
    at = np.linspace(0, 2, 401)  # the corner is among them
    dense = Sketch([np.column_stack([np.interp(at, range(3), x), np.interp(at, range(3), y)]).tolist()], 280, 280, 18)
    assert np.abs(sketch_to_model_input(sparse).astype(int) - sketch_to_model_input(dense)).max() <= 4


def test_tap_is_a_dot_and_not_enlarged():
    pixels = sketch_to_model_input(Sketch([[[30, 240]]], 280, 280, 18))
    assert 4 < pixels.sum() / 255 < 8
    assert pixels[13:16, 13:16].sum() == pixels.sum()


def test_scribble_of_the_most_points_is_drawn():
    points = np.random.default_rng(1).uniform(0, 280, (20_000, 2))
    strokes = [part.tolist() for part in np.array_split(points, 500)]
    assert sketch_to_model_input(Sketch(strokes, 280, 280, 5)).mean() > 100


def picture_of(sketch, pen=None, side=280):
    return 255 - render(Sketch(sketch.strokes, side, side, pen or sketch.pen))


@pytest.mark.parametrize("pen", [6, 20, 30])
def test_pen_width_hardly_matters_in_a_picture(digits, pen):
    likenesses = [
        likeness(to_model_input(picture_of(each, pen)), to_model_input(picture_of(each, 16))) for each in digits
    ]
    assert np.median(likenesses) > 0.9
    assert np.mean(np.array(likenesses) > 0.8) >= 0.9


@pytest.mark.parametrize("change", ["inverted", "JPEG", "small", "coloured background"])
def test_kind_of_file_hardly_matters(digits, change):
    changes = {
        "inverted": lambda grey: 255 - grey,
        "JPEG": lambda grey: as_jpeg(grey, 60),
        "small": lambda grey: np.asarray(Image.fromarray(grey).reduce(3)),
        "coloured background": lambda grey: (90 + grey * 0.3).astype(np.uint8),
    }
    pictures = [picture_of(each) for each in digits]
    likenesses = [likeness(to_model_input(changes[change](each)), to_model_input(each)) for each in pictures]
    assert np.median(likenesses) > 0.95
    assert np.mean(np.array(likenesses) > 0.85) >= 0.95


def test_picture_and_sketch_look_alike(digits):
    likenesses = [likeness(to_model_input(picture_of(each)), sketch_to_model_input(each)) for each in digits]
    assert np.mean(np.array(likenesses) > 0.85) >= 0.97


@pytest.mark.parametrize("kind", KINDS)
def test_photograph_shows_its_digit(kind):
    rng = np.random.default_rng(4)
    likenesses = []
    for label in range(10):
        grey, sketch = photograph(kind, label, rng)
        likenesses.append(likeness(find_digits(grey)[0].pixels, sketch_to_model_input(sketch)))
    assert np.sum(np.array(likenesses) > 0.75) >= 9, np.round(likenesses, 2)


def test_ruled_lines_are_counted_and_gone():
    grey, sketch = photograph("ruled", 3, np.random.default_rng(1))
    digit = find_digits(grey)[0]
    assert digit.hints["lines"] >= 3
    assert likeness(digit.pixels, sketch_to_model_input(sketch)) > 0.75


def test_neighbours_ink_cut_by_the_border_is_left_out():
    alone = Sketch([[[80, 60], [200, 60], [130, 230]]], 280, 280, 16)
    beside = Sketch([*alone.strokes, [[270, 150], [285, 160], [270, 180]]], 280, 280, 16)
    digits = find_digits(255 - render(beside))
    assert np.array_equal(digits[0].pixels, to_model_input(255 - render(alone)))
    assert (len(digits), digits[0].hints["touches_edge"]) == (1, False)


def test_specks_are_left_out_and_a_separate_part_is_kept():
    body = [[90, 110], [90, 150], [160, 150], [170, 190], [150, 230], [85, 230]]
    five = [body, [[95, 85], [180, 80]]]
    clean, speckled = Sketch(five, 280, 280, 12), Sketch([*five, [[20, 20]], [[262, 250]]], 280, 280, 6)
    assert find_digits(255 - render(clean))[0].box[1] < 85
    box = find_digits(255 - render(speckled))[0].box
    assert box[0] > 60
    assert box[1] < 85
    assert find_digits_in_sketch(speckled)[0].box[0] > 60


def test_sheet_on_a_dark_table_is_not_the_digit():
    picture = np.full((300, 400), 40, np.uint8)
    sheet = picture_of(Sketch([[[60, 40], [160, 40], [100, 200]]], 280, 280, 14))[:240, :240]
    picture[30:270, 90:330] = sheet
    assert likeness(to_model_input(picture), to_model_input(sheet)) > 0.98


@pytest.mark.parametrize("turned", [-6, 5])
@pytest.mark.parametrize("table", [20, 90])
def test_tilted_sheet_is_not_the_digit(turned, table):
    sheet = picture_of(Sketch([[[60, 40], [200, 40], [120, 230]]], 280, 280, 14))
    shape = Image.fromarray(np.full_like(sheet, 255))
    picture = Image.new("L", (360, 360), table)
    drawn, mask = (image.rotate(turned, expand=True) for image in (Image.fromarray(sheet), shape))
    picture.paste(drawn, (10, 10), mask)
    alone = Image.fromarray(sheet).rotate(turned, fillcolor=255)
    assert likeness(to_model_input(np.asarray(picture)), to_model_input(np.asarray(alone))) > 0.95


@pytest.mark.parametrize("shape", ["8", "slashed 0"])
def test_digit_of_a_thick_pen_is_not_taken_for_a_sheet_with_holes_as_ink(shape):
    """Such a digit fills its box like a sheet, and its holes are as large as a digit."""
    ring = [[140 + 55 * np.sin(turn), 140 - 80 * np.cos(turn)] for turn in np.linspace(0, 2 * np.pi, 40)]
    knot = [[140 + 55 * np.sin(2 * turn), 140 - 80 * np.cos(turn)] for turn in np.linspace(0, 2 * np.pi, 60)]
    strokes = [knot] if shape == "8" else [ring, [[185, 80], [95, 200]]]
    for pen in (34, 40, 46):
        (digit,) = find_digits(picture_of(Sketch(strokes, 280, 280, pen)))
        left, top, right, bottom = digit.box
        assert (right - left, bottom - top) == pytest.approx((110 + pen, 160 + pen), abs=6)


def number(rng, count, gap, height=100, pen=9.0):
    """`count` digits in a row, `gap` of their height apart."""
    strokes, left = [], 20.0
    for _ in range(count):
        digit = draw_digit(int(rng.integers(10)), rng)
        points = np.array([point[:2] for stroke in digit.strokes for point in stroke])
        zoom = height * rng.uniform(0.85, 1.15) / np.ptp(points[:, 1])
        corner = np.array([left, 40 + rng.uniform(-10, 10)])
        strokes += [
            ((np.array([p[:2] for p in one]) - points.min(0)) * zoom + corner).tolist() for one in digit.strokes
        ]
        left += np.ptp(points[:, 0]) * zoom + gap * height
    return Sketch(strokes, round(left + 20), 200, pen)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("gap", [0.2, 0.35, 0.6])
def test_number_is_segmented_into_its_digits(count, gap):
    rng = np.random.default_rng(count)
    sketches = [number(rng, count, gap) for _ in range(8)]
    assert sum(len(find_digits_in_sketch(each)) == count for each in sketches) >= 7
    pictures = [255 - render(number(rng, count, gap + 0.1)) for _ in range(8)]
    assert sum(len(find_digits(each)) == count for each in pictures) >= 7


def test_boxes_are_ordered_from_left_to_right_within_the_picture():
    sketch = number(np.random.default_rng(3), 3, 0.5)
    for digits in (find_digits_in_sketch(sketch), find_digits(255 - render(sketch))):
        assert [each.box[0] for each in digits] == sorted(each.box[0] for each in digits)
        for left, top, right, bottom in (each.box for each in digits):
            assert 0 <= left < right <= sketch.width
            assert 0 <= top < bottom <= sketch.height
        assert all(type(edge) is int for each in digits for edge in each.box)


def test_one_digit_is_never_segmented():
    sketch = number(np.random.default_rng(3), 2, 0.5)
    for digits in (
        find_digits_in_sketch(sketch, one_digit=True),
        find_digits(255 - render(sketch), one_digit=True),
    ):
        assert len(digits) == 1
        assert digits[0].hints["shapes"] == 2


def test_single_digit_stays_whole(digits):
    assert [len(find_digits_in_sketch(each)) for each in digits] == [1] * len(digits)
    assert [len(find_digits(picture_of(each, 8))) for each in digits] == [1] * len(digits)


@pytest.mark.parametrize(
    "strokes",
    [
        [[[90, 110], [90, 150], [160, 150], [170, 190], [150, 230], [85, 230]], [[175, 85], [240, 80]]],
        [[[90, 60], [80, 150], [150, 150]], [[165, 70], [160, 230]]],
        [[[120, 60], [80, 140], [120, 220]], [[130, 60], [170, 140], [130, 220]]],
        [[[130, 60], [130, 120]], [[130, 140], [130, 230]]],
    ],
    ids=["5 with its cap to the right", "open 4", "0 of two halves", "broken 1"],
)
def test_digit_of_several_parts_stays_whole(strokes):
    sketch = Sketch(strokes, 280, 280, 8)
    assert len(find_digits_in_sketch(sketch)) == 1
    assert len(find_digits(255 - render(sketch))) == 1


def test_more_strokes_than_a_number_has_digits_are_one_digit():
    strokes = [[[20 + 40 * index, 50], [20 + 40 * index, 120]] for index in range(MAX_DIGITS + 2)]
    (digit,) = find_digits_in_sketch(Sketch(strokes, 700, 200, 6))
    assert digit.hints["shapes"] == MAX_DIGITS + 2


def test_steps_are_pictures_with_advice():
    steps = []
    find_digits(picture_of(Sketch([[[60, 60], [220, 60], [130, 230]]], 280, 280, 2), 2), steps=steps)
    assert (steps[0].name, steps[-1].name) == ("grey", "input-0")
    assert "The pen is very thin." in " ".join(step.advice for step in steps)
    assert all(step.picture.dtype == np.uint8 and step.picture.ndim == 2 for step in steps)


def test_steps_of_a_sketch_name_each_digit():
    steps = []
    find_digits_in_sketch(number(np.random.default_rng(3), 2, 0.5), steps=steps)
    assert [step.name for step in steps] == ["drawing", "width-0", "input-0", "width-1", "input-1"]


def test_a_page_of_strokes_has_at_most_twelve_digits():
    strokes = [[[8 + 15 * at, 20], [8 + 15 * at, 60]] for at in range(18)]
    assert len(find_digits_in_sketch(Sketch(strokes, 280, 280, 4))) <= 12
