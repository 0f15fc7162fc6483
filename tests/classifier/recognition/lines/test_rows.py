"""Rows of writing: several only where they are clearly above one another."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from classifier.recognition.errors import NoInk
from classifier.recognition.lines.picture_rows import rows_of_picture
from classifier.recognition.lines.sketch_rows import HEIGHT, rows_of_sketch, separate
from classifier.recognition.preprocessing.strokes import Sketch


def one(x, y, height=60):
    """The stroke of a 1."""
    return [[x, y + height * share] for share in (0, 0.25, 0.5, 0.75, 1)]


def sketch(*strokes):
    return Sketch(list(strokes), 400, 400, 8.0)


def lows(rows):
    """Top and bottom of each row's digits, px of the pad or picture."""
    return [(row.top * row.zoom + row.top_px, row.bottom * row.zoom + row.top_px) for row in rows]


def test_strokes_side_by_side_are_one_row():
    (row,) = rows_of_sketch(sketch(one(50, 100), one(90, 110), one(130, 95)))
    assert row.bottom - row.top == pytest.approx(HEIGHT, abs=6)
    assert row.ink.max() == 255


def test_lines_clearly_apart_are_rows_from_top_to_bottom():
    rows = rows_of_sketch(sketch(one(50, 220), one(60, 20), one(90, 25), one(80, 120)))
    assert [len(np.unique(row.pen.path.stroke)) for row in rows] == [2, 1, 1]


def test_lines_that_climb_are_still_apart():
    first = [one(x, 100 - 0.2 * x) for x in (20, 120, 220, 320)]
    second = [one(x, 180 - 0.2 * x) for x in (20, 120, 220, 320)]
    assert len(rows_of_sketch(sketch(*first, *second))) == 2


@pytest.mark.parametrize(
    "mark",
    [
        [[60, 40], [100, 40]],  # the detached cap of a 5
        [[80, 140], [81, 140]],  # a point
        [[40, 180], [160, 180]],  # an underline
    ],
)
def test_a_mark_above_or_below_is_no_row(mark):
    assert len(rows_of_sketch(sketch(one(60, 60), one(100, 60), mark))) == 1


def test_halves_of_a_digit_that_hardly_part_are_one_row():
    assert separate(np.array([0.0, 33.0]), np.array([30.0, 63.0])).tolist() == [0, 0]
    assert separate(np.array([0.0, 40.0]), np.array([30.0, 70.0])).tolist() == [0, 1]


def test_row_knows_its_place_on_the_pad():
    (row,) = rows_of_sketch(sketch(one(50, 100), one(150, 100)))
    columns = np.flatnonzero(row.ink.any(0))
    left, _, right, _ = row.box(columns[0], 0, columns[-1] + 1, 1)
    assert left == pytest.approx(50, abs=5)
    assert right == pytest.approx(150, abs=5)


def test_an_empty_pad_has_no_rows():
    with pytest.raises(NoInk):
        rows_of_sketch(sketch())


def paper(*lines, size=(320, 240), width=5):
    """White paper with straight lines of ink."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for line in lines:
        draw.line(line, fill=20, width=width)
    return np.asarray(image)


def test_a_picture_of_lines_has_rows_with_the_height_of_their_digits():
    tall = [(x, 20, x, 70) for x in (40, 70, 100)] + [(x, 150, x, 200) for x in (40, 70)]
    (top, bottom), (second, last) = lows(rows_of_picture(paper(*tall)))
    assert (top, bottom, second, last) == pytest.approx((20, 70, 150, 200), abs=4)


def test_a_rule_under_a_number_is_no_row_and_does_not_make_it_taller():
    tall = [(x, 40, x, 90) for x in (60, 90, 120)]
    ((top, bottom),) = lows(rows_of_picture(paper(*tall, (30, 110, 290, 110))))
    assert (top, bottom) == pytest.approx((40, 90), abs=4)


def test_a_grained_picture_of_one_line_is_one_row():
    rng = np.random.default_rng(1)
    picture = paper(*[(x, 12, x, 52) for x in (30, 60, 90, 120)], size=(160, 64)).astype(float) * 0.7
    waves = 14 * np.sin(np.add.outer(np.arange(64) * 1.3, np.arange(160) * 0.4))
    grey = np.clip(picture + waves + rng.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)
    assert len(rows_of_picture(grey)) == 1


def test_a_large_picture_keeps_the_place_of_its_row():
    tall = [(x, 400, x, 900) for x in (400, 700, 1000)]
    ((top, bottom),) = lows(rows_of_picture(paper(*tall, size=(2000, 1400), width=40)))
    assert (top, bottom) == pytest.approx((400, 900), abs=30)


def test_a_row_holds_the_marks_beside_its_digits_and_not_what_is_far_away():
    tall = [(x, 100, x, 150) for x in (120, 150, 180)]
    point, dash, far = (196, 148, 200, 148), (212, 125, 232, 125), (310, 120, 310, 128)
    speck = np.where(paper((84, 130, 85, 130), width=1) < 128, 20, 255)
    (row,) = rows_of_picture(np.minimum(paper(*tall, point, dash, far), speck).astype(np.uint8))
    assert row.left_px == pytest.approx(100, abs=8)
    assert row.left_px + row.ink.shape[1] == pytest.approx(252, abs=8)


def test_a_short_faint_row_is_a_row_too():
    picture = paper(*[(x, 20, x, 70) for x in range(30, 300, 30)], width=12)
    faint = np.where(paper((60, 150, 60, 200), (90, 150, 90, 200), width=3) < 128, 170, picture).astype(np.uint8)
    assert len(rows_of_picture(faint)) == 2


def test_a_frame_around_the_rows_is_none():
    tall = [(x, 60, x, 100) for x in (100, 130, 160)]
    frame = (8, 8, 312, 8), (8, 232, 312, 232), (8, 8, 8, 232), (312, 8, 312, 232)
    (row,) = rows_of_picture(paper(*tall, *frame))
    assert lows([row])[0] == pytest.approx((60, 100), abs=4)


def test_parts_of_a_climbing_line_are_not_rows():
    strokes = [one(x, 200 - 0.15 * x, 40) for x in (20, 45, 70, 280, 305, 330)]
    assert len(rows_of_sketch(sketch(*strokes))) == 1


def test_a_slanting_line_under_a_number_does_not_make_it_taller():
    tall = [(x, 40, x, 90) for x in (60, 90, 120)]
    ((top, bottom),) = lows(rows_of_picture(paper(*tall, (20, 105, 300, 140))))
    assert (top, bottom) == pytest.approx((40, 90), abs=4)


def test_points_and_dashes_do_not_count_for_the_height():
    points = [[[x, 158], [x + 2, 160]] for x in range(66, 160, 7)]
    (row,) = rows_of_sketch(sketch(one(60, 100), one(100, 100), one(140, 100), *points))
    assert lows([row])[0] == pytest.approx((100, 160), abs=6)


def test_countless_rows_are_read_as_one():
    strokes = [one(20, 10 * number, 5) for number in range(60)]
    assert len(rows_of_sketch(Sketch(strokes, 400, 620, 1.0))) == 1


def test_a_digit_joined_to_a_rule_stays_in_its_row():
    joined = (40, 60, 40, 98), (40, 98, 310, 98)
    (row,) = rows_of_picture(paper(*joined, *[(x, 60, x, 90) for x in (150, 180, 210)]))
    assert row.left_px <= 38
