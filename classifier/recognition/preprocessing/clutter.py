"""What in a picture is no digit: specks, the edges of paper, ruled lines, a neighbour's ink cut by the border."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arrays import Levels, Mask
from .background import Foreground, more_than
from .components import Components, along_border, gap_between, grow, touches_border
from .ruled_lines import remove_ruled_lines

# Lengths are shares of the main shape's longer side unless they say otherwise.
SPECK_AREA = 0.012  # of the main shape's area
SPECK_SIDE = 0.1
SPECK_GAP = 0.15
NEIGHBOUR_MASS = 0.5  # of the main shape's ink: more than that at the border may be the digit itself
NEIGHBOUR_GAP = 0.08
WEAK_INK = 0.12  # of the strongest ink
WEAK_REACH = 6  # px
FAINT = 0.4  # of the main shape's ink for a pixel: shadows, what shows through the paper
DARKER = 0.65  # of the light behind the main shape: the table beside the paper has a grain, too
HUGGING = 0.4  # of its own longer side: how much of the border it holds
FAR = 0.5
SMALL = 0.3
EDGE_LENGTH = 0.3  # of the picture's side: how much of it must be inked to be no digit's stroke


@dataclass(frozen=True)
class Kept:
    """What of a picture's ink may be digits."""

    shapes: Components  # those kept alone
    ink: Levels  # (height, width), theirs alone with their soft edges
    others: int  # large shapes left out
    lines: int  # ruled lines taken out
    touches_edge: bool  # whether a kept shape reaches the border


def remove_clutter(seen: Foreground, soft_edge: int) -> Kept:
    """Keep the main shape and what may belong to it or stand beside it."""
    strong, lines = remove_ruled_lines(seen, remove_paper_edges(seen))
    shapes = Components.of(strong, seen.ink)
    margin = 1 if seen.is_photo else 0
    if len(shapes) == 1 and not lines:
        ink = only_where(_with_soft_edge(strong, seen, soft_edge), seen.ink)
        return Kept(shapes, ink, 0, 0, bool(touches_border(shapes, margin)[0]))
    touching = touches_border(shapes, margin)
    longer = np.maximum(shapes.width, shapes.height)
    hugging = np.zeros(len(shapes), bool)
    if seen.is_photo:  # what is left of the table beside the paper
        hugging = along_border(shapes) >= HUGGING * longer
    score = shapes.mass * np.where(hugging, 0.1, np.where(touching, 0.4, 1.0))
    light = _light_behind(shapes, seen)
    main = int(np.argmax(score * light**2))
    side, area, mass = longer[main], shapes.area[main], shapes.mass[main]
    gaps = gap_between(shapes.boxes, shapes.boxes[main])
    specks = (shapes.area < SPECK_AREA * area) & (longer < SPECK_SIDE * side)
    if not seen.noise:  # every mark was made: a speck is one only where it stands apart
        specks &= gaps > SPECK_GAP * side
    cut_off = touching & ~touching[main] & (shapes.mass < NEIGHBOUR_MASS * mass) & (gaps > NEIGHBOUR_GAP * side)
    strewn = (longer < SMALL * side) & (gaps > FAR * side)
    faint = (shapes.mass / shapes.area < FAINT * mass / area) & (gaps > NEIGHBOUR_GAP * side) & seen.is_photo
    dropped = specks | cut_off | strewn | faint | (hugging & ~hugging[main])
    dropped |= (light < DARKER * light[main]) & (gaps > 0)
    dropped[main] = False
    numbers = np.flatnonzero(~dropped)
    others = int((dropped & ~specks & (longer >= SMALL * side)).sum())
    kept = shapes.take(numbers)
    inked = _with_soft_edge(kept.labels >= 0, seen, soft_edge)
    if dropped.any():
        inked &= ~shapes.only(np.flatnonzero(dropped))
    if lines:
        inked &= (kept.labels >= 0) | ~seen.strong
    return Kept(kept, only_where(inked, seen.ink), others, lines, bool(touching[numbers].any()))


def keep_all(seen: Foreground) -> Kept:
    """Of a picture without clutter."""
    shapes = Components.of(seen.strong, seen.ink)
    return Kept(shapes, seen.ink, 0, 0, bool(touches_border(shapes).any()))


def only_where(mask: Mask, ink: Levels) -> Levels:
    return np.asarray(ink * mask)  # several times as quick as to choose by the mask


def _with_soft_edge(strong: Mask, seen: Foreground, reach: int) -> Mask:
    """Strong ink, the weaker close to it, and `reach` px around both; where no ink is, it may end sooner."""
    near = grow(strong, reach)
    if seen.is_photo or not only_where(~near, seen.ink).any():  # as of every clean drawing
        return near
    return grow(with_weak(strong, seen), reach)


def with_weak(strong: Mask, seen: Foreground) -> Mask:
    """Strong ink and the weaker close to it: on a flat ground a stroke may run out softly.

    On an uneven ground what is weak may be paper as well, and only a stroke's own edge counts.
    """
    if seen.is_photo:
        return strong
    weak = more_than(seen.ink, max(WEAK_INK * seen.peak, 4 * seen.noise))
    return np.asarray(strong | (grow(strong, WEAK_REACH) & weak))


def _light_behind(shapes: Components, seen: Foreground) -> NDArray[np.float64]:
    """The mean light of a photograph's ground where each shape is, shape (n,); of a dark ground all the same."""
    if seen.level is None or not seen.is_light:
        return np.ones(len(shapes))
    return np.bincount(shapes.labels[shapes.labels >= 0], seen.level[shapes.labels >= 0]) / shapes.area


def remove_paper_edges(seen: Foreground) -> Mask:
    """The strong ink of a photograph without what lies along its border: the table beside the paper, a frame.

    Such ink, its gaps bridged, holds a long stretch of the border, where a digit that is cut holds as much as its
    strokes are wide. Nothing is taken away unless something sizeable is left.
    """
    strong = seen.strong
    if not seen.is_photo:
        return strong
    factor = max(1, max(strong.shape) // 160)
    small = np.asarray(Image.fromarray(strong.astype(np.uint8) * 255).reduce(factor)) > 0
    joined = Components.of(grow(small, 2), small.astype(np.float32))
    along = np.zeros(len(joined), bool)
    for side, of_side in ((strong, joined.labels), (strong.T, joined.labels.T)):
        for edge in (0, -1):
            inked = np.flatnonzero(side[edge])
            held = np.bincount(of_side[edge][inked // factor], minlength=len(joined))
            along |= held >= EDGE_LENGTH * side.shape[1]
    if not along.any():
        return strong
    shapes = Components.of(strong, seen.ink)
    rows, columns = np.nonzero(strong)
    first = np.unique(shapes.labels[rows, columns], return_index=True)[1]  # one pixel of each shape
    of_joined = joined.labels[rows[first] // factor, columns[first] // factor]
    longer = np.maximum(shapes.width, shapes.height)
    loose = ~touches_border(shapes, 2) & (longer > 0.08 * max(strong.shape))
    gone = along[of_joined] & ~loose
    if gone.all() or longer[~gone].max() < 0.06 * max(strong.shape):
        return strong
    return shapes.only(np.flatnonzero(~gone))
