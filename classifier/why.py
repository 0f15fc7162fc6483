"""Why the network read what it read: where it looked, and what would have to change.

Plain functions between pictures, strokes, probabilities and sentences. Nothing here asks a network:
`explanations` sends what `occlusion_inputs`, `stroke_variants` and `ink_variants` make to a worker and hands the
answers to `occlusion_map`, `strongest` and the sentences.

Source of the occlusion map: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (2014).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import dist

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import NoInk
from .preprocessing import SIDE, Step, find_digits_in_sketch
from .shapes import Shapes
from .strokes import Sketch

PATCH = 5  # px of the square that covers the input
STRIDE = 2  # px from one place of it to the next
LEAST_EVIDENCE = -4.6  # a probability of 0.01: below it an answer is gone, how far below says nothing
LEAST_FALL = 0.5  # of evidence (0.99 to 0.984) below which no place counts as looked at
FOCUS = 0.5  # share of the highest fall from which a place is one of those looked at most

PIECES = 8  # into which all strokes together are cut
SHORTEST_PIECE = 0.2  # of the drawing's longer side: the ends of a pen are round and reach into any gap
LONGEST_RUN = 3  # pieces that are left out together
MAX_WAYS = 30  # stroke variants at most
LONG_WAY = 50  # times the drawing's longer side; a digit's way is three times
MAX_POINTS = 2000  # of a sketch that is drawn again and again; longer ones are thinned
WINDOWS, WINDOW_STRIDE = (8, 12), 4  # px of the squares of ink that a picture is tried without
LEAST_INK, MOST_INK = 0.06, 0.5  # shares of all ink that such a square may hold
LEAST_CHANGE = 0.05  # fall of the probability from which a change is worth showing
MAX_PICTURES = 250  # for one job: 14 × 14 places, the variants, the input itself

STEP_SIDE = 320  # px of a step's picture at most
Pixels = NDArray[np.uint8]
Stroke = list[list[float]]
Box = tuple[int, int, int, int]  # top, left, bottom, right (exclusive)


# --- where it looked ----------------------------------------------------------------------------


def occlusion_boxes(pixels: Pixels) -> list[Box]:
    """The places of the patch that cover ink; over bare ground it would change nothing.

    pixels: shape (28, 28), 0 ground to 255 ink. At most 14 × 14, cut off at the edges.
    """
    return [box for box in _all_boxes() if pixels[_slices(box)].any()]


def occlusion_inputs(pixels: Pixels) -> Pixels:
    """The input with the patch, of ground, at each of `occlusion_boxes`. Returns shape (n, 28, 28)."""
    boxes = occlusion_boxes(pixels)
    covered = np.repeat(pixels[np.newaxis], len(boxes), axis=0)
    for picture, box in zip(covered, boxes, strict=True):
        picture[_slices(box)] = 0
    return covered


def evidence(probabilities: NDArray[np.float32], label: int) -> NDArray[np.float64]:
    """The log-odds of a label, which still tell 0.999 from 0.9999, where a network mostly is.

    probabilities: shape (n, 10). Returns shape (n,), natural logarithm, at least LEAST_EVIDENCE.
    """
    others = np.delete(probabilities, label, axis=1).sum(1, dtype=np.float64)  # more exact than 1 - p
    odds = np.maximum(probabilities[:, label], 1e-12) / np.maximum(others, 1e-12)
    evident: NDArray[np.float64] = np.maximum(np.log(odds), LEAST_EVIDENCE)
    return evident


def occlusion_map(
    pixels: Pixels, label: int, before: NDArray[np.float32], covered: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How far the evidence for the answer falls where each pixel is covered: the mean over all patches on it.

    before: shape (10,), the probabilities of the input itself; covered: shape (n, 10), with each patch on it, as
    `occlusion_inputs` orders them. Returns shape (28, 28), from 0 (it makes no difference, or helps) upwards.
    """
    falls = evidence(before[np.newaxis], label) - evidence(covered, label)
    total, patches = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
    for box in _all_boxes():
        patches[_slices(box)] += 1
    for box, fall in zip(occlusion_boxes(pixels), falls, strict=True):
        total[_slices(box)] += max(float(fall), 0)
    return total / patches


def _all_boxes() -> list[Box]:
    starts = range(1 - PATCH // 2, SIDE, STRIDE)  # so that the last patch reaches as far over the edge as the first
    spans = [(max(start, 0), min(start + PATCH, SIDE)) for start in starts if start + PATCH // 2 < SIDE]
    return [(top, left, bottom, right) for top, bottom in spans for left, right in spans]


def _slices(box: Box) -> tuple[slice, slice]:
    top, left, bottom, right = box
    return slice(top, bottom), slice(left, right)


# Dark to bright as in matplotlib's "inferno" (Smith and van der Walt, CC0): brightness alone tells the order, so
# it reads the same to whoever sees no red or no green, and on paper.
_HEAT = np.array([(0, 0, 4), (66, 10, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164)], np.float32)


def heat_picture(pixels: Pixels, fall: NDArray[np.float32], zoom: int = 10) -> Pixels:
    """The map glowing on the input, whose other ink stays dim. Returns shape (28 zoom, 28 zoom, 3), RGB."""
    side = SIDE * zoom
    heat = _scaled(np.clip(fall / np.float32(max(fall.max(), LEAST_FALL)), 0, 1), side, Image.Resampling.BICUBIC)
    ink = _scaled(pixels.astype(np.float32) / np.float32(255), side, Image.Resampling.NEAREST)
    stops = np.linspace(0, 1, len(_HEAT))
    glow = np.stack([np.interp(heat, stops, channel) for channel in _HEAT.T], axis=-1)
    dim = (110 * ink * (1 - heat))[..., np.newaxis]
    picture: Pixels = np.clip(glow * (0.3 + 0.7 * ink[..., np.newaxis]) + dim, 0, 255).astype(np.uint8)
    return picture


def _scaled(values: NDArray[np.float32], side: int, how: Image.Resampling) -> NDArray[np.float32]:
    scaled = np.asarray(Image.fromarray(values).resize((side, side), how), np.float32)
    return np.clip(scaled, 0, 1).astype(np.float32)


_PLACES = {
    (0, 0): "at the top left",
    (0, 1): "at the top",
    (0, 2): "at the top right",
    (1, 0): "on the left",
    (1, 1): "in the middle",
    (1, 2): "on the right",
    (2, 0): "at the bottom left",
    (2, 1): "at the bottom",
    (2, 2): "at the bottom right",
}
_ROWS = {0: "at the top", 1: "half-way down", 2: "at the bottom"}
_COLUMNS = {0: "on the left", 1: "in the middle", 2: "on the right"}


def place_in_words(weight: NDArray[np.float32], pixels: Pixels) -> str:
    """Where in the digit most of the weight lies, such as "at the top left"; empty when it lies all over.

    weight: shape (28, 28), at least 0; pixels: the digit, whose own box is the measure.
    """
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    total = float(weight.sum())
    if not len(rows) or total <= 0:
        return ""
    row = _third(weight.sum(1) / total, int(rows[0]), int(rows[-1]) + 1)
    is_narrow = len(columns) < 0.45 * len(rows)  # a 1 has no left and right worth telling
    column = None if is_narrow else _third(weight.sum(0) / total, int(columns[0]), int(columns[-1]) + 1)
    if row is not None and column is not None:
        return _PLACES[row, column]
    if row is not None:
        return _ROWS[row]
    if column is not None:
        return _COLUMNS[column]
    upper = float(weight[: (int(rows[0]) + int(rows[-1]) + 1) // 2].sum()) / total
    return "in the upper half" if upper > 0.7 else "in the lower half" if upper < 0.3 else ""


def _third(shares: NDArray[np.float32], start: int, end: int) -> int | None:
    """Which third between start and end has most of the shares; None when none has."""
    places = np.clip(((np.arange(SIDE) + 0.5 - start) * 3 / (end - start)).astype(int), 0, 2)
    sums = np.bincount(places, shares, 3)
    return int(sums.argmax()) if sums.max() >= 0.6 else None


def shape_in_words(weight: NDArray[np.float32]) -> str:
    """What the weighted ink looks like by its main axis: a bar, an upright or slanting stroke, or just a part."""
    y, x = np.nonzero(weight)
    if len(y) < 3:
        return "the part"
    points = np.stack([x, y]).astype(np.float64)
    covariance = np.cov(points, aweights=weight[y, x])
    values, axes = np.linalg.eigh(covariance)
    if values[1] < 5 * max(values[0], 0.25):  # px²; the quarter is a stroke one pixel wide
        return "the part"
    angle = float(np.degrees(np.arctan2(abs(axes[1, 1]), abs(axes[0, 1]))))
    return "the bar" if angle < 20 else "the upright stroke" if angle > 75 else "the slanting stroke"


def looked_at(pixels: Pixels, fall: NDArray[np.float32], label: int, covered: NDArray[np.float32]) -> str:
    """Where it looked, in words; covered: shape (n, 10), the probabilities as `occlusion_inputs` orders them."""
    if fall.max() < LEAST_FALL or not len(covered):
        return f"No place stands out: whichever one is covered, it stays {an(label)} just as surely."
    weight = (np.where(fall >= FOCUS * fall.max(), fall, 0) * (pixels / 255)).astype(np.float32)
    place = place_in_words(weight, pixels)
    where = f"mostly at {shape_in_words(weight)} {place}" if place else "at the digit as a whole"
    worst = covered[int(covered[:, label].argmin())]
    winner = int(worst.argmax())
    if winner == label:
        then = f"Still, even with its most important place covered it stays {an(label)} ({percent(worst[label])})."
    else:
        then = f"With its most important place covered it would be {an(winner)} ({percent(worst[winner])})."
    return f"It looked {where}. {then}"


# --- what would have to change ------------------------------------------------------------------


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
    way = sum(map(_length, sketch.strokes)) / max(_size(sketch), 1)
    return max(4, min(MAX_WAYS, int(MAX_WAYS * LONG_WAY / max(way + len(sketch.strokes), 1))))


def _size(sketch: Sketch) -> float:
    """The longer side of what all strokes cover, in px of the pad."""
    xs, ys = ([point[axis] for stroke in sketch.strokes for point in stroke] for axis in (0, 1))
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _piece_counts(sketch: Sketch) -> list[int]:
    """Into how many pieces each stroke is cut, about PIECES for all together."""
    lengths = [_length(stroke) for stroke in sketch.strokes]
    piece = max(sum(lengths) / PIECES, SHORTEST_PIECE * _size(sketch), 1e-9)
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
    own = Shapes.of(pixels > 0, pixels.astype(np.float32))
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
    return found[: MAX_PICTURES - 1 - len(_all_boxes())]


@dataclass(frozen=True)
class Change:
    """What the answer would be without a part."""

    variant: Variant
    label: int
    probability: float  # of the label
    is_other: bool  # whether that is another answer
    sentence: str


def strongest(
    variants: list[Variant], answers: NDArray[np.float32], label: int, before: float, most: int = 4
) -> list[Change]:
    """The variants that change the answer most, no part of the ink twice.

    Those with another answer come first, and of these the smallest: so little would have to change.

    answers: shape (n, 10), the probabilities of each variant; label, before: the answer and its probability.
    """
    chosen: list[Change] = []
    order = sorted(
        range(len(variants)),
        key=lambda n: _rank(variants[n], answers[n], label),
    )
    for n in order:
        variant, winner = variants[n], int(answers[n].argmax())
        if len(chosen) == most or (winner == label and before - answers[n][label] < LEAST_CHANGE):
            break
        if any(_is_about_the_same(variant, change.variant) and winner in (label, change.label) for change in chosen):
            continue
        probability = float(answers[n][winner])
        if winner == label:
            sentence = (
                f"Without this it is less sure of the {label}: {percent(probability)} instead of {percent(before)}."
            )
        else:
            sentence = f"Without this it would be {an(winner)} ({percent(probability)})."
        chosen.append(Change(variant, winner, probability, winner != label, sentence))
    return chosen


def _rank(variant: Variant, answer: NDArray[np.float32], label: int) -> tuple[bool, int, float]:
    is_other = int(answer.argmax()) != label
    return not is_other, len(variant.parts) if is_other else 0, float(answer[label])


def _is_about_the_same(one: Variant, other: Variant) -> bool:
    return len(one.parts & other.parts) > 0.3 * min(len(one.parts), len(other.parts))


def changes_in_words(changes: list[Change], label: int, tried: int) -> str:
    """The sentence above the pictures; tried: how many variants there were."""
    if not tried:
        return "There is too little ink to leave any of it out."
    others = sum(change.is_other for change in changes)
    if others:
        return "The parts that matter most, each left out alone:" if len(changes) > 1 else "One part decides:"
    if changes:
        return f"No single part decides: it stays {an(label)} whichever is left out. These count most:"
    return f"No single part decides: it stays {an(label)}, and as surely, whichever is left out."


def without_picture(pixels: Pixels, parts: frozenset[int], zoom: int = 5) -> Pixels:
    """A picture's digit with what is left out hatched in orange. Returns shape (28 zoom, 28 zoom, 3), RGB."""
    gone = np.zeros(SIDE * SIDE, np.bool_)
    gone[list(parts)] = True
    ink = np.kron(pixels, np.ones((zoom, zoom), np.uint8)).astype(np.float32)[..., np.newaxis] / 255
    mask = np.kron(gone.reshape(SIDE, SIDE), np.ones((zoom, zoom), np.bool_))[..., np.newaxis]
    along = np.add.outer(np.arange(SIDE * zoom), np.arange(SIDE * zoom))[..., np.newaxis]
    orange = np.array((255, 140, 26), np.float32)
    hatched = np.where(along // 4 % 2 == 0, orange, orange * 0.35) * (0.35 + 0.65 * ink)
    picture: Pixels = np.where(mask, hatched, 255 * ink).astype(np.uint8)
    return picture


def way(strokes: Sequence[Stroke]) -> str:
    """Strokes as the `d` of an SVG path; a stroke of one point is a dot where line ends are round."""
    return "".join(
        "M" + "L".join(f"{point[0]:.4g} {point[1]:.4g}" for point in stroke) + ("h0" if len(stroke) == 1 else "")
        for stroke in strokes
        if stroke
    )


def square_round(sketch: Sketch) -> tuple[float, float, float]:
    """Left, top and side in px of a square round all strokes with room for the pen."""
    xs, ys = ([point[axis] for stroke in sketch.strokes for point in stroke] for axis in (0, 1))
    side = _size(sketch) + 2 * sketch.pen
    return (min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2, side


# --- the steps ----------------------------------------------------------------------------------


def small_step(step: Step) -> Step:
    """A step whose picture is at most STEP_SIDE px a side."""
    factor = -(-max(step.picture.shape) // STEP_SIDE)
    if factor < 2:
        return step
    return replace(step, picture=np.asarray(Image.fromarray(step.picture).reduce(factor)))


# --- words --------------------------------------------------------------------------------------


def an(label: int) -> str:
    """A digit with its article."""
    return f"an {label}" if label == 8 else f"a {label}"


def percent(share: float) -> str:
    """A share as in a sentence; never rounded to a certainty."""
    text = "> 99 %" if share > 0.99 else "< 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
    return text.replace(" ", "\N{NO-BREAK SPACE}")
