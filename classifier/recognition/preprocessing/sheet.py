"""Finding a sheet of paper that lies on something darker or lighter."""

import numpy as np
from numpy.typing import NDArray

from .arrays import Grey
from .background import Foreground
from .components import Components

PAPER_AREA = 0.3  # of the picture
PAPER_FILL = 0.7  # of its box: a sheet is solid
PAPER_CORNERS = 0.9  # of it lies between its four corners: a digit of a thick pen is as solid, but round


def find_sheet(seen: Foreground, grey: Grey) -> tuple[Grey, tuple[int, int]] | None:
    """The inside of a sheet of paper (or a screen, a slate) that was taken for ink, if there is one.

    Returns it with what lies outside its edges filled with its own ground, and its left and top in the picture.
    """
    if np.count_nonzero(seen.strong) < PAPER_AREA * PAPER_FILL * seen.strong.size:
        return None
    shapes = Components.of(seen.strong, seen.ink)
    main = int(np.argmax(shapes.area))
    left, top, right, bottom = (int(value) for value in shapes.boxes[main])
    box = (right - left) * (bottom - top)
    if box < PAPER_AREA * grey.size or min(right - left, bottom - top) < 20:
        return None
    inside = shapes.labels[top:bottom, left:right] == main
    columns = np.arange(right - left)
    first, last = inside.argmax(1), inside.shape[1] - 1 - inside[:, ::-1].argmax(1)
    inset = max(2, min(inside.shape) // 40)
    hull = (columns >= first[:, None] + inset) & (columns <= last[:, None] - inset)
    hull[:inset] = hull[-inset:] = False
    if (
        inside.sum() < PAPER_FILL * box
        or inside[hull].mean() < PAPER_FILL
        or _between_corners(first, last) < PAPER_CORNERS
    ):
        return None
    sheet = grey[top:bottom, left:right].copy()
    sheet[~hull] = np.median(sheet[hull & inside])
    return sheet, (left, top)


def _between_corners(first: NDArray[np.intp], last: NDArray[np.intp]) -> float:
    """The share of an outline's area that its four outermost corners span: 1 of a sheet, also of one slightly turned.

    first, last: the outline's leftmost and rightmost px of each row, shape (height,).
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
