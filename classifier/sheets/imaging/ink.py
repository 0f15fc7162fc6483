"""What was written in a rectangle of a page that lies straight: the crop without what the form has printed there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Box

Grey = NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]  # left, top, right, bottom, px, the last two exclusive
REACH = 10  # px that printing may be away from where the reference has it
SPREAD = 2  # px that printing may be wider than in the reference
PRINTED = 40  # grey levels darker than the paper
WRITTEN = 50


def rectangle(box: Box, shape: tuple[int, ...]) -> Rectangle:
    """A box in px, on the page and not empty."""
    height, width = shape[:2]
    left, top, wide, high = box
    x = min(max(0, round(left * width)), width - 1)
    y = min(max(0, round(top * height)), height - 1)
    return (
        x,
        y,
        min(max(x + 1, round((left + wide) * width)), width),
        min(max(y + 1, round((top + high) * height)), height),
    )


def paper_level(crop: Grey) -> float:
    """The grey of the paper."""
    return float(np.percentile(crop, 90))


def without_printing(page: Grey, reference: Grey | None, place: Rectangle) -> Grey:
    """Cuts a rectangle out of a page without what the form has printed; strokes across printed lines stay whole.

    page: (height, width), laid straight; reference: its empty page, of the same shape, or None, then long straight
    lines count as printed. Returns (height, width) of the rectangle, dark ink on light paper.
    """
    left, top, right, bottom = place
    crop = page[top:bottom, left:right]
    paper = paper_level(crop)
    ink = np.clip(paper - crop.astype(np.float32), 0, 255).astype(np.uint8)
    printed = long_lines(ink) if reference is None else _printed(page, reference, place)
    around = np.where(printed, 0, ink).astype(np.uint8)
    reach = 2 * SPREAD + 5
    across = [cv2.morphologyEx(around, cv2.MORPH_CLOSE, np.ones(side, np.uint8)) for side in ((reach, 1), (1, reach))]
    kept = np.where(printed, np.minimum(np.maximum(*across), ink), ink)
    return np.asarray(np.clip(paper - kept, 0, 255), np.uint8)


def long_lines(ink: Grey) -> NDArray[np.bool_]:
    """Where straight lines run across most of a crop. ink: darkness. Returns the same shape."""
    dark = (ink > WRITTEN).astype(np.uint8)
    height, width = dark.shape
    level = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, max(9, round(0.6 * width))), np.uint8))
    upright = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((max(9, round(0.8 * height)), 1), np.uint8))
    return np.asarray(cv2.dilate(cv2.max(level, upright), np.ones((3, 3), np.uint8)) > 0)


def _printed(page: Grey, reference: Grey, place: Rectangle) -> NDArray[np.bool_]:
    """Where the form has printing in a rectangle of the page, which may be a few px off."""
    x, y = shift_of_printing(page, reference, place)
    left, top, right, bottom = place
    here = _inside(reference, left - x, top - y, right - x, bottom - y)
    dark = (here < paper_level(here) - PRINTED).astype(np.uint8)
    return np.asarray(cv2.dilate(dark, np.ones((2 * SPREAD + 1, 2 * SPREAD + 1), np.uint8)) > 0)


def shift_of_printing(page: Grey, reference: Grey, place: Rectangle) -> tuple[int, int]:
    """How far the printing in a rectangle of the page is from where the reference has it: px to the right and down."""
    left, top, right, bottom = place
    wide = _inside(page, left - REACH, top - REACH, right + REACH, bottom + REACH)
    here = reference[top:bottom, left:right]
    if float(here.max()) - float(here.min()) < PRINTED:
        return 0, 0
    darkness = np.clip(paper_level(wide) - wide.astype(np.float32), 0, 255)
    printing = np.clip(paper_level(here) - here.astype(np.float32), 0, 255)
    score = cv2.matchTemplate(darkness, printing, cv2.TM_CCORR)
    y, x = np.unravel_index(int(np.argmax(score)), score.shape)
    return int(x) - REACH, int(y) - REACH


def _inside(grey: Grey, left: int, top: int, right: int, bottom: int) -> Grey:
    """A rectangle that may reach beyond the page, where its edge is repeated."""
    rows = np.clip(np.arange(top, bottom), 0, grey.shape[0] - 1)
    columns = np.clip(np.arange(left, right), 0, grey.shape[1] - 1)
    return grey[rows[:, None], columns[None, :]]
