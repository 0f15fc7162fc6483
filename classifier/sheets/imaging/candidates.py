"""How a page may lie in a picture: several guesses, the best first, each to be refined and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Box

from .agreement import Printing
from .edges import Edges
from .features import Features, features_of
from .frames import quadrilateral, resized, through, turned, warped
from .light import darkness, without_edges
from .outlines import SIDE as OUTLINE_SIDE
from .outlines import Quad, is_filled, papers, whole
from .refining import LEVELS, Level, level_of, pyramid, refined
from .words import Words

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (3, 3)
SIDE = 1170  # px of the longer side at level 1: half of REFERENCE_SIDE
COARSE = LEVELS[0]
GROWN = 0.94, 0.97, 1.0, 1.03  # sizes of a page in the frame of a scan that are tried
EXCESS = 0.08  # difference of proportions that perspective alone does not make
POWERS = 0.6, 1.0  # of the difference: how much of it an edge that was not seen explains
SMALL = 0.7  # share of the picture's longer side
BESIDE_PAPER = 0.08  # room around it, as a share of its sides
ROOM = 0.1  # shift that is tried, as a share of the page
ROWS = 144  # px at level 1: so far away a guess may be, by rows or columns of a table
PEAK = 5  # px: a side of the square in which a shift is the best one
SHIFTED = 5  # shifts that are tried


@dataclass(frozen=True)
class Known:
    """What is known of a reference."""

    shape: tuple[int, int]  # at level 1
    to_whole: Matrix  # from px at level 1 to px of the reference
    levels: list[Level]
    printing: Printing  # at level 1
    outlook: Printing  # at a quarter of that
    words: Words
    edges: Edges
    features: Features

    @classmethod
    def of(cls, grey: Grey, fields: Sequence[Box]) -> Known:
        """grey: the reference, empty in its fields; fields: their boxes, shares of the page."""
        small, to_whole = resized(grey, SIDE)
        dark = without_edges(darkness(small))  # as of pictures: it may be printed to its edges
        sizes = pyramid(dark)
        levels = [level_of(sizes[reduced], reduced) for reduced in LEVELS]
        outlook = Printing(sizes[4], tile=32, smooth=1.0, printed=15)
        return cls(
            dark.shape, to_whole, levels, Printing(dark), outlook, Words(dark), Edges(dark, fields), features_of(dark)
        )


@dataclass(frozen=True)
class Picture:
    """A page as received."""

    grey: Grey
    small: Grey  # level 1
    to_whole: Matrix  # from px at level 1 to px of `grey`
    dark: dict[int, Grey]  # at each level

    @classmethod
    def of(cls, grey: Grey) -> Picture:
        small, to_whole = resized(grey, SIDE)
        return cls(grey, small, to_whole, pyramid(without_edges(darkness(small))))


@dataclass(frozen=True)
class Candidate:
    """A homography from px of a reference to px of the picture, both at level 1, and how well it fits, -1 to 1."""

    homography: Matrix
    score: float


def quads_of(picture: Picture) -> list[tuple[Quad, tuple[float, ...]]]:
    """Corners of what may be the page, in px at level 1, each with the sizes to try."""
    tiny, to_small = resized(picture.small, OUTLINE_SIDE)
    quads: list[tuple[Quad, tuple[float, ...]]] = [(sheet, (1.0,)) for sheet in papers(tiny)]
    page = whole(tiny, without_edges(darkness(tiny))), GROWN
    quads = [page, *quads] if is_filled(tiny) else [*quads, page]
    return [(np.asarray(cv2.perspectiveTransform(quad[None], to_small)[0], np.float32), sizes) for quad, sizes in quads]


def paper_in(picture: Picture) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of a sheet of paper that is a small part of a picture, px of `picture.grey`.

    None without one, or if it is not small.
    """
    tiny, to_small = resized(picture.small, OUTLINE_SIDE)
    sheets = papers(tiny)
    if not sheets:
        return None
    corners = through(picture.to_whole @ to_small, sheets[0])
    sides = np.ptp(corners, axis=0)
    if sides.max() > SMALL * max(picture.grey.shape):
        return None
    low, high = corners.min(0) - BESIDE_PAPER * sides, corners.max(0) + BESIDE_PAPER * sides
    limits = picture.grey.shape[::-1]
    (left, top), (right, bottom) = (np.clip(each, 0, limits).round().astype(int).tolist() for each in (low, high))
    return left, top, right, bottom


def by_outline(
    picture: Picture, known: Known, quad: Quad, sizes: tuple[float, ...], peaks: int = 1
) -> Iterator[Candidate]:
    """The page fills a quadrilateral, in one of four turns. peaks: shifts of each size and turn."""
    coarse = known.levels[0].dark
    height, width = coarse.shape
    room_x, room_y = round(ROOM * width), round(ROOM * height)
    shrink = np.diag([1 / COARSE, 1 / COARSE, 1.0])
    middle = np.array([[1, 0, known.shape[1] / 2], [0, 1, known.shape[0] / 2], [0, 0, 1.0]])
    pushed = np.array([[1, 0, -room_x * COARSE], [0, 1, -room_y * COARSE], [0, 0, 1.0]])
    for times in range(4):
        corners = turned(quad, times)
        base = cv2.getPerspectiveTransform(quadrilateral(known.shape), corners)
        parts = [middle @ np.diag([size, size, 1]) @ np.linalg.inv(middle) for size in sizes]
        for part in parts + _parts(corners, known.shape):
            page_to_quad = base @ part
            start = shrink @ page_to_quad @ pushed @ np.linalg.inv(shrink)
            seen = warped(picture.dark[COARSE], start, (height + 2 * room_y, width + 2 * room_x))
            scores = np.asarray(cv2.matchTemplate(seen, coarse, cv2.TM_CCOEFF_NORMED), np.float32)
            for x, y, score in _peaks(scores, peaks):
                moved = np.array([[1, 0, (x - room_x) * COARSE], [0, 1, (y - room_y) * COARSE], [0, 0, 1.0]])
                yield Candidate(page_to_quad @ moved, score)


def _peaks(scores: NDArray[np.float32], count: int) -> Iterator[tuple[int, int, float]]:
    """Columns and rows of the best shifts, and their scores."""
    is_peak = scores == cv2.dilate(scores, np.ones((PEAK, PEAK), np.uint8))
    rows, columns = np.nonzero(is_peak)
    for best in np.argsort(-scores[is_peak])[:count].tolist():
        yield int(columns[best]), int(rows[best]), float(scores[rows[best], columns[best]])


def _parts(quad: Quad, shape: tuple[int, int]) -> list[Matrix]:
    """Where the page is in a quadrilateral that is too long for it, because one of its edges was not seen."""
    top, right, bottom, left = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1).tolist()
    height, width = shape
    excess = (top + bottom) / max(left + right, 1e-6) / (width / height)
    if 1 - EXCESS < excess < 1 / (1 - EXCESS):
        return []
    parts = []
    for power, gap in product(POWERS, (0, 1)):
        share = max(excess, 1 / excess) ** -power
        across, down = (share, 1.0) if excess > 1 else (1.0, share)
        moved = gap * (1 - across) * width, gap * (1 - down) * height
        parts.append(np.array([[across, 0, moved[0]], [0, down, moved[1]], [0, 0, 1]]))
    return parts


def roughly_refined(picture: Picture, known: Known, guess: Matrix) -> Candidate:
    """Refines a guess at the coarse levels and says how well it fits."""
    homography = refined(known.levels[:2], picture.dark, guess)
    reduced = known.levels[1].reduced
    grow = np.diag([reduced, reduced, 1.0])
    start = np.linalg.inv(grow) @ homography @ grow
    shape = known.levels[1].dark.shape
    seen = warped(picture.dark[reduced], start, shape)
    visible = warped(np.ones_like(picture.dark[reduced]), start, shape)
    agreement = known.outlook.agreement(seen, visible)
    return Candidate(homography, agreement.whole * min(1.0, 0.5 + agreement.visible))


def shifted(picture: Picture, known: Known, guess: Matrix) -> Iterator[Candidate]:
    """Guesses beside a guess, roughly refined: on a table, it may be off by whole rows or columns."""
    level = known.levels[1]
    room = ROWS // level.reduced
    grow = np.diag([level.reduced, level.reduced, 1.0])
    pushed = np.array([[1, 0, -room], [0, 1, -room], [0, 0, 1.0]])
    height, width = level.dark.shape
    start = np.linalg.inv(grow) @ guess @ grow
    seen = warped(picture.dark[level.reduced], start @ pushed, (height + 2 * room, width + 2 * room))
    scores = np.asarray(cv2.matchTemplate(seen, level.dark, cv2.TM_CCOEFF_NORMED), np.float32)
    for x, y, _ in _peaks(scores, SHIFTED):
        moved = np.array([[1, 0, x - room], [0, 1, y - room], [0, 0, 1.0]])
        yield roughly_refined(picture, known, grow @ start @ moved @ np.linalg.inv(grow))
