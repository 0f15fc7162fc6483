"""Cutting a row of ink into its characters.

Connected ink belongs to the character whose place it covers. Ink over several characters is cut along the cheapest
seam between them, from top to bottom, through as little ink and as few closed loops as possible.
Source: Avidan and Shamir, "Seam carving for content-aware image resizing", 2007, for the seams.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...preprocessing.arrays import Mask
from ...preprocessing.clutter.ruled_lines import erase_lines, find_lines
from ...preprocessing.masks.components import Components
from ...preprocessing.masks.runs import Runs

MOST_PARTS = 300  # of a row; of more, the smallest belong to no character
STRONG = 64  # grey level from which a pixel certainly is ink
FLAT = 5  # ratio of width to height from which ink over several characters is a line, and belongs to none
NEAR = 0.3  # of the height of the digits: loose ink further than that from a character belongs to none
SPECK = 0.28  # of the height of the digits: smaller loose ink belongs to no character that has other ink
BESIDE = 0.06  # of the height of the digits: loose ink above or below them by more than that belongs to none
LEAST_AREA = 0.08  # of the squared height of a digit: a smaller piece is no character's only by chance
RULE_ZONE = 0.15  # of the height of the digits, inside their top and bottom: where a printed rule may lie
RULE_LENGTH = 0.88  # of the row's length: the bases of digits cover less
IN_LOOP = 0.8  # cost of a pixel of background inside a loop; one of ink costs 1
SIDEWAYS = 0.15  # cost of a step to the side
OFF_PLACE = 0.12  # cost of a pixel at the centre of a character, as against the place between two
LOOSE, LEFT_OUT = -1, -2


@dataclass(frozen=True)
class Place:
    """Where a character is expected."""

    centre: float  # px from the left
    half_width: float  # px


def cut_ink(ink: NDArray[np.uint8], places: Sequence[Place], top: float, bottom: float) -> NDArray[np.intp]:
    """The character of each pixel, (rows, columns): its number from the left; negative for background and other ink.

    ink: shape (rows, columns), 0 to 255; places: of the characters, from left to right; top, bottom: of the digits.
    """
    strong = _without_rules(ink >= STRONG, top, bottom)
    parts = Components.of(strong, ink)
    if len(parts) > MOST_PARTS:
        parts = Components.of(parts.only(np.sort(np.argsort(parts.area)[-MOST_PARTS:])), ink)
    centres = np.array([place.centre for place in places])
    owner = np.full(len(parts), LOOSE)
    divided: dict[int, NDArray[np.intp]] = {}
    for number, (left, _, right, _) in enumerate(parts.boxes.tolist()):
        covered = np.flatnonzero((centres >= left - 0.5) & (centres <= right - 0.5))
        if len(covered) > 1 and right - left <= FLAT * parts.height[number]:
            divided[number] = covered
        elif len(covered) == 1 and not _is_beside(parts, number, top, bottom):
            owner[number] = covered[0]
        elif len(covered):
            owner[number] = LEFT_OUT
    _drop_specks(parts, owner, set(np.concatenate([*divided.values(), []]).tolist()), bottom - top)
    _place_loose(parts, owner, centres, top, bottom)
    character = np.r_[owner, LEFT_OUT][parts.labels]
    for number, covered in divided.items():
        _divide(character, parts, number, ink, covered, [places[at] for at in covered.tolist()])
    _give_back_scraps(character, parts, divided, LEAST_AREA * (bottom - top) ** 2)
    return np.asarray(character)


def _without_rules(strong: Mask, top: float, bottom: float) -> Mask:
    """Strong ink without the printed rules above and below the digits."""
    if strong.any(0).mean() < RULE_LENGTH:
        return strong
    zone, upright = RULE_ZONE * (bottom - top), Runs.of(np.ascontiguousarray(strong.T))
    rules = []
    for line in find_lines(strong, is_photo=True):
        middle = line.at + line.slope * strong.shape[1] / 2
        columns = len(np.unique(upright.row[line.crosses(upright)]))
        if columns >= RULE_LENGTH * strong.shape[1] and not top + zone < middle < bottom - zone:
            rules.append(line)
    return erase_lines(strong, rules) if rules else strong


def _is_beside(parts: Components, number: int, top: float, bottom: float) -> bool:
    """Whether a part is flat, and above or below the digits: a piece of a rule."""
    left, first, right, last = parts.boxes[number].tolist()
    room = BESIDE * (bottom - top)
    is_flat = right - left > 2 * (last - first)
    return bool(is_flat and (first > bottom - 2 * room or last < top + 2 * room))


def _drop_specks(parts: Components, owner: NDArray[np.intp], divided: set[int], height: float) -> None:
    """Leaves small parts out that lie above or below a larger one of the same character."""
    largest = np.zeros(max(int(owner.max(initial=0)) + 1, 1), int)
    taken = owner >= 0
    np.maximum.at(largest, owner[taken], parts.longer_side[taken])
    small = taken & (parts.longer_side < SPECK * height)
    for number in np.flatnonzero(small):
        if owner[number] in divided or largest[owner[number]] >= SPECK * height:
            owner[number] = LOOSE


def _place_loose(
    parts: Components, owner: NDArray[np.intp], centres: NDArray[np.float64], top: float, bottom: float
) -> None:
    """Gives ink that covers no centre to the character nearby, or to none."""
    boxes, height = parts.boxes, bottom - top
    middles = (boxes[:, 0] + boxes[:, 2] - 1) / 2
    taken = set(owner[owner >= 0].tolist())
    for number in np.flatnonzero(owner == LOOSE):
        owner[number] = LEFT_OUT
        is_outside = boxes[number, 1] > bottom + BESIDE * height or boxes[number, 3] < top - BESIDE * height
        is_small = parts.longer_side[number] < SPECK * height
        away = np.abs(centres - middles[number])
        for own in np.argsort(away)[:2]:
            if own in taken:
                others = boxes[(owner == own) & (np.arange(len(owner)) != number)]
                near = not is_small and not is_outside and len(others) > 0
                if near and float(_gaps(boxes[number], others).min()) <= NEAR * height:
                    owner[number] = own
                    break
            elif away[own] <= height / 2:
                owner[number] = own
                taken.add(int(own))
                break


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
    places: Sequence[Place],
) -> None:
    """Writes the characters of one component, which covers several places, into `character`."""
    left, top, right, bottom = parts.boxes[number].tolist()
    inside = parts.labels[top:bottom, left:right] == number
    cost = np.where(inside, ink[top:bottom, left:right] / np.float32(255), 0) + IN_LOOP * _loops(inside)
    columns = np.arange(left, right)
    after = np.zeros(inside.shape, int)
    for before, own in itertools.pairwise(places):
        first = int(np.clip(np.ceil(before.centre - left), 0, right - left - 1))
        last = min(right - left, max(first + 1, int(np.floor(own.centre - left))))
        between = _off_place(np.arange(first, last) + left, before, own)
        seam = first + cheapest_seam(cost[:, first:last] + between)
        after += columns - left >= seam[:, None]
    part = character[top:bottom, left:right]
    part[inside] = covered[after[inside]]


def _loops(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The background that a component encloses. inside: (rows, columns)."""
    padded = np.pad(~inside, 1, constant_values=True)
    holes = Components.of(padded, padded.astype(np.uint8))
    return (holes.labels[1:-1, 1:-1] > 0) & ~inside  # the outside comes first


def _off_place(columns: NDArray[np.intp], before: Place, own: Place) -> NDArray[np.float64]:
    """What a pixel costs in each column: nothing where the first character should end, OFF_PLACE at the centres."""
    share = before.half_width / (before.half_width + own.half_width)
    end = before.centre + share * (own.centre - before.centre)
    away = columns - end
    reach = np.where(away < 0, end - before.centre, own.centre - end)
    return np.asarray(OFF_PLACE * (away / np.maximum(reach, 1)) ** 2)


def cheapest_seam(cost: NDArray[np.floating]) -> NDArray[np.intp]:
    """The column of each row, (rows,), of the path from top to bottom that costs least. cost: (rows, columns)."""
    rows, columns = cost.shape
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
