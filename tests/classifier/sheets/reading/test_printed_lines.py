"""Printed lines are as dark as they mostly are, so ink on them and beside them is kept."""

import numpy as np

from classifier.sheets.reading.printed_lines import lines_on

LINE, INK = 90.0, 200.0


def frame():
    """The darkness of an upright line 3 px wide, px 20 to 22, with ink over a third of it."""
    dark = np.zeros((60, 60), np.float32)
    dark[:, 20:23] = LINE
    dark[20:40, 18:24] = INK
    return dark


def expected_on(dark, printed):
    """What `lines_on` says of a page of which this is printed."""
    return lines_on(dark, np.where(printed, LINE, 0).astype(np.float32), printed)


def boxes():
    """The darkness of the upper edges of six boxes, 30 px long, and where they are printed."""
    printed = np.zeros((60, 240), bool)
    for left in range(5, 240, 40):
        printed[20:23, left : left + 30] = True
    return np.where(printed, LINE, 0).astype(np.float32), printed


def test_a_line_is_as_dark_as_it_mostly_is():
    printing = np.zeros((60, 60), bool)
    printing[:, 20:23] = True
    expected, is_line = expected_on(frame(), printing)
    assert set(expected[:, 21].tolist()) == {LINE}
    assert is_line[:, 20:23].all()


def test_ink_beside_a_line_is_not_expected():
    dark = frame()
    printing = np.zeros(dark.shape, bool)
    printing[:, 20:23] = True
    expected, _ = expected_on(dark, printing)
    assert expected[30, 18] == 0  # ink that leans on the line
    assert not expected[:, 40:].any()


def test_a_line_that_lies_beside_its_place_is_found():
    dark = frame()
    printing = np.zeros(dark.shape, bool)
    printing[:, 23:26] = True  # where the empty page has it
    expected, _ = expected_on(dark, printing)
    assert expected[5, 21] == LINE


def test_short_printing_at_a_line_is_no_line():
    printing = np.zeros((60, 60), bool)
    printing[40:43] = True
    printing[32:40, 30:32] = True  # the tick of a comb
    _, is_line = expected_on(np.where(printing, LINE, 0).astype(np.float32), printing)
    assert is_line[41, 5]
    assert not is_line[38, 31]


def test_ink_along_a_whole_line_is_not_taken_for_it():
    dark, printing = boxes()
    dark[19:25, 85:115] = INK  # the bar of a 7 on the edge of the third box
    expected, _ = expected_on(dark, printing)
    assert expected[21, 100] < 1.21 * LINE
    assert expected[24, 100] <= LINE / 2  # where it lies beside the edge


def test_a_thin_line_may_be_darker_than_others():
    dark, printing = boxes()
    dark[20:22, 85:115] = 1.5 * LINE
    expected, _ = expected_on(dark, printing)
    assert expected[21, 100] == 1.5 * LINE


def test_lines_of_other_widths_have_their_own_darkness():
    dark, printing = boxes()
    for column in range(5, 240, 40):
        printing[40:46, column : column + 30] = True
        dark[40:46, column : column + 30] = LINE
    expected, _ = expected_on(dark, printing)
    assert (expected[40:46, 10:30] == LINE).all()
