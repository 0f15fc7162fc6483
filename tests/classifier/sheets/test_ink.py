"""What was written in a field, without what the form has printed there."""

import cv2
import numpy as np
import pytest

from classifier.sheets.imaging.ink import without_printing

BOX = (40, 50, 280, 150)  # px


def empty_page():
    page = np.full((500, 400), 255, np.uint8)
    for x in np.linspace(40, 280, 5).round().astype(int).tolist():
        cv2.line(page, (x, 50), (x, 150), 0, 3)
    cv2.rectangle(page, (40, 50), (280, 150), 0, 3)
    return page


def written(shift=(0, 0)):
    """A stroke through the second box, crossing its upper and lower lines, on a page that lies a few px off."""
    page = np.roll(empty_page(), shift, (1, 0))
    cv2.line(page, (130, 30), (130, 170), 40, 6)
    return page


@pytest.mark.parametrize("shift", [(0, 0), (3, -2)])
def test_printed_lines_are_removed_and_strokes_across_them_stay(shift):
    crop = without_printing(written(shift), empty_page(), BOX)
    stroke = crop[:, 130 - 40 - 3 : 130 - 40 + 3]
    assert (stroke < 128).mean() > 0.9
    assert (np.delete(crop, np.s_[130 - 40 - 5 : 130 - 40 + 6], 1) < 200).mean() < 0.002


def test_without_a_reference_long_lines_count_as_printed():
    page = empty_page()
    cv2.line(page, (130, 80), (150, 120), 40, 6)
    crop = without_printing(page, None, BOX)
    assert (crop[30:70, 90:110] < 128).mean() > 0.2
    crop[25:75, 85:115] = 255
    assert crop.min() > 200
