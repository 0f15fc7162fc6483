"""How dark the printed lines of a field are on a page, so that ink on top of them and beside them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

SHORTEST = 21  # px of a line
AROUND = 5  # px beside a line in which it may lie on the page
CHUNK = 120  # px: so long, a line lies straight and is equally dark
USUAL = 0.4  # quantile of the darkness along a line: less than half of it is written over
OTHERS = 9  # px: other printing may lie so much beside its place, on both sides together
JITTER = 3  # px across a line: edges are not quite straight


def lines_on(dark: Floats, printing: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """The darkness of straight printed lines, grey levels, (height, width), and where they may be, of the same shape.

    dark: of the page, (height, width); printing: where the empty page is printed, of the same shape.
    """
    expected, near = np.zeros(dark.shape, np.float32), np.zeros(dark.shape, bool)
    _follow(dark, printing, expected, near)
    _follow(dark.T, printing.T, expected.T, near.T)
    return expected, near & ~_others(printing)


def _follow(dark: Floats, printing: NDArray[np.bool_], expected: Floats, near: NDArray[np.bool_]) -> None:
    """Writes the darkness of horizontal lines into `expected`, and where they may be into `near`."""
    for band in _bands(printing):
        profile = np.quantile(dark[band], USUAL, axis=1).astype(np.float32)[:, None]
        profile = np.asarray(cv2.dilate(profile, np.ones((JITTER, 1), np.uint8)), np.float32)
        np.maximum(expected[band], profile, out=expected[band])
        near[band] = True


def _others(printing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The printing beside lines that is not a line itself: words, and the ticks of combs."""
    printed = printing.astype(np.uint8)
    long = [
        cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones(side, np.uint8)) for side in ((1, SHORTEST), (SHORTEST, 1))
    ]
    rest = (printed > 0) & ~cv2.dilate(np.maximum(*long), np.ones((3, 3), np.uint8)).astype(bool)
    return cv2.dilate(rest.astype(np.uint8), np.ones((OTHERS, OTHERS), np.uint8)).astype(bool)


def _bands(printed: NDArray[np.bool_]) -> Iterator[tuple[slice, slice]]:
    """Rows and columns about the pieces of horizontal lines."""
    long = cv2.morphologyEx(printed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, SHORTEST), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    for left, top, width, height, _ in stats[1:].tolist():
        rows = slice(max(0, top - AROUND), top + height + AROUND)
        pieces = max(1, round(width / CHUNK))
        edges = np.linspace(left, left + width, pieces + 1).round().astype(int)
        for start, end in pairwise(edges.tolist()):
            yield rows, slice(start, end)
