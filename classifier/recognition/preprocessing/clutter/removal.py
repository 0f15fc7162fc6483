"""Removal of ink outside the digits: specks, paper edges, ruled lines, neighbouring ink cut off by the border."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Levels, Mask
from ..background import Foreground, more_than
from ..masks.components import Components, border_length, gap_between, touches_border
from ..masks.dilation import dilate, masked
from .paper_edges import remove_paper_edges
from .ruled_lines import remove_ruled_lines

# Lengths are shares of the main component's longer side unless they say otherwise.
SPECK_AREA = 0.012  # of the main component's area
SPECK_SIDE = 0.1
SPECK_GAP = 0.15
NEIGHBOUR_MASS = 0.5  # of the main component's ink: more than that at the border may be the digit itself
NEIGHBOUR_GAP = 0.08
WEAK_INK = 0.12  # of the strongest ink
WEAK_REACH = 6  # px
FAINT = 0.4  # of the main component's ink for each pixel: shadows, and what shows through the paper
DARKER = 0.65  # of the light behind the main component: the table beside the paper
ALONG_BORDER = 0.4  # of its own longer side that a component covers of the border
FAR = 0.5
SMALL = 0.3


@dataclass(frozen=True)
class Kept:
    """The ink of a picture that may belong to digits."""

    components: Components  # only those kept
    ink: Levels  # (height, width), of those components and their soft edges
    others: int  # large components removed
    lines: int  # ruled lines removed
    touches_edge: bool  # whether a kept component reaches the border


def remove_clutter(foreground: Foreground, soft_edge: int) -> Kept:
    """Keeps the main component and those that may belong to it or stand beside it.

    soft_edge: px beside strong ink that are kept with it.
    """
    strong, lines = remove_ruled_lines(foreground, remove_paper_edges(foreground))
    components = Components.of(strong, foreground.ink)
    touching = touches_border(components, margin=1 if foreground.is_photo else 0)
    if len(components) == 1 and not lines:
        ink = masked(foreground.ink, _with_soft_edge(strong, foreground, soft_edge))
        return Kept(components, ink, 0, 0, bool(touching[0]))
    dropped, others = _find_clutter(components, foreground, touching)
    numbers = np.flatnonzero(~dropped)
    kept = components.take(numbers)
    inked = _with_soft_edge(kept.labels >= 0, foreground, soft_edge)
    if dropped.any():
        inked &= ~components.only(np.flatnonzero(dropped))
    if lines:
        inked &= (kept.labels >= 0) | ~foreground.strong
    return Kept(kept, masked(foreground.ink, inked), others, lines, bool(touching[numbers].any()))


def keep_all(foreground: Foreground) -> Kept:
    """Keeps all ink of a picture without clutter."""
    components = Components.of(foreground.strong, foreground.ink)
    return Kept(components, foreground.ink, 0, 0, bool(touches_border(components).any()))


def _find_clutter(
    components: Components, foreground: Foreground, touching: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], int]:
    """Which components are not part of a digit, (n,), and how many of these are large.

    touching: which components reach the border, (n,).
    """
    longer = components.longer_side
    along_border = np.zeros(len(components), bool)
    if foreground.is_photo:  # what remains of the table beside the paper
        along_border = border_length(components) >= ALONG_BORDER * longer
    score = components.mass * np.where(along_border, 0.1, np.where(touching, 0.4, 1.0))
    light = _light_behind(components, foreground)
    main = int(np.argmax(score * light**2))
    side, area, mass = longer[main], components.area[main], components.mass[main]
    gaps = gap_between(components.boxes, components.boxes[main])
    specks = (components.area < SPECK_AREA * area) & (longer < SPECK_SIDE * side)
    if not foreground.noise:  # every mark is deliberate: only marks that stand apart are specks
        specks &= gaps > SPECK_GAP * side
    is_beside = gaps > NEIGHBOUR_GAP * side
    cut_off = touching & ~touching[main] & (components.mass < NEIGHBOUR_MASS * mass) & is_beside
    scattered = (longer < SMALL * side) & (gaps > FAR * side)
    faint = (components.mass / components.area < FAINT * mass / area) & is_beside & foreground.is_photo
    dropped = specks | cut_off | scattered | faint | (along_border & ~along_border[main])
    dropped |= (light < DARKER * light[main]) & (gaps > 0)
    dropped[main] = False
    return dropped, int((dropped & ~specks & (longer >= SMALL * side)).sum())


def _light_behind(components: Components, foreground: Foreground) -> NDArray[np.float64]:
    """The mean light of a photograph's background behind each component, (n,); 1 for a dark background."""
    if foreground.level is None or not foreground.is_light:
        return np.ones(len(components))
    inked = components.labels >= 0
    return np.bincount(components.labels[inked], foreground.level[inked]) / components.area


def _with_soft_edge(strong: Mask, foreground: Foreground, reach: int) -> Mask:
    """Strong ink, the weaker ink close to it, and `reach` px around both, except where there is no ink anyway."""
    near = dilate(strong, reach)
    if foreground.is_photo or not masked(foreground.ink, ~near).any():  # as in every clean drawing
        return near
    return dilate(with_weak(strong, foreground), reach)


def with_weak(strong: Mask, foreground: Foreground) -> Mask:
    """Strong ink and the weaker ink close to it: on a flat background a stroke may fade out.

    On an uneven background weak ink may be paper, so only strong ink is returned.
    """
    if foreground.is_photo:
        return strong
    weak = more_than(foreground.ink, max(WEAK_INK * foreground.peak, 4 * foreground.noise))
    return np.asarray(strong | (dilate(strong, WEAK_REACH) & weak))
