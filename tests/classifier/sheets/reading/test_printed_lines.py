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


def test_a_line_is_as_dark_as_it_mostly_is():
    printing = np.zeros((60, 60), bool)
    printing[:, 20:23] = True
    expected, is_line = lines_on(frame(), printing)
    assert set(expected[:, 21].tolist()) == {LINE}
    assert is_line[:, 20:23].all()


def test_ink_beside_a_line_is_not_expected():
    dark = frame()
    printing = np.zeros(dark.shape, bool)
    printing[:, 20:23] = True
    expected, _ = lines_on(dark, printing)
    assert expected[30, 18] == 0  # ink that leans on the line
    assert not expected[:, 40:].any()


def test_a_line_that_lies_beside_its_place_is_found():
    dark = frame()
    printing = np.zeros(dark.shape, bool)
    printing[:, 23:26] = True  # where the empty page has it
    expected, _ = lines_on(dark, printing)
    assert expected[5, 21] == LINE


def test_short_printing_at_a_line_is_no_line():
    printing = np.zeros((60, 60), bool)
    printing[40:43] = True
    printing[32:40, 30:32] = True  # the tick of a comb
    _, is_line = lines_on(np.where(printing, LINE, 0).astype(np.float32), printing)
    assert is_line[41, 5]
    assert not is_line[38, 31]
