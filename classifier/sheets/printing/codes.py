"""The QR codes of printed pages, as rectangles."""

from __future__ import annotations

import segno

from classifier.sheets.fields.marks import PAPERS, QR_SIDE, QR_TOP, Code

from .drawing import Rectangle

VERSION = 4  # 33 × 33 modules: the longest text of ours fits in it
QUIET = 4  # modules around it that stay white
MASK = 3  # choosing the best of eight would take longer than all the rest of a page


def rectangles(code: Code, paper: str) -> list[Rectangle]:
    """The black parts of a code at its place on the page: the runs of modules of each row."""
    rows = list(segno.make(code.text(), version=VERSION, error="m", mask=MASK, micro=False, boost_error=False).matrix)
    module = QR_SIDE / (len(rows) + 2 * QUIET)
    left, top = PAPERS[paper][0] / 2 - QR_SIDE / 2 + QUIET * module, QR_TOP + QUIET * module
    found = []
    for down, row in enumerate(rows):
        start = None
        for across, is_black in enumerate([*row, 0]):
            if is_black and start is None:
                start = across
            elif not is_black and start is not None:
                width = (across - start) * module
                found.append(Rectangle(left + start * module, top + down * module, width, module))
                start = None
    return found
