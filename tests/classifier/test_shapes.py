"""Shapes of ink: what is quick must come out as the plain definition says."""

import numpy as np
import pytest

from classifier.clutter import grow
from classifier.ground import find_ink, more_than
from classifier.shapes import STRIP, Runs, Shapes, stroke_width


@pytest.fixture
def rng():
    return np.random.default_rng(2)


@pytest.mark.parametrize("reach", [1, 2, 6])
@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (40, 3), (25, 31)])
def test_mask_grows_to_the_square_around_each_pixel(rng, shape, reach):
    mask = rng.random(shape) < 0.03
    expected = np.zeros(shape, bool)
    for row, column in zip(*np.nonzero(mask), strict=True):
        expected[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = True
    assert np.array_equal(grow(mask, reach), expected)


@pytest.mark.parametrize("height", [1, STRIP - 2, STRIP - 1, STRIP, STRIP + 1, 2 * STRIP, 3 * STRIP + 5])
def test_strokes_are_as_wide_seen_from_the_side(rng, height):
    """Of few columns there is one strip, of many rows there are several."""
    ink = (rng.random((height, 9)) * 255).astype(np.float32)
    assert stroke_width(ink) == pytest.approx(stroke_width(np.ascontiguousarray(ink.T)), rel=1e-5)


@pytest.mark.parametrize("inverted", [False, True])
def test_ink_over_a_flat_ground_is_the_plain_difference(rng, inverted):
    grey = np.full((40, 40), 200, np.uint8)
    grey[5:35, 5:35] = rng.integers(0, 256, (30, 30))  # lighter than the ground, too
    seen = find_ink(255 - grey if inverted else grey)
    assert np.array_equal(seen.ink, (200 - grey.astype(int)).clip(0))
    assert seen.is_light != inverted
    assert np.array_equal(seen.strong, seen.ink > 50)


@pytest.mark.parametrize("least", [23.9, 24.0, 24.1, 300.0])
def test_whole_levels_are_compared_as_fractions_are(least):
    ink = np.arange(256, dtype=np.uint8)
    assert np.array_equal(more_than(ink, least), more_than(ink.astype(np.float32), least))


@pytest.mark.parametrize("density", [0.0, 0.1, 0.4, 0.7, 1.0])
def test_shapes_are_what_a_flood_would_fill(rng, density):
    mask = rng.random((23, 30)) < density
    ink = (mask * rng.random(mask.shape) * 255).astype(np.float32)
    labels, count = np.where(mask, -2, -1), 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start] != -2:
            continue
        wet, count = [start], count + 1
        while wet:
            row, column = wet.pop()
            if 0 <= row < 23 and 0 <= column < 30 and labels[row, column] == -2:
                labels[row, column] = count - 1
                wet += [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    shapes = Shapes.of(mask, ink)
    assert np.array_equal(shapes.labels, labels)
    assert shapes.area.tolist() == [int((labels == number).sum()) for number in range(count)]
    assert shapes.mass == pytest.approx([float(ink[labels == number].sum()) for number in range(count)])
    assert Runs.of(mask).labels().max(initial=-1) == count - 1


def test_two_shapes_are_told_apart():
    mask = np.zeros((5, 9), bool)
    mask[1:4, 1:3] = mask[2:4, 6:8] = True
    shapes = Shapes.of(mask, np.where(mask, 10, 0).astype(np.uint8))
    assert np.unique(shapes.labels).tolist() == [-1, 0, 1]
    assert (shapes.area.tolist(), shapes.mass.tolist()) == ([6, 4], [60.0, 40.0])
    assert shapes.boxes.tolist() == [[1, 1, 3, 4], [6, 2, 8, 4]]
