"""Cutting a row of strokes into its characters.

Strokes belong to the character whose place they cover. A stroke over several characters is divided along the pen's
way, and a bar or cap that covers no place belongs to the nearest ink.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...preprocessing.pen_path import PenPath

Segments = NDArray[np.intp]  # numbers of segments of the path

LEAST_PIECE = 0.5  # of the height of the digits: a shorter piece of a divided stroke is no character's only by chance
WINDOW = np.linspace(0.2, 0.8, 13)  # of the way between two centres: where a stroke may be divided
POINTS = 24  # of each stroke, at most, when distances are measured


def cut_path(path: PenPath, centres: Sequence[float], height: float) -> list[NDArray[np.bool_]]:
    """The segments of each character, from left to right, each (segments,).

    centres: of the characters, px of the pad, in ascending order; height: of the digits, px. Each segment belongs to
    one character, except that a character without any shares the segments around its centre with its neighbours.
    """
    pieces: list[list[Segments]] = [[] for _ in centres]
    places = np.asarray(centres)
    loose: list[Segments] = []
    limits = np.flatnonzero(np.r_[True, path.stroke[1:] != path.stroke[:-1], True])
    for first, after in itertools.pairwise(limits):
        stroke = np.arange(first, after)
        low, high = _extent(path, stroke)
        covered = np.flatnonzero((places >= low) & (places <= high))
        if len(covered):
            for number, piece in zip(covered, _divided(path, stroke, places[covered]), strict=True):
                if len(piece):
                    pieces[number].append(piece)
        else:
            loose.append(stroke)
    _give_back_scraps(path, pieces, LEAST_PIECE * height)
    _place_loose(path, pieces, loose, places, height)
    return [_mask(path, own) if own else _around(path, places, number) for number, own in enumerate(pieces)]


def _extent(path: PenPath, stroke: Segments) -> tuple[float, float]:
    ends = np.stack([path.start[stroke, 0], path.start[stroke, 0] + path.step[stroke, 0]])
    return float(ends.min()), float(ends.max())


def _length(path: PenPath, stroke: Segments) -> float:
    return float(np.hypot(path.step[stroke, 0], path.step[stroke, 1]).sum())


def _divided(path: PenPath, stroke: Segments, centres: NDArray[np.float64]) -> list[Segments]:
    """The pieces of a stroke that covers one or more centres, one for each."""
    if len(centres) == 1:
        return [stroke]
    x = path.start[stroke, 0] + path.step[stroke, 0] / 2
    length = np.hypot(path.step[stroke, 0], path.step[stroke, 1]) + 1e-9
    way = np.cumsum(length) / length.sum()
    rightwards = x[way >= 0.5].mean() >= x[way < 0.5].mean() if (way < 0.5).any() else True
    order = 1 if rightwards else -1
    x, length, numbers = x[::order], length[::order], stroke[::order]
    pieces, begin = [], 0
    for left, right in itertools.pairwise(centres):
        cut = begin + _cheapest_cut(x[begin:], length[begin:], left, right)
        pieces.append(np.sort(numbers[begin:cut]))
        begin = cut
    return [*pieces, np.sort(numbers[begin:])]


def _cheapest_cut(x: NDArray[np.float64], length: NDArray[np.float64], left: float, right: float) -> int:
    """The number of segments before the cut: as little as possible of them lies right of it, and of the others left."""
    best: list[tuple[float, int]] = []
    for share in WINDOW:
        beyond = x > left + share * (right - left)
        misplaced = np.r_[0, np.cumsum(length * beyond)] + np.r_[np.cumsum((length * ~beyond)[::-1])[::-1], 0]
        cut = int(np.argmin(misplaced))
        best.append((round(float(misplaced[cut]), 6), cut))
    least = min(cost for cost, _ in best)
    equal = [cut for cost, cut in best if cost == least]
    return equal[len(equal) // 2]


def _give_back_scraps(path: PenPath, pieces: list[list[Segments]], least: float) -> None:
    """Puts short pieces of divided strokes back to their neighbour if their character has other ink."""
    for number, own in enumerate(pieces):
        if len(own) < 2:
            continue
        for piece in [each for each in own if _length(path, each) < least]:
            stroke = path.stroke[piece[0]]
            for neighbour in (number - 1, number + 1):
                if not 0 <= neighbour < len(pieces):
                    continue
                same = [n for n, other in enumerate(pieces[neighbour]) if path.stroke[other[0]] == stroke]
                if same:
                    pieces[neighbour][same[0]] = np.sort(np.r_[pieces[neighbour][same[0]], piece])
                    own[:] = [each for each in own if each is not piece]
                    break


def _place_loose(
    path: PenPath, pieces: list[list[Segments]], loose: list[Segments], places: NDArray[np.float64], height: float
) -> None:
    """Gives each loose stroke to an empty character nearby, else to the character whose ink is nearest."""
    middles = [sum(_extent(path, stroke)) / 2 for stroke in loose]
    for number, own in enumerate(pieces):
        if own or not loose:
            continue
        nearest = int(np.argmin(np.abs(np.array(middles) - places[number])))
        if abs(middles[nearest] - places[number]) < height / 2:
            own.append(loose.pop(nearest))
            middles.pop(nearest)
    inked = [np.vstack([_points(path, piece) for piece in own]) if own else None for own in pieces]
    for stroke in loose:
        points = _points(path, stroke)
        distances = [
            float(np.hypot(*(points[:, None] - ink).transpose(2, 0, 1)).min()) if ink is not None else np.inf
            for ink in inked
        ]
        if np.isfinite(min(distances, default=np.inf)):
            pieces[int(np.argmin(distances))].append(stroke)


def _points(path: PenPath, stroke: Segments) -> NDArray[np.float64]:
    """Points of a stroke, (n, 2), its last one included."""
    some = stroke[:: -(-len(stroke) // POINTS)]
    return np.vstack([path.start[some], path.start[stroke[-1]] + path.step[stroke[-1]]])


def _mask(path: PenPath, own: list[Segments]) -> NDArray[np.bool_]:
    mask = np.zeros(len(path.stroke), bool)
    mask[np.concatenate(own)] = True
    return mask


def _around(path: PenPath, places: NDArray[np.float64], number: int) -> NDArray[np.bool_]:
    """The segments between the middles to the neighbouring centres; or the nearest segment if that range is empty."""
    x = path.start[:, 0] + path.step[:, 0] / 2
    low = (places[number - 1] + places[number]) / 2 if number else -np.inf
    high = (places[number] + places[number + 1]) / 2 if number + 1 < len(places) else np.inf
    mask = (x >= low) & (x <= high)
    if not mask.any():
        mask[int(np.argmin(np.abs(x - places[number])))] = True
    return np.asarray(mask)
