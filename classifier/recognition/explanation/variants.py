"""Variants of a digit with some of its ink left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import NoInk
from ..preprocessing.framing import SIDE
from ..preprocessing.masks.components import Components
from ..preprocessing.pipeline import find_digits_in_sketch
from ..preprocessing.strokes import Sketch
from .occlusion import Pixels, all_boxes
from .places import place_in_words
from .stroke_pieces import Stroke, cut, joined, length, longer_side, thinned

PIECES = 8  # into which all strokes together are cut
SHORTEST_PIECE = 0.2  # of the drawing's longer side: the round ends of the pen reach into a shorter gap
LONGEST_RUN = 3  # pieces that are left out together
MAX_STROKE_VARIANTS = 30
LONG_PATH = 50  # times the drawing's longer side; the path of a digit is about three times
WINDOWS, WINDOW_STRIDE = (8, 12), 4  # px of the squares of ink that are left out of a picture
LEAST_INK, MOST_INK = 0.06, 0.5  # shares of all ink that such a square may hold
MAX_PICTURES = 250  # of one request to the network: 14 × 14 occlusions, the variants and the input itself


@dataclass(frozen=True)
class Variant:
    """A digit without a part of its ink."""

    pixels: Pixels  # (28, 28), the input of the network
    parts: frozenset[int]  # numbers of the missing pieces or pixels; equal numbers are the same ink
    missing: str  # in words, such as "the end of stroke number 2"
    removed: tuple[Stroke, ...] = ()  # of a sketch: the missing strokes
    kept: tuple[Stroke, ...] = ()  # of a sketch: the other strokes


@dataclass(frozen=True)
class _Removal:
    """A stroke, or a run of its pieces, that is to be left out."""

    length: float  # px
    parts: frozenset[int]
    words: str
    stroke: int  # index
    pieces: slice


def stroke_variants(sketch: Sketch) -> list[Variant]:
    """The sketch without each of its strokes, and without each run of a few pieces of one.

    Strokes are cut by their length. Of many variants, those that leave out most are made, MAX_STROKE_VARIANTS at most.
    The remaining strokes pass the same steps as any sketch, so they are framed anew; if none remain there is no
    variant.
    """
    sketch = thinned(sketch)
    counts = _piece_counts(sketch)
    pieces = [cut(stroke, count) for stroke, count in zip(sketch.strokes, counts, strict=True)]
    removals = sorted(_removals(sketch, pieces), key=lambda removal: -removal.length)
    variants = []
    for removal in removals[: _affordable(sketch)]:
        own = pieces[removal.stroke]
        ends = [joined(own[: removal.pieces.start]), joined(own[removal.pieces.stop :])]
        before, after = sketch.strokes[: removal.stroke], sketch.strokes[removal.stroke + 1 :]
        kept = [*before, *(stroke for stroke in ends if stroke), *after]
        try:
            digits = find_digits_in_sketch(replace(sketch, strokes=kept), one_digit=True) if kept else []
        except NoInk:
            continue
        if digits:
            removed = (joined(own[removal.pieces]),)
            variants.append(Variant(digits[0].pixels, removal.parts, removal.words, removed, tuple(kept)))
    return variants


def _removals(sketch: Sketch, pieces: list[list[Stroke]]) -> Iterator[_Removal]:
    first_number = np.cumsum([0, *map(len, pieces)]).tolist()
    for index, (stroke, own) in enumerate(zip(sketch.strokes, pieces, strict=True)):
        name = "the stroke" if len(pieces) == 1 else f"stroke number {index + 1}"
        numbers = range(first_number[index], first_number[index] + len(own))
        if len(pieces) > 1:
            yield _Removal(length(stroke), frozenset(numbers), name, index, slice(0, len(own)))
        for run in range(1, min(LONGEST_RUN, len(own) - 1) + 1):
            for start in range(len(own) - run + 1):
                span = slice(start, start + run)
                words = "the beginning" if start == 0 else "the end" if start + run == len(own) else "a piece"
                total = sum(map(length, own[span]))
                yield _Removal(total, frozenset(numbers[span]), f"{words} of {name}", index, span)


def _piece_counts(sketch: Sketch) -> list[int]:
    """The number of pieces of each stroke, about PIECES for all together."""
    lengths = [length(stroke) for stroke in sketch.strokes]
    piece = max(sum(lengths) / PIECES, SHORTEST_PIECE * longer_side(sketch), 1e-9)
    return [max(1, round(each / piece)) for each in lengths]


def _affordable(sketch: Sketch) -> int:
    """The number of variants to make: fewer of a scribble or of many strokes, which take long to process."""
    path = sum(map(length, sketch.strokes)) / max(longer_side(sketch), 1)
    return max(4, min(MAX_STROKE_VARIANTS, int(MAX_STROKE_VARIANTS * LONG_PATH / max(path + len(sketch.strokes), 1))))


def strokes_within(sketch: Sketch, box: Sequence[float] | None) -> Sketch:
    """The strokes with at least half of their points in a digit's box; all strokes without a box, or if no stroke has.

    box: left, top, right, bottom in px of the pad.
    """
    if not box:
        return sketch
    left, top, right, bottom = box
    inside = []
    for stroke in sketch.strokes:
        hits = sum(left <= point[0] <= right and top <= point[1] <= bottom for point in stroke)
        if 2 * hits >= len(stroke):
            inside.append(stroke)
    return replace(sketch, strokes=inside or sketch.strokes)


def ink_variants(pixels: Pixels) -> list[Variant]:
    """The digit of a picture without each of several components, and without the ink in squares of WINDOWS px.

    The remaining ink stays in its place. There are as many variants as fit into MAX_PICTURES, components first.
    pixels: shape (28, 28), 0 background to 255 ink.
    """
    components = Components.of(pixels > 0, pixels.astype(np.float32))
    masks = [(components.labels == number, "a separate shape", 1 - LEAST_INK) for number in range(len(components))]
    for side in WINDOWS:
        for top in range(0, SIDE - side + 1, WINDOW_STRIDE):
            for left in range(0, SIDE - side + 1, WINDOW_STRIDE):
                mask = np.zeros((SIDE, SIDE), np.bool_)
                mask[top : top + side, left : left + side] = True
                masks.append((mask & (pixels > 0), "the ink", MOST_INK))
    total = float(pixels.sum())
    variants = []
    for mask, name, most in masks:
        share = float(pixels[mask].sum()) / max(total, 1)
        if LEAST_INK <= share <= most:
            where = place_in_words(np.where(mask, pixels, 0).astype(np.float32), pixels)
            remaining = np.where(mask, 0, pixels).astype(np.uint8)
            variants.append(Variant(remaining, frozenset(np.flatnonzero(mask).tolist()), f"{name} {where}".strip()))
    return variants[: MAX_PICTURES - 1 - len(all_boxes())]
