"""Geometry of strokes: their lengths, pieces and extents, and their SVG path."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import dist

import numpy as np

from ..preprocessing.strokes import Sketch

MAX_POINTS = 2000  # of a sketch that is drawn many times; longer ones are thinned
Stroke = list[list[float]]


def length(stroke: Stroke) -> float:
    """The length of a stroke in px of the pad."""
    return sum(dist(a[:2], b[:2]) for a, b in pairwise(stroke))


def longer_side(sketch: Sketch) -> float:
    """The longer side of the bounding box of all strokes, in px of the pad."""
    xs, ys = ([point[axis] for stroke in sketch.strokes for point in stroke] for axis in (0, 1))
    return max(max(xs) - min(xs), max(ys) - min(ys))


def bounding_square(sketch: Sketch) -> tuple[float, float, float]:
    """Left, top and side in px of a square around all strokes, with room for the pen."""
    xs, ys = ([point[axis] for stroke in sketch.strokes for point in stroke] for axis in (0, 1))
    side = longer_side(sketch) + 2 * sketch.pen
    return (min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2, side


def thinned(sketch: Sketch) -> Sketch:
    """The same strokes with about MAX_POINTS points at most; their ends stay."""
    every = -(-sum(map(len, sketch.strokes)) // MAX_POINTS)
    if every < 2:
        return sketch
    return replace(sketch, strokes=[[*stroke[:-1:every], stroke[-1]] for stroke in sketch.strokes])


def cut(stroke: Stroke, count: int) -> list[Stroke]:
    """A stroke in `count` pieces of equal length; neighbours share the point of the cut."""
    if count < 2:
        return [[point[:2] for point in stroke]]
    points = np.array([point[:2] for point in stroke], np.float64)
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])  # from the start to each point
    pieces = []
    for start, end in pairwise(np.linspace(0, lengths[-1], count + 1)):
        inner = points[(lengths > start) & (lengths < end)]
        ends = [[float(np.interp(at, lengths, points[:, axis])) for axis in (0, 1)] for at in (start, end)]
        pieces.append([ends[0], *inner.tolist(), ends[1]])
    return pieces


def joined(pieces: Sequence[Stroke]) -> Stroke:
    """Successive pieces as one stroke."""
    return [point for piece in pieces for point in piece]


def svg_path(strokes: Sequence[Stroke]) -> str:
    """Strokes as the `d` attribute of an SVG path; a stroke of one point is a dot if line caps are round."""
    return "".join(
        "M" + "L".join(f"{point[0]:.4g} {point[1]:.4g}" for point in stroke) + ("h0" if len(stroke) == 1 else "")
        for stroke in strokes
        if stroke
    )
