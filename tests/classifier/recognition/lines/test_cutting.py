"""A row is cut where its characters are: strokes whole, joined ink at the cheapest place."""

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from classifier.recognition.lines.cuts.characters import cut_row
from classifier.recognition.lines.cuts.seams import LEFT_OUT, Place, cheapest_seam, cut_ink
from classifier.recognition.lines.cuts.strokes import cut_path
from classifier.recognition.lines.rows import Row
from classifier.recognition.preprocessing.pen_path import PenPath
from classifier.recognition.preprocessing.strokes import Sketch


def circle(x, y, radius=20, steps=24):
    angles = np.linspace(-np.pi / 2, 1.5 * np.pi, steps)
    return np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)]).tolist()


def line(*points):
    """A stroke through some points, with points between them."""
    points = np.array(points, float)
    return [p.tolist() for a, b in itertools.pairwise(points) for p in np.linspace(a, b, 12)]


def strokes_of(strokes, centres, height=40):
    """For each character the strokes it has parts of, with their share of the stroke's segments."""
    path = PenPath.of(Sketch(strokes, 500, 200, 5.0))
    counts = np.bincount(path.stroke)
    return [
        {
            int(own): round(float((path.stroke[mask] == own).sum() / counts[own]), 2)
            for own in np.unique(path.stroke[mask])
        }
        for mask in cut_path(path, centres, height)
    ]


def test_strokes_belong_to_the_character_whose_place_they_cover():
    assert strokes_of([circle(50, 80), circle(120, 80)], [50, 120]) == [{0: 1}, {1: 1}]


def test_a_late_bar_belongs_to_its_digit():
    seven = line((30, 60), (60, 60), (42, 100))
    strokes = [seven, circle(90, 80, 15), line((62, 78), (66, 79))]  # the bar touches neither centre
    assert strokes_of([seven, circle(110, 80, 15), line((56, 78), (62, 79))], [45, 110])[0] == {0: 1, 2: 1}
    assert len(strokes_of(strokes, [45, 90])) == 2


def test_one_stroke_through_two_digits_is_cut_between_them():
    first, second = strokes_of([circle(50, 80) + line((50, 60), (110, 60)) + circle(110, 80)], [50, 110])
    assert first[0] == pytest.approx(0.5, abs=0.1)
    assert second[0] == pytest.approx(0.5, abs=0.1)


def test_a_stroke_from_right_to_left_is_cut_too():
    backwards = circle(110, 80) + line((110, 60), (50, 60)) + circle(50, 80)
    path = PenPath.of(Sketch([backwards], 500, 200, 5.0))
    first, second = cut_path(path, [50, 110], 40)
    assert path.start[first, 0].max() < 85 and path.start[second, 0].min() > 70
    assert (first ^ second).all()


def test_the_end_of_a_long_bar_stays_with_its_digit():
    bar = line((30, 100), (95, 100))  # of the first digit, past the centre of the second
    four = line((50, 60), (50, 120))
    assert strokes_of([bar, four, circle(92, 80, 18)], [50, 92], height=60)[1] == {2: 1}


def test_every_character_gets_ink():
    parts = strokes_of([circle(50, 80)], [40, 60, 200])
    assert all(parts)


def cut(ink, *centres, top=30, bottom=70):
    return cut_ink(ink, [Place(centre, 10) for centre in centres], top, bottom)


def drawn(size, *shapes):
    """Ink: lines of points, 5 px wide."""
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        draw.line([tuple(point) for point in shape], fill=255, width=5, joint="curve")
    return np.asarray(image)


def test_touching_digits_are_cut_where_they_touch_and_their_loops_stay_whole():
    ink = drawn((160, 100), circle(45, 50), circle(89, 50))
    owner = cut(ink, 45, 89)
    for number, centre in ((0, 45), (1, 89)):
        columns = np.flatnonzero((owner == number).any(0))
        assert columns[0] == pytest.approx(centre - 22, abs=3)
        assert columns[-1] == pytest.approx(centre + 22, abs=3)


def test_a_seam_goes_around_a_loop():
    ink = drawn((160, 100), circle(45, 40, 24), circle(86, 62, 20), line((60, 60), (70, 50)))
    owner = cut(ink, 52, 80, top=15, bottom=82)
    assert (owner[ink >= 128] >= 0).all()
    left = np.flatnonzero((owner == 0).any(0))
    assert left[-1] >= 66  # the whole right side of the left loop


def test_slanting_neighbours_that_overlap_stay_whole():
    ink = drawn((120, 100), line((60, 10), (30, 90)), line((85, 10), (55, 90)))
    owner = cut(ink, 45, 70, top=10, bottom=90)
    assert len(np.unique(owner[10:90, :][ink[10:90, :] >= 128])) == 2
    assert owner[12, 59] == 0 and owner[88, 56] == 1


def test_a_part_nearby_belongs_to_its_digit_and_a_rule_to_none():
    cap, body = line((42, 12), (64, 10)), circle(40, 50)
    rule = line((2, 95), (157, 95))
    owner = cut(drawn((160, 100), cap, body, circle(110, 50), rule), 40, 110, top=8, bottom=72)
    assert owner[10, 52] == 0
    assert owner[95, 80] == LEFT_OUT


def test_the_cheapest_seam_avoids_ink():
    cost = np.ones((5, 7))
    cost[:3, 2], cost[3:, 3] = 0, 0
    assert cheapest_seam(cost).tolist() == [2, 2, 2, 3, 3]


def bar(x, top=30, bottom=70):
    return line((x, top), (x, bottom))


def test_a_speck_above_a_digit_belongs_to_none():
    owner = cut(drawn((160, 100), bar(40), bar(110), line((38, 12), (42, 13))), 40, 110)
    assert (owner[8:18, 30:50] < 0).all()
    assert owner[50, 40] == 0


def test_digits_on_a_printed_rule_are_cut_without_it():
    owner = cut(drawn((160, 100), bar(40), bar(110), line((0, 72), (160, 72))), 40, 110)
    assert (owner[70:, 60:90] < 0).all()
    assert owner[50, 40] == 0 and owner[50, 110] == 1


def test_bases_of_digits_are_no_rule():
    bases = [line((x - 18, 70), (x + 18, 70)) for x in (25, 75, 125)]
    owner = cut(drawn((150, 100), *bases, bar(25), bar(75), bar(125)), 25, 75, 125)
    for number, x in enumerate((25, 75, 125)):
        assert (owner[70, x - 15 : x + 15] == number).all()


def test_a_scrap_of_joined_ink_goes_back_to_its_neighbour():
    seven = [line((30, 30), (64, 30)), line((64, 30), (50, 70))]  # its bar ends above the centre of the next digit
    owner = cut(drawn((160, 100), line((30, 30), (83, 30)), seven[1], bar(80, 42, 72)), 48, 80)
    assert owner[30, 82] == 0
    assert owner[60, 80] == 1


def test_joined_ink_is_cut_nearer_to_the_narrower_character():
    ink = np.zeros((100, 160), np.uint8)
    ink[35:65, 20:140] = 255
    wide, narrow = Place(40, 20), Place(100, 5)
    columns = np.flatnonzero((cut_ink(ink, [wide, narrow], 30, 70) == 0).any(0))
    assert columns[-1] == pytest.approx(40 + 60 * 0.8, abs=3)


def test_ink_far_from_every_character_belongs_to_none():
    owner = cut(drawn((240, 100), bar(40), bar(200)), 40, 100)
    assert (owner[:, 190:] < 0).all()


def test_a_character_without_ink_is_cut_all_the_same():
    hints: dict = {"is_sketch": False}
    row = Row(drawn((240, 100), bar(40)), 30, 70, 0, 0, 1, 240, hints, noise=5.0)
    cuts, _ = cut_row(row, [40, 180], "11", {})
    assert all(each.digit.pixels.any() for each in cuts)
    assert cuts[1].box[0] > 100


def test_of_countless_parts_the_smallest_belong_to_none():
    ink = np.zeros((60, 2000), np.uint8)
    for number in range(400):
        ink[10 : 50 if number % 4 else 30, 5 * number : 5 * number + 2] = 255
    owner = cut(ink, *[5 * number + 0.5 for number in range(400)], top=10, bottom=50)
    assert len(np.unique(owner[owner >= 0])) == 300


def test_ink_whose_places_are_all_in_its_last_column_is_cut():
    ink = np.zeros((40, 60), np.uint8)
    ink[5:35, 10:30] = 255
    owner = cut_ink(ink, [Place(29.2, 12.0), Place(29.4, 12.0)], 5, 35)
    assert set(np.unique(owner[ink > 0])) <= {0, 1, LEFT_OUT}
