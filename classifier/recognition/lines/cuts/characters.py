"""Cutting a row into its characters, each digit framed as the digit network knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...preprocessing.found_digit import FoundDigit
from ...preprocessing.framing import ink_box
from ...preprocessing.masks.dilation import dilate
from ...preprocessing.picture_digits import SOFT_EDGE, even_ink, frame_crop
from ...preprocessing.sketch_digits import frame_part
from ..alphabet import DIGITS
from ..rows import Pen, Row
from .seams import LEFT_OUT, STRONG, Place, cut_ink
from .strokes import cut_path

HALF_WIDTH = 0.33  # of a character, as a share of the height of the digits
HALF_WIDTHS = {"1": 0.15, ".": 0.08, ",": 0.08, ":": 0.08, "/": 0.2}
Known = dict[bytes, FoundDigit]  # digits by the ink or strokes they are made of


@dataclass(frozen=True)
class Cut:
    """One character, cut out of its row."""

    box: tuple[int, int, int, int]  # left, top, right, bottom (exclusive) in px of the picture or pad
    centre: float  # px of the picture or pad, from the left
    digit: FoundDigit | None  # None for a mark


def cut_row(row: Row, centres: Sequence[float], text: str, known: Known) -> tuple[list[Cut], float]:
    """Cuts a row. centres: of the characters of `text`, px of the row's ink, in ascending order.

    known: digits framed for another text; receives those framed for this one.
    Returns the characters and the share of the row's ink that belongs to none of them.
    """
    if not text:
        return [], 1.0
    if row.pen is not None:
        return _cut_sketch(row, row.pen, centres, text, known)
    return _cut_picture(row, centres, text, known)


def _cut_sketch(row: Row, pen: Pen, centres: Sequence[float], text: str, known: Known) -> tuple[list[Cut], float]:
    places = [row.left_px + centre * row.zoom for centre in centres]
    cuts = []
    for own, place, kept in zip(
        text, places, cut_path(pen.path, places, (row.bottom - row.top) * row.zoom), strict=True
    ):
        digit = known.get(key := kept.tobytes())
        if digit is None:
            path = pen.path.part(kept)
            digit = known[key] = frame_part(path, pen.sketch, len(np.unique(path.stroke)))
        cuts.append(Cut(digit.box, place, digit if own in DIGITS else None))
    return cuts, 0.0


def _cut_picture(row: Row, centres: Sequence[float], text: str, known: Known) -> tuple[list[Cut], float]:
    height = row.bottom - row.top
    places = [
        Place(centre, height * HALF_WIDTHS.get(own, HALF_WIDTH)) for own, centre in zip(text, centres, strict=True)
    ]
    owner = cut_ink(row.ink, places, row.top, row.bottom)
    cuts = []
    for number, (own, centre) in enumerate(zip(text, centres, strict=True)):
        strong = owner == number
        if not strong.any():
            strong = _around(row, centres, number)
        left, top, right, bottom = ink_box(strong)
        box = row.box(left, top, right, bottom)
        digit = None
        if own in DIGITS:
            digit = known.get(key := strong.tobytes()) or _framed(row, strong, box)
            known[key] = digit
        cuts.append(Cut(box, row.left_px + centre * row.zoom, digit))
    left_out = int(row.ink[(owner == LEFT_OUT) & (row.ink >= STRONG)].sum())
    return cuts, left_out / max(1, int(row.ink[row.ink >= STRONG].sum()))


def _framed(row: Row, strong: NDArray[np.bool_], box: tuple[int, int, int, int]) -> FoundDigit:
    """A digit with the soft edge of its ink."""
    usual = float(np.percentile(row.ink[strong], 75))
    if usual > 2 * row.noise:
        near = dilate(strong, SOFT_EDGE) & (strong | (row.ink < STRONG))
        ink = even_ink(np.where(near, row.ink, np.uint8(0)), strong, row.noise)
    else:  # a place where no ink stands out
        ink = np.where(strong, np.uint8(255), np.uint8(0))
    left, top, right, bottom = ink_box(ink)
    hints = row.hints | {"size": round(max(box[2] - box[0], box[3] - box[1]) / row.side_px, 3)}
    return frame_crop(ink[top:bottom, left:right], box, hints)


def _around(row: Row, centres: Sequence[float], number: int) -> NDArray[np.bool_]:
    """The ink, or else anything, around the centre of a character that has no ink of its own."""
    height, width = row.ink.shape
    low = (centres[number - 1] + centres[number]) / 2 if number else centres[number] - (row.bottom - row.top) / 2
    high = (
        (centres[number] + centres[number + 1]) / 2
        if number + 1 < len(centres)
        else centres[number] + (row.bottom - row.top) / 2
    )
    first = int(np.clip(low, 0, width - 1))
    last = int(np.clip(high, first + 1, width))
    mask = np.zeros((height, width), bool)
    mask[:, first:last] = row.ink[:, first:last] >= STRONG
    if not mask.any():
        mask[max(0, int(row.top)) : int(row.bottom) + 1, first:last] = True
    return mask
