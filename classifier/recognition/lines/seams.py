"""Cutting a row of ink into its characters.

Connected ink belongs to the character whose place it covers. Ink over several characters is cut along the cheapest
seam between them, from top to bottom, through as little ink and as few closed loops as possible.
Source: Avidan and Shamir, "Seam carving for content-aware image resizing", 2007, for the seams.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.masks.components import Components

STRONG = 64  # grey level from which a pixel certainly is ink
FLAT = 5  # ratio of width to height from which ink over several characters is a line, and belongs to none
NEAR = 0.3  # of the height of the digits: loose ink further than that from a character belongs to none
LEAST_AREA = 0.04  # of the squared height of a digit: a smaller piece is no character's only by chance
IN_LOOP = 0.8  # cost of a pixel of background inside a loop; one of ink costs 1
SIDEWAYS = 0.15  # cost of a step to the side
OFF_MIDDLE = 0.2  # cost of a pixel at the edge of the window, as against its middle
LOOSE, LEFT_OUT = -1, -2


def cut_ink(ink: NDArray[np.uint8], centres: Sequence[float], height: float) -> NDArray[np.intp]:
    """The character of each pixel, (rows, columns): its number from the left; negative for background and other ink.

    ink: shape (rows, columns), 0 to 255; centres: of the characters, px, in ascending order; height: of the digits.
    """
    strong = ink >= STRONG
    parts = Components.of(strong, ink)
    places = np.asarray(centres)
    owner = np.full(len(parts), LOOSE)
    divided: dict[int, NDArray[np.intp]] = {}
    for number, (left, top, right, bottom) in enumerate(parts.boxes.tolist()):
        covered = np.flatnonzero((places >= left - 0.5) & (places <= right - 0.5))
        if len(covered) > 1:
            if right - left > FLAT * (bottom - top):
                owner[number] = LEFT_OUT
            else:
                divided[number] = covered
        elif len(covered):
            owner[number] = covered[0]
    _place_loose(parts, owner, places, height)
    character = np.r_[owner, LEFT_OUT][parts.labels]
    for number, covered in divided.items():
        _divide(character, parts, number, ink, covered, places[covered])
    _give_back_scraps(character, parts, divided, LEAST_AREA * height**2)
    return np.asarray(character)


def _place_loose(parts: Components, owner: NDArray[np.intp], places: NDArray[np.float64], height: float) -> None:
    """Gives ink that covers no place to the character nearby, or to none."""
    boxes = parts.boxes
    middles = (boxes[:, 0] + boxes[:, 2] - 1) / 2
    taken = set(owner[owner >= 0].tolist())
    for number in np.flatnonzero(owner == LOOSE):
        away = np.abs(places - middles[number])
        for own in np.argsort(away)[:2]:
            others = boxes[owner == own]
            gap = away[own] if not len(others) else float(_gaps(boxes[number], others).min())
            if gap <= (NEAR if own in taken else 0.5) * height:
                owner[number] = own
                taken.add(int(own))
                break
        else:
            owner[number] = LEFT_OUT


def _gaps(box: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.float64]:
    across = np.maximum(box[0] - others[:, 2], others[:, 0] - box[2]).clip(0)
    down = np.maximum(box[1] - others[:, 3], others[:, 1] - box[3]).clip(0)
    return np.asarray(np.hypot(across, down))


def _divide(
    character: NDArray[np.intp],
    parts: Components,
    number: int,
    ink: NDArray[np.uint8],
    covered: NDArray[np.intp],
    places: NDArray[np.float64],
) -> None:
    """Writes the characters of one component, which covers several places, into `character`."""
    left, top, right, bottom = parts.boxes[number].tolist()
    inside = parts.labels[top:bottom, left:right] == number
    cost = np.where(inside, ink[top:bottom, left:right] / np.float32(255), 0) + IN_LOOP * _loops(inside)
    columns = np.arange(left, right)
    after = np.zeros(inside.shape, int)
    for start, end in itertools.pairwise(places):
        first = max(0, int(np.ceil(start - left)))
        last = min(right - left, max(first + 1, int(np.floor(end - left))))
        seam = first + cheapest_seam(cost[:, first:last])
        after += columns - left >= seam[:, None]
    part = character[top:bottom, left:right]
    part[inside] = covered[after[inside]]


def _loops(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The background that a component encloses. inside: (rows, columns)."""
    padded = np.pad(~inside, 1, constant_values=True)
    holes = Components.of(padded, padded.astype(np.uint8))
    return (holes.labels[1:-1, 1:-1] > 0) & ~inside  # the outside comes first


def cheapest_seam(cost: NDArray[np.floating]) -> NDArray[np.intp]:
    """The column of each row, (rows,), of the path from top to bottom that costs least. cost: (rows, columns)."""
    rows, columns = cost.shape
    middle = (columns - 1) / 2
    edge = np.abs(np.arange(columns) - middle) / max(middle, 1)
    cost = cost + OFF_MIDDLE * edge**2 / 10
    best = cost[0]
    steps = np.zeros((rows, columns), np.int8)
    ways = np.full((3, columns), np.inf)
    for row in range(1, rows):
        ways[0] = best
        ways[1, 1:] = best[:-1] + SIDEWAYS
        ways[2, :-1] = best[1:] + SIDEWAYS
        steps[row] = ways.argmin(0)
        best = ways.min(0) + cost[row]
    seam = np.empty(rows, int)
    column = int(best.argmin())
    for row in range(rows - 1, -1, -1):
        seam[row] = column
        column += (0, -1, 1)[steps[row, column]]
    return seam


def _give_back_scraps(
    character: NDArray[np.intp], parts: Components, divided: dict[int, NDArray[np.intp]], least: float
) -> None:
    """Gives a small piece of divided ink to its neighbour if its character has other ink."""
    for number, covered in divided.items():
        left, top, right, bottom = parts.boxes[number].tolist()
        own = parts.labels[top:bottom, left:right] == number
        part = character[top:bottom, left:right]
        for at, each in enumerate(covered):
            piece = own & (part == each)
            area = int(piece.sum())
            if area < least and area < np.count_nonzero(character == each):
                part[piece] = covered[at - 1 if at else at + 1]
