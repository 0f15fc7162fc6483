"""What was written in a field, without what the form has printed there."""

import cv2
import numpy as np
import pytest

from classifier.sheets.fields.description import Field, Kind
from classifier.sheets.imaging.cells import cells
from classifier.sheets.imaging.ink import field_crop, mark_share

BOX = (0.1, 0.1, 0.6, 0.2)  # of a page of 400 by 500 px: 40, 50 to 280, 150


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
    crop = field_crop(written(shift), empty_page(), BOX)
    stroke = crop[:, 130 - 40 - 3 : 130 - 40 + 3]
    assert (stroke < 128).mean() > 0.9
    assert (np.delete(crop, np.s_[130 - 40 - 5 : 130 - 40 + 6], 1) < 200).mean() < 0.002


def test_cells_are_cut_at_the_lines():
    cut = cells(written(), empty_page(), Field("a", "A", 1, BOX, Kind.BOXES, 4))
    assert [bool((cell < 128).any()) for cell in cut] == [False, True, False, False]


def test_share_of_a_mark_leaves_the_frame_out():
    box = (0.4, 0.1, 0.15, 0.2)
    assert mark_share(empty_page(), empty_page(), box) == 0
    marked = empty_page()
    cv2.line(marked, (170, 60), (210, 140), 0, 6)
    assert 0.03 < mark_share(marked, empty_page(), box) < 0.2
