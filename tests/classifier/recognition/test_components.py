"""Connected components and stroke widths: the fast code must agree with plain definitions."""

import numpy as np
import pytest

from classifier.recognition.preprocessing.background import _border_level, find_ink, more_than
from classifier.recognition.preprocessing.clutter.removal import remove_clutter, with_weak
from classifier.recognition.preprocessing.framing import ink_box
from classifier.recognition.preprocessing.masks.components import Components
from classifier.recognition.preprocessing.masks.dilation import dilate
from classifier.recognition.preprocessing.masks.runs import Runs
from classifier.recognition.preprocessing.pipeline import SOFT_EDGE
from classifier.recognition.preprocessing.segmentation import SLANTS
from classifier.recognition.preprocessing.stroke_width import STRIP, narrow, stroke_width, widen


@pytest.fixture
def rng():
    return np.random.default_rng(2)


@pytest.mark.parametrize("reach", [1, 2, 6])
@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (40, 3), (25, 31)])
def test_dilation_is_a_square_around_each_pixel(rng, shape, reach):
    mask = rng.random(shape) < 0.03
    expected = np.zeros(shape, bool)
    for row, column in zip(*np.nonzero(mask), strict=True):
        expected[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = True
    assert np.array_equal(dilate(mask, reach), expected)


ROWS = STRIP // 11  # of one strip, of 9 columns with background on each side


@pytest.mark.parametrize("height", [1, ROWS - 2, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 3 * ROWS + 5])
def test_stroke_width_of_the_transposed_picture_is_equal(rng, height):
    """Few columns are one strip, many rows are several."""
    ink = (rng.random((height, 9)) * 255).astype(np.float32)
    assert stroke_width(ink) == pytest.approx(stroke_width(np.ascontiguousarray(ink.T)), rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (40, 25)])
@pytest.mark.parametrize("levels", [2, 256])
def test_stroke_width_of_whole_levels_equals_that_of_floats(rng, shape, levels):
    ink = (rng.integers(0, levels, shape) * (255 // (levels - 1))).astype(np.uint8)
    assert stroke_width(ink) == stroke_width(ink.astype(np.float32))
    assert stroke_width(np.zeros(shape, np.uint8)) == 0


def discs(ink, radius, choose):
    """The highest or lowest within a disc, with background beyond the picture, pixel by pixel."""
    whole = int(radius)
    pad = np.pad(ink.astype(float), whole)
    down, right = np.mgrid[-whole : whole + 1, -whole : whole + 1]
    inside = down**2 + right**2 <= (radius + 0.5) ** 2
    rows, columns = ink.shape
    around = [pad[y + whole :, x + whole :][:rows, :columns] for y, x in zip(down[inside], right[inside], strict=True)]
    return choose(around, axis=0)


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_wider_and_narrower_strokes_follow_a_disc(rng, radius):
    ink = np.zeros((40, 50), np.float32)
    ink[8:35, 6:44] = 255 * (rng.random((27, 38)) < 0.9)
    wide = widen(ink, radius)
    assert np.array_equal(wide, discs(np.pad(ink, radius), radius, np.max))
    solid = widen(ink, radius + 1)  # so that nothing would vanish
    assert np.array_equal(narrow(solid, radius), discs(solid, radius, np.min))
    assert np.array_equal(narrow(wide[:20], 0), wide[:20])


@pytest.mark.parametrize("beside", [(left, top, right, bottom) for left, top, right, bottom in np.ndindex(3, 2, 3, 2)])
def test_ink_box_holds_all_ink(beside):
    left, top, right, bottom = beside
    ink = np.zeros((9, 12), np.uint8)
    ink[top : 9 - bottom, 5] = ink[4, left : 12 - right] = 90
    assert ink_box(ink) == ink_box(ink.astype(np.float32)) == (left, top, 12 - right, 9 - bottom)


@pytest.mark.parametrize("highest", [1, 2, 3, 30, 256])
@pytest.mark.parametrize("side", [np.s_[:], np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]])
def test_border_level_is_median_and_mad(rng, highest, side):
    grey = np.full((37, 50), 200, np.uint8)
    grey[side] = rng.integers(0, highest, grey[side].shape)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(float)
    level = np.median(border)
    assert _border_level(grey) == pytest.approx((level, 1.4826 * np.median(np.abs(border - level))))


@pytest.mark.parametrize("faint", [False, True])
def test_ink_far_from_strong_ink_is_removed(rng, faint):
    """If all ink is close to strong ink, the search for weak ink is skipped."""
    grey = np.full((60, 60), 255, np.uint8)
    grey[20:40, 28:33] = 0
    grey[19:41, 27:34] = np.minimum(grey[19:41, 27:34], 215)
    if faint:
        grey[40:50, 30] = 215  # runs out softly
        grey[5, 5] = 220
    foreground = find_ink(grey)
    kept = remove_clutter(foreground, SOFT_EDGE)
    assert np.array_equal(kept.ink, foreground.ink * dilate(with_weak(foreground.strong, foreground), SOFT_EDGE))
    assert (kept.ink[46, 30], kept.ink[5, 5]) == ((40, 0) if faint else (0, 0))


@pytest.mark.parametrize("inverted", [False, True])
def test_ink_on_a_flat_background_is_the_difference(rng, inverted):
    grey = np.full((40, 40), 200, np.uint8)
    grey[5:35, 5:35] = rng.integers(0, 256, (30, 30))  # also lighter than the background
    foreground = find_ink(255 - grey if inverted else grey)
    assert np.array_equal(foreground.ink, (200 - grey.astype(int)).clip(0))
    assert foreground.is_light != inverted
    assert np.array_equal(foreground.strong, foreground.ink > 50)


@pytest.mark.parametrize("least", [23.9, 24.0, 24.1, 300.0])
def test_whole_levels_are_compared_like_floats(least):
    ink = np.arange(256, dtype=np.uint8)
    assert np.array_equal(more_than(ink, least), more_than(ink.astype(np.float32), least))


@pytest.mark.parametrize("density", [0.0, 0.1, 0.4, 0.7, 1.0])
def test_components_equal_those_of_a_flood_fill(rng, density):
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
    components = Components.of(mask, ink)
    assert np.array_equal(components.labels, labels)
    assert components.area.tolist() == [int((labels == number).sum()) for number in range(count)]
    assert components.mass == pytest.approx([float(ink[labels == number].sum()) for number in range(count)])
    assert Runs.of(mask).labels().max(initial=-1) == count - 1
    assert_extents(components)
    if count > 2:
        some = np.arange(0, count, 2)
        assert np.isin(components.take(some).labels, range(len(some))).sum() == np.isin(labels, some).sum()
        assert_extents(components.take(some))


def assert_extents(components):
    """Boxes and spans are those of the labelled pixels."""
    for number, (left, top, right, bottom) in enumerate(components.boxes.tolist()):
        rows, columns = np.nonzero(components.labels == number)
        assert (left, top, right, bottom) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        for slant, span in zip(SLANTS, components.spans[number], strict=True):
            slanted = columns + slant * rows
            assert span == pytest.approx((slanted.min(), slanted.max() + 1))


def test_two_components_are_separate():
    mask = np.zeros((5, 9), bool)
    mask[1:4, 1:3] = mask[2:4, 6:8] = True
    components = Components.of(mask, np.where(mask, 10, 0).astype(np.uint8))
    assert np.unique(components.labels).tolist() == [-1, 0, 1]
    assert (components.area.tolist(), components.mass.tolist()) == ([6, 4], [60.0, 40.0])
    assert components.boxes.tolist() == [[1, 1, 3, 4], [6, 2, 8, 4]]
