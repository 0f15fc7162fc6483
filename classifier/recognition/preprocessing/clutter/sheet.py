"""A sheet of paper that lies on something darker or lighter."""

import numpy as np
from numpy.typing import NDArray

from ..arrays import Grey
from ..background import Foreground
from ..masks.components import Components

PAPER_AREA = 0.3  # of the picture
PAPER_FILL = 0.7  # of its bounding box: a sheet is solid
PAPER_CORNERS = 0.9  # of its area between its four corners: a digit of a thick pen is as solid, but round
LEAST_SIDE = 20  # px


def find_sheet(foreground: Foreground, grey: Grey) -> tuple[Grey, tuple[int, int]] | None:
    """Finds a sheet of paper, a screen or a slate that was taken for ink; None if there is no such sheet.

    grey: shape (height, width), the picture. Returns the sheet, with what lies outside its edges filled with its own
    background, and its left and top in the picture.
    """
    if np.count_nonzero(foreground.strong) < PAPER_AREA * PAPER_FILL * foreground.strong.size:
        return None
    components = Components.of(foreground.strong, foreground.ink)
    main = int(np.argmax(components.area))
    left, top, right, bottom = (int(value) for value in components.boxes[main])
    box = (right - left) * (bottom - top)
    if box < PAPER_AREA * grey.size or min(right - left, bottom - top) < LEAST_SIDE:
        return None
    inside = components.labels[top:bottom, left:right] == main
    columns = np.arange(right - left)
    first, last = inside.argmax(1), inside.shape[1] - 1 - inside[:, ::-1].argmax(1)
    inset = max(2, min(inside.shape) // 40)
    hull = (columns >= first[:, None] + inset) & (columns <= last[:, None] - inset)
    hull[:inset] = hull[-inset:] = False
    is_solid = inside.sum() >= PAPER_FILL * box and inside[hull].mean() >= PAPER_FILL
    if not is_solid or _share_between_corners(first, last) < PAPER_CORNERS:
        return None
    sheet = grey[top:bottom, left:right].copy()
    sheet[~hull] = np.median(sheet[hull & inside])
    return sheet, (left, top)


def _share_between_corners(first: NDArray[np.intp], last: NDArray[np.intp]) -> float:
    """The share of an outline's area between its four outermost corners: 1 for a sheet, also if it is tilted a little.

    first, last: the outline's leftmost and rightmost px of each row, (height,).
    """
    rows, right = np.arange(len(first)), last + 1
    corners = [
        (first[row := int(np.argmin(first + rows))], row),  # clockwise from the upper left
        (right[row := int(np.argmax(right - rows))], row),
        (right[row := int(np.argmax(right + rows))], row + 1),
        (first[row := int(np.argmin(first - rows))], row + 1),
    ]
    x, y = np.array(corners, float).T
    spanned = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    return spanned / float((right - first).sum())
