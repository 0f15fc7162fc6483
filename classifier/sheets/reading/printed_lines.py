"""How dark the printed lines of a field are on a page, so that ink on top of them and beside them is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

SHORTEST = 21  # px of a line
AROUND = 5  # px beside a line in which it may lie on the page
CHUNK = 50  # px: so long, a line lies straight and is equally dark
USUAL = 0.4  # quantile of the darkness along a line: less than half of it is written over
OTHERS = 9  # px: other printing may lie so much beside its place, on both sides together
ROWS = np.ones((3, 1), np.uint8)  # across a line: edges are not quite straight
# A piece may be written over along most of its length, as by the foot of a 2. Then it is darker than others are.
NOT_WRITTEN = 0.4  # quantile of the darkness of all pieces, compared with the reference
WRITTEN_OVER, GRAIN = 1.2, 4.0  # times as dark as that, and grey levels more
THINNEST_STROKE = 3  # px of a pen; a thin line may be so much darker where it fits the scanner's dots
FEWEST = 4  # pieces of lines of the same width that show how dark such a line is in each of its rows


@dataclass(frozen=True)
class _Piece:
    """A piece of a horizontal line."""

    band: tuple[slice, slice]
    dark: Floats  # how dark it is on the page, (rows, 1), grey levels
    printed: float  # how dark it is in the reference, grey levels

    @classmethod
    def of(cls, dark: Floats, printing: Floats, band: tuple[slice, slice]) -> Self:
        along, in_reference = np.quantile([dark[band], printing[band]], USUAL, axis=2).astype(np.float32)
        return cls(band, along[:, None], max(1.0, float(in_reference.max())))


def lines_on(dark: Floats, printing: Floats, is_printed: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """The darkness of straight printed lines, grey levels, (height, width), and where they may be, of the same shape.

    dark: of the page, (height, width); printing: darkness of the empty page, of the same shape; is_printed: where it
    is printed, of the same shape.
    """
    expected, near = np.zeros(dark.shape, np.float32), np.zeros(dark.shape, bool)
    _follow(dark, printing, is_printed, expected, near)
    _follow(dark.T, printing.T, is_printed.T, expected.T, near.T)
    return expected, near & ~_others(is_printed)


def _follow(
    dark: Floats, printing: Floats, is_printed: NDArray[np.bool_], expected: Floats, near: NDArray[np.bool_]
) -> None:
    """Writes the darkness of horizontal lines into `expected`, and where they may be into `near`."""
    pieces = [_Piece.of(dark, printing, band) for band in _bands(is_printed)]
    if not pieces:
        return
    usual = _usual([piece.dark.max(keepdims=True) / piece.printed for piece in pieces])
    alike = defaultdict(list)
    for piece in pieces:
        alike[len(piece.dark)].append(piece.dark / piece.printed)
    of_width = {width: _usual(ratios) if len(ratios) >= FEWEST else usual for width, ratios in alike.items()}
    for piece in pieces:
        without_ink = of_width[len(piece.dark)] * np.float32(piece.printed)
        profile = np.asarray(cv2.dilate(piece.dark, ROWS), np.float32)
        if (piece.dark > WRITTEN_OVER * without_ink + GRAIN).sum() >= THINNEST_STROKE:
            profile = np.minimum(profile, WRITTEN_OVER * without_ink)
        np.maximum(expected[piece.band], profile, out=expected[piece.band])
        near[piece.band] = True


def _usual(ratios: Sequence[Floats]) -> Floats:
    """How many times as dark as in the reference pieces are that are not written over, (rows, 1)."""
    return np.asarray(cv2.dilate(np.quantile(ratios, NOT_WRITTEN, axis=0).astype(np.float32), ROWS), np.float32)


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
