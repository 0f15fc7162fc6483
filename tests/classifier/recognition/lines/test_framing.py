"""A row is scaled to digits of one height, and a very long one so that it fits."""

import numpy as np
import pytest

from classifier.recognition.lines.framing import HEIGHT, LONGEST, MARGIN, STEP, Frame, line_image


def row(height, width, top, bottom, at):
    """Ink with an upright bar between top and bottom."""
    ink = np.zeros((height, width), np.uint8)
    ink[top:bottom, at : at + 6] = 200
    return ink


@pytest.mark.parametrize("digit", [22, 26, 18.5])
def test_digits_get_their_height_and_lie_in_the_middle(digit):
    image = line_image(row(90, 200, 20, 64, 100), 20, 64, 200.0, digit)
    rows = np.flatnonzero((image[..., 0] > 128).any(1))
    assert image.shape[0] == HEIGHT and image.shape[1] % STEP == 0
    assert len(rows) == pytest.approx(digit, abs=1.5)
    assert rows.mean() == pytest.approx((HEIGHT - 1) / 2, abs=0.8)
    assert image.max() == 255


def test_places_of_the_line_image_are_places_of_the_ink():
    ink = row(90, 200, 20, 64, 100)
    columns = np.flatnonzero((line_image(ink, 20, 64, 200.0)[..., 0] > 128).any(0))
    assert Frame.of(ink.shape, 20, 64).column(columns.mean() + 0.5) == pytest.approx(103, abs=1)


def test_a_very_long_row_fits_with_both_ends():
    ink = np.maximum(row(40, 3000, 0, 40, 4), row(40, 3000, 0, 40, 2990))
    image = line_image(ink, 0, 40, 200.0)
    columns = np.flatnonzero((image[..., 0] > 60).any(0))
    assert image.shape[1] == LONGEST
    assert columns[0] == pytest.approx(MARGIN, abs=2) and columns[-1] == pytest.approx(LONGEST - MARGIN, abs=2)
