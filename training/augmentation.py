"""Varying digits as hands and pens vary: arrays in, arrays out, the same for the same seed.

Turned, slanted, stretched and moved a little, bent as an unsteady hand bends them, with a thinner or thicker
pen, and fainter. No digit is mirrored or turned so far that it could become another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (n, 28, 28), 0 ground to 255 ink
Field = NDArray[np.float32]  # (n, 28, 28)

SIDE = 28
MARGIN = 2  # ground round the picture, so that what lies outside can be looked up
KNOTS = 5  # of the bending, in each direction


@dataclass(frozen=True)
class Variation:
    """How much digits are varied; each is a standard deviation unless it says otherwise."""

    turn: float = 0.10  # radians
    slant: float = 0.12  # px sideways per px of height
    stretch: float = 0.07  # of the size, in each direction by itself
    shift: float = 0.8  # px
    bend: float = 0.7  # px at each knot
    share_of_pens: float = 0.4  # of the images get another pen
    faintest: float = 0.7  # the least that the ink is multiplied by


def vary(images: Images, rng: np.random.Generator, variation: Variation | None = None) -> Images:
    """Each image varied once, by chance. Sources: Simard, Steinkraus, Platt, "Best practices for convolutional
    neural networks", 2003, for affine and elastic distortion; the morphology of pens is the usual one.
    """
    chosen = variation or Variation()
    moved = look_up(with_other_pens(images, rng, chosen.share_of_pens), *where_from(len(images), rng, chosen))
    ink = rng.uniform(chosen.faintest, 1, (len(images), 1, 1)).astype(np.float32)
    varied: Images = np.rint(moved * ink).astype(np.uint8)
    return varied


def where_from(count: int, rng: np.random.Generator, chosen: Variation) -> tuple[Field, Field]:
    """For each pixel of each new image the place (row, column) in the old one that it shows."""
    turn, slant = (rng.normal(0, spread, count) for spread in (chosen.turn, chosen.slant))
    tall, broad = np.exp(rng.normal(0, chosen.stretch, (2, count)))
    matrix = np.empty((count, 2, 2))  # rows and columns of the old image, of (row, column) of the new
    matrix[:, 0, 0], matrix[:, 0, 1] = np.cos(turn) / tall, np.sin(turn) / tall
    matrix[:, 1, 0], matrix[:, 1, 1] = (slant - np.sin(turn)) / broad, np.cos(turn) / broad
    matrix = matrix.astype(np.float32)
    offsets = (rng.normal(0, chosen.shift, (count, 2)) + (SIDE - 1) / 2).astype(np.float32)
    at = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    knots = rng.normal(0, chosen.bend, (2, count, KNOTS, KNOTS)).astype(np.float32)
    rows, columns = BETWEEN @ knots @ BETWEEN.T  # each (n, 28, 28): a smooth field through the knots
    for axis, field in enumerate((rows, columns)):
        field += matrix[:, axis, 0, None, None] * at[:, None]
        field += matrix[:, axis, 1, None, None] * at
        field += offsets[:, axis, None, None]
    return rows, columns


def _between() -> NDArray[np.float32]:
    """Weights of the knots at each pixel, (28, KNOTS): a smooth curve from knot to knot."""
    place = np.linspace(0, KNOTS - 1, SIDE)
    left = np.minimum(place.astype(int), KNOTS - 2)
    part = place - left
    smooth = part * part * (3 - 2 * part)
    weights = np.zeros((SIDE, KNOTS), np.float32)
    weights[np.arange(SIDE), left], weights[np.arange(SIDE), left + 1] = 1 - smooth, smooth
    return weights


BETWEEN = _between()


def look_up(images: Images, rows: Field, columns: Field) -> Field:
    """The images' ink at places between their pixels, from the four pixels around; outside there is none."""
    padded = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    width = SIDE + 2 * MARGIN
    rows = np.clip(rows, -1, SIDE) + MARGIN
    columns = np.clip(columns, -1, SIDE) + MARGIN
    top, left = np.floor(rows), np.floor(columns)
    rows -= top  # from here on the parts below the upper and right of the left pixel
    columns -= left
    first = np.arange(len(images), dtype=np.intp)[:, None, None] * width * width
    at = (top * width + left).astype(np.intp) + first
    flat = padded.astype(np.float32).ravel()

    def across(start: NDArray[np.intp]) -> Field:
        here: Field = flat.take(start, mode="clip")  # all are inside; to say so is quicker
        return here + (flat.take(start + 1, mode="clip") - here) * columns

    upper = across(at)
    return upper + (across(at + width) - upper) * rows


def with_other_pens(images: Images, rng: np.random.Generator, share: float) -> Images:
    """Some of the images as a thicker or a thinner pen would have drawn them, in part."""
    changed = images.copy()
    chance = rng.random(len(images))
    for begin, end, pick in ((0.0, share / 2, np.maximum), (share / 2, share, np.minimum)):
        chosen = np.flatnonzero((chance >= begin) & (chance < end))
        if not len(chosen):
            continue
        padded = np.pad(images[chosen], ((0, 0), (1, 1), (1, 1)))
        other = padded[:, 1:-1, 1:-1]
        for part in (padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]):
            other = pick(other, part)
        # Between the two pens; a pen that is thinner by a whole pixel would break thin strokes.
        most = 0.9 if pick is np.maximum else 0.5
        amount = rng.uniform(0.2, most, (len(chosen), 1, 1)).astype(np.float32)
        changed[chosen] = (images[chosen] * (1 - amount) + other * amount).astype(np.uint8)
    return changed
