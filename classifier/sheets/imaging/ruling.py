"""The straight lines of an empty page: rectangles that they enclose, and rules to write on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .light import darkness

Grey = NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]  # left, top, right, bottom, px, on the middle of its lines
Rule = tuple[int, int, int]  # left, height on the page, right, px
PRINTED = 45  # darkness
LINE = 17  # px: a straight line is at least so long
SMALLEST = 12  # px of a side of a rectangle
LARGEST = 0.25  # share of the page
FULL = 0.9  # share of a region's own rectangle that it covers
THICKEST = 11  # px: a thicker line belongs to a mark
USED = 0.012  # share of a rectangle that is printed: it is a label, or has fields inside
RULES = 80, 0.7  # px and share of the page's width: length of a rule to write on
ABOVE = 36  # px above a rule that are empty


@dataclass(frozen=True)
class Ruling:
    """What straight lines leave free to write in."""

    cells: list[Rectangle]  # empty rectangles
    rules: list[Rule]  # lines with room above that belong to no rectangle


def ruling_of(page: Grey) -> Ruling:
    """Finds them on a page. page: (height, width), upright, longer side about 2,339 px."""
    dark = (darkness(page) > PRINTED).astype(np.uint8)
    level = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, LINE), np.uint8))
    upright = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((LINE, 1), np.uint8))
    lines = np.asarray(cv2.max(level, upright), np.uint8)
    free = 1 - cv2.morphologyEx(lines, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    cells = [
        _grown(left, top, wide, high)
        for left, top, wide, high, area in stats[1:].tolist()
        if min(wide, high) >= SMALLEST
        and wide * high <= LARGEST * page.size
        and area >= FULL * wide * high
        and _is_framed(dark, left, top, wide, high)
        and not _is_used(dark, left, top, wide, high)
    ]
    return Ruling(cells, _rules(lines, np.asarray(dark, np.uint8), cells))


def _grown(left: int, top: int, wide: int, high: int) -> Rectangle:
    """To the middle of the lines around it, which are about 3 px wide."""
    return left - 1, top - 1, left + wide + 1, top + high + 1


def _is_framed(dark: NDArray[np.integer], left: int, top: int, wide: int, high: int) -> bool:
    """Whether thin lines run along its sides and meet in corners, unlike in letters, round marks and solid marks."""
    x, y = left + wide // 2, top + high // 2
    thickness = [
        _thickness(dark[max(0, top - THICKEST) : top, x][::-1]),
        _thickness(dark[top + high : top + high + THICKEST, x]),
        _thickness(dark[y, max(0, left - THICKEST) : left][::-1]),
        _thickness(dark[y, left + wide : left + wide + THICKEST]),
    ]
    if not all(0 < each < THICKEST for each in thickness):
        return False
    up, down, before, after = ((each + 1) // 2 for each in thickness)
    corners = [(v, u) for v in (top - up, top + high + down - 1) for u in (left - before, left + wide + after - 1)]
    return all(bool(dark[v, u]) for v, u in corners)


def _thickness(across: NDArray[np.integer]) -> int:
    """Px of a line from the inside outwards, at most two px away."""
    if not across[:3].any():
        return 0
    first = int(np.argmax(across))
    light = np.flatnonzero(across[first:] == 0)
    return first + int(light[0]) if len(light) else THICKEST


def _is_used(dark: NDArray[np.integer], left: int, top: int, wide: int, high: int) -> bool:
    rim = 3
    inside = dark[top + rim : top + high - rim, left + rim : left + wide - rim]
    return inside.size > 0 and float(inside.mean()) > USED


def _rules(lines: Grey, dark: Grey, cells: list[Rectangle]) -> list[Rule]:
    joined = cv2.morphologyEx(lines, cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for left, top, wide, high, _ in stats[1:].tolist():
        if high > 8 or not RULES[0] <= wide <= RULES[1] * dark.shape[1] or top < ABOVE + 4:
            continue
        above = dark[top - ABOVE : top - 3, left + 3 : left + wide - 3]
        if float(above.mean()) > USED / 4 or any(_touches(left, top, wide, cell) for cell in cells):
            continue
        found.append((left, top + high, left + wide))
    return found


def _touches(left: int, top: int, wide: int, cell: Rectangle) -> bool:
    is_beside = min(left + wide, cell[2]) - max(left, cell[0]) > 0
    return is_beside and cell[1] - 8 <= top <= cell[3] + 8
