"""The direction in which the pen moved over each place of a row."""

import numpy as np
import pytest

from classifier.recognition.lines.framing import HEIGHT, PLANES
from classifier.recognition.lines.pen_direction import NOWHERE, TURN, draw_directions, planes_of
from classifier.recognition.lines.picture_rows import rows_of_picture
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.strokes import render
from tests.lines import written
from training.synthesis.lines.composition import compose
from training.synthesis.lines.inking import directions_of, ink_of

ONWARDS = {(1, 0): (255, 128), (-1, 0): (1, 128), (0, 1): (128, 255), (0, -1): (128, 1), (1, 1): (218, 218)}


@pytest.mark.parametrize(("step", "planes"), ONWARDS.items())
def test_a_straight_stroke_has_one_direction(step, planes):
    path = 50 + np.arange(-20, 21, 4)[:, None] * np.array(step, float)
    drawn = draw_directions([path], (100, 100), 48)
    right, down = planes_of(drawn)
    assert (int(right[50, 50]), int(down[50, 50])) == pytest.approx(planes, abs=3)
    assert len(np.unique(drawn)) == 2 and drawn.max() <= TURN
    assert (right[0, 0], down[0, 0]) == (NOWHERE, NOWHERE)


def test_what_is_written_backwards_looks_the_other_way():
    path = np.column_stack([np.linspace(10, 90, 20), np.linspace(20, 70, 20)])
    on, back = (planes_of(draw_directions([way], (100, 100), 48)) for way in (path, path[::-1]))
    pen = on[0] != NOWHERE
    assert pen.sum() > 300
    assert np.abs(on[0].astype(int) + back[0] - 2 * NOWHERE)[pen & (back[0] != NOWHERE)].max() <= 4


def test_a_row_of_a_sketch_shows_the_pen_where_its_ink_is():
    (row,) = rows_of_sketch(written("352"))
    image = row.image()
    assert image.shape[0] == HEIGHT and image.shape[2] == PLANES
    moved = (image[..., 1:] != NOWHERE).any(-1)
    assert moved[image[..., 0] > 200].mean() > 0.97
    assert not moved[image[..., 0] == 0].any() or moved[image[..., 0] == 0].mean() < 0.02


def test_nobody_knows_the_pen_of_a_picture():
    (row,) = rows_of_picture(255 - render(written("352")))
    assert (row.image()[..., 1:] == NOWHERE).all()


def test_generated_lines_show_the_pen_where_their_ink_is():
    line = compose("3507", np.random.default_rng(3), None)
    ink, _ = ink_of(line, 48.0, 12.0)
    directions = directions_of(line, ink.shape, 48.0, 12.0)
    assert directions.shape == ink.shape
    middle = ink.copy()
    assert (directions[middle > 250] > 0).mean() > 0.9
