"""Variants of a drawing with some of its ink left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import dist

import numpy as np

from ..errors import NoInk
from ..preprocessing.framing import SIDE
from ..preprocessing.masks.components import Components
from ..preprocessing.pipeline import find_digits_in_sketch
from ..preprocessing.strokes import Sketch
from .occlusion import Pixels, all_boxes
from .places import place_in_words


def square_round(sketch: Sketch) -> tuple[float, float, float]:
    """Left, top and side in px of a square round all strokes with room for the pen."""
    xs, ys = ([point[axis] for stroke in sketch.strokes for point in stroke] for axis in (0, 1))
    side = size(sketch) + 2 * sketch.pen
    return (min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2, side


PIECES = 8  # into which all strokes together are cut
SHORTEST_PIECE = 0.2  # of the drawing's longer side: the ends of a pen are round and reach into any gap
LONGEST_RUN = 3  # pieces that are left out together
MAX_WAYS = 30  # stroke variants at most
LONG_PATH = 50  # times the drawing's longer side; a digit's way is three times
MAX_POINTS = 2000  # of a sketch that is drawn again and again; longer ones are thinned
WINDOWS, WINDOW_STRIDE = (8, 12), 4  # px of the squares of ink that a picture is tried without
LEAST_INK, MOST_INK = 0.06, 0.5  # shares of all ink that such a square may hold
MAX_PICTURES = 250  # for one job: 14 × 14 places, the variants, the input itself
Stroke = list[list[float]]


@dataclass(frozen=True)
class Variant:
    """A digit without a part of its ink."""

    pixels: Pixels  # (28, 28), what the network would be given
    parts: frozenset[int]  # what is missing, in pieces or pixels counted through; equal numbers are equal ink
    missing: str  # in words, such as "the second stroke"
    gone: tuple[Stroke, ...] = ()  # of a sketch: the ways that are missing
    kept: tuple[Stroke, ...] = ()  # and those that are left


def stroke_variants(sketch: Sketch) -> list[Variant]:
    """The sketch without each of its strokes, and without each run of a few pieces of one, at most MAX_WAYS.

    Strokes are cut by their length; of very many the longest are tried. What is left passes the same steps as any
    sketch, so it is framed anew; where nothing is left there is no variant.
    """
    sketch = thinned(sketch)
    pieces = [_cut(stroke, count) for stroke, count in zip(sketch.strokes, _piece_counts(sketch), strict=True)]
    first_number = np.cumsum([0, *map(len, pieces)]).tolist()
    attempts: list[tuple[float, frozenset[int], str, int, slice]] = []
    for index, (stroke, cut) in enumerate(zip(sketch.strokes, pieces, strict=True)):
        name = "the stroke" if len(pieces) == 1 else f"stroke number {index + 1}"
        numbers = range(first_number[index], first_number[index] + len(cut))
        if len(pieces) > 1:
            attempts.append((_length(stroke), frozenset(numbers), name, index, slice(0, len(cut))))
        for run in range(1, min(LONGEST_RUN, len(cut) - 1) + 1):
            for start in range(len(cut) - run + 1):
                span = slice(start, start + run)
                words = "the beginning" if start == 0 else "the end" if start + run == len(cut) else "a piece"
                length = sum(map(_length, cut[span]))
                attempts.append((length, frozenset(numbers[span]), f"{words} of {name}", index, span))
    attempts.sort(key=lambda attempt: -attempt[0])
    found = []
    for _, parts, words, index, span in attempts[: _affordable(sketch)]:
        cut = pieces[index]
        left = [_joined(cut[: span.start]), _joined(cut[span.stop :])]
        kept = [*sketch.strokes[:index], *(way for way in left if way), *sketch.strokes[index + 1 :]]
        try:
            digits = find_digits_in_sketch(replace(sketch, strokes=kept), one_digit=True) if kept else []
        except NoInk:
            continue
        if digits:
            found.append(Variant(digits[0].pixels, parts, words, tuple([_joined(cut[span])]), tuple(kept)))
    return found


def strokes_within(sketch: Sketch, box: Sequence[float] | None) -> Sketch:
    """The strokes that lie mostly in a digit's box (left, top, right, bottom in px); all of them without one."""
    if not box:
        return sketch
    left, top, right, bottom = box
    inside = []
    for stroke in sketch.strokes:
        hits = sum(left <= point[0] <= right and top <= point[1] <= bottom for point in stroke)
        if 2 * hits >= len(stroke):
            inside.append(stroke)
    return replace(sketch, strokes=inside or sketch.strokes)


def thinned(sketch: Sketch) -> Sketch:
    """The same strokes in about MAX_POINTS points at most; their ends stay."""
    every = -(-sum(map(len, sketch.strokes)) // MAX_POINTS)
    if every < 2:
        return sketch
    return replace(sketch, strokes=[[*stroke[:-1:every], stroke[-1]] for stroke in sketch.strokes])


def _affordable(sketch: Sketch) -> int:
    """How many variants may be drawn: fewer of a scribble or of many strokes, which take long to read."""
    way = sum(map(_length, sketch.strokes)) / max(size(sketch), 1)
    return max(4, min(MAX_WAYS, int(MAX_WAYS * LONG_PATH / max(way + len(sketch.strokes), 1))))


def size(sketch: Sketch) -> float:
    """The longer side of what all strokes cover, in px of the pad."""
    xs, ys = ([point[axis] for stroke in sketch.strokes for point in stroke] for axis in (0, 1))
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _piece_counts(sketch: Sketch) -> list[int]:
    """Into how many pieces each stroke is cut, about PIECES for all together."""
    lengths = [_length(stroke) for stroke in sketch.strokes]
    piece = max(sum(lengths) / PIECES, SHORTEST_PIECE * size(sketch), 1e-9)
    return [max(1, round(length / piece)) for length in lengths]


def _length(stroke: Stroke) -> float:
    return sum(dist(a[:2], b[:2]) for a, b in pairwise(stroke))


def _cut(stroke: Stroke, count: int) -> list[Stroke]:
    """A stroke in `count` pieces of equal length; neighbours share the point of the cut."""
    if count < 2:
        return [[point[:2] for point in stroke]]
    way = np.array([point[:2] for point in stroke], np.float64)
    reached = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    cuts = np.linspace(0, reached[-1], count + 1)
    pieces = []
    for start, end in pairwise(cuts):
        inner = way[(reached > start) & (reached < end)]
        ends = [[float(np.interp(at, reached, way[:, axis])) for axis in (0, 1)] for at in (start, end)]
        pieces.append([ends[0], *inner.tolist(), ends[1]])
    return pieces


def _joined(pieces: list[Stroke]) -> Stroke:
    return [point for piece in pieces for point in piece]


def ink_variants(pixels: Pixels) -> list[Variant]:
    """A picture's digit without a part of its ink: each shape of several, and squares of WINDOWS px.

    pixels: shape (28, 28). What is left stays where it is. As many as one job has room for, small parts first.
    """
    own = Components.of(pixels > 0, pixels.astype(np.float32))
    masks = [(own.labels == number, "a shape of its own", 1 - LEAST_INK) for number in range(len(own))]
    for side in WINDOWS:
        for top in range(0, SIDE - side + 1, WINDOW_STRIDE):
            for left in range(0, SIDE - side + 1, WINDOW_STRIDE):
                mask = np.zeros((SIDE, SIDE), np.bool_)
                mask[top : top + side, left : left + side] = True
                masks.append((mask & (pixels > 0), "the ink", MOST_INK))
    total = float(pixels.sum())
    found = []
    for mask, name, most in masks:
        share = float(pixels[mask].sum()) / max(total, 1)
        if LEAST_INK <= share <= most:
            where = place_in_words(np.where(mask, pixels, 0).astype(np.float32), pixels)
            left_over = np.where(mask, 0, pixels).astype(np.uint8)
            found.append(Variant(left_over, frozenset(np.flatnonzero(mask).tolist()), f"{name} {where}".strip()))
    return found[: MAX_PICTURES - 1 - len(all_boxes())]


def way(strokes: Sequence[Stroke]) -> str:
    """Strokes as the `d` of an SVG path; a stroke of one point is a dot where line ends are round."""
    return "".join(
        "M" + "L".join(f"{point[0]:.4g} {point[1]:.4g}" for point in stroke) + ("h0" if len(stroke) == 1 else "")
        for stroke in strokes
        if stroke
    )
