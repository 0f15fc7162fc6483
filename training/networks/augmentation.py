"""Varying digits as hands, pens and cameras vary: arrays in, arrays out, the same for the same seed.

Turned, slanted, stretched and moved a little, bent as an unsteady hand bends them, with a thinner or thicker pen;
then fainter or harder, blurred, of few pixels, saved as JPEG, grainy, specked, or with a gap where the pen
skipped. No digit is mirrored or turned so far that it could become another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .architectures import Architecture

Images = NDArray[np.uint8]  # (n, 28, 28), 0 ground to 255 ink
Field = NDArray[np.float32]  # (n, 28, 28)

SIDE = 28
MARGIN = 2  # ground round the picture, so that what lies outside can be looked up
KNOTS = 5  # of the bending, in each direction

LEAST_VARIED = 0.45


@dataclass(frozen=True)
class Variation:
    """How much digits are varied. First standard deviations, then shares of the images that get each change."""

    turn: float = 0.11  # radians
    slant: float = 0.13  # px sideways per px of height
    stretch: float = 0.08  # of the size, in each direction by itself
    shift: float = 0.8  # px
    bend: float = 0.7  # px at each knot
    pens: float = 0.5
    gaps: float = 0.06
    blur: float = 0.15
    few_pixels: float = 0.06
    jpeg: float = 0.06
    grain: float = 0.12
    specks: float = 0.05
    curve: float = 0.5  # another grey for half-covered pixels
    faint: float = 0.5

    def scaled(self, by: float) -> "Variation":
        """The same, so many times as much."""
        return Variation(**{name: by * value for name, value in vars(self).items()})


def variation_at(way: float, architecture: Architecture) -> Variation:
    """How much images are varied when so much of the fit is done, 0 to 1: at its end down to LEAST_VARIED of it.

    Source: He et al., "Data augmentation revisited: rethinking the distribution gap between clean and augmented
    data", 2019, who end with images as they are. Here they stay varied a little: people's drawings are.
    """
    left = (1 - way) / architecture.easing if architecture.easing else 1.0
    share = LEAST_VARIED + (1 - LEAST_VARIED) * min(1.0, left)
    return Variation().scaled(architecture.variation * share)


def vary(images: Images, rng: np.random.Generator, variation: Variation | None = None) -> Images:
    """Each image varied once, by chance. Sources: Simard, Steinkraus, Platt, "Best practices for convolutional
    neural networks", 2003, for affine and elastic distortion; DeVries, Taylor, "Improved regularization with
    cutout", 2017, for gaps; the rest is what pens and cameras do.
    """
    chosen = variation or Variation()
    ink = look_up(with_other_pens(images, rng, chosen.pens), *where_from(len(images), rng, chosen))
    for share, change in (
        (chosen.gaps, with_gap),
        (chosen.blur, blurred),
        (chosen.few_pixels, of_few_pixels),
        (chosen.jpeg, as_jpeg),
        (chosen.grain, grainy),
        (chosen.specks, specked),
        (chosen.curve, with_other_curve),
        (chosen.faint, fainter),
    ):
        picked = np.flatnonzero(rng.random(len(images)) < share)
        if len(picked):
            ink[picked] = change(ink[picked], rng)
    varied: Images = np.rint(np.clip(ink, 0, 255)).astype(np.uint8)
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


def each(rng: np.random.Generator, count: int, low: float, high: float) -> Field:
    """A value for each image, shape (n, 1, 1)."""
    return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)


def with_gap(ink: Field, rng: np.random.Generator) -> Field:
    """A small square of ground somewhere on the digit, where the pen skipped."""
    count = len(ink)
    row, column = rng.uniform(5, 22, (2, count, 1, 1)).astype(np.float32)
    half = each(rng, count, 0.6, 2.1)
    at = np.arange(SIDE, dtype=np.float32)
    outside = (np.abs(at[:, None] - row) > half) | (np.abs(at - column) > half)
    return np.asarray(ink * outside, np.float32)


def blurred(ink: Field, rng: np.random.Generator) -> Field:
    """As by a lens out of focus or a picture that was enlarged."""
    beside = each(rng, len(ink), 0.08, 0.33)
    for axes in ((0, 1), (1, 0)):
        down, right = axes
        padded = np.pad(ink, ((0, 0), (down, down), (right, right)))
        first, last = padded[:, :SIDE, :SIDE], padded[:, 2 * down :, 2 * right :]
        ink = ink + beside * (first + last - 2 * ink)
    return ink


def _through(few: int) -> NDArray[np.float32]:
    """What 28 px become when averaged to so few and spread out again, (28, 28)."""
    fine = np.arange(SIDE * few) // few
    coarse = np.arange(SIDE * few) // SIDE
    down = np.zeros((few, SIDE), np.float32)
    np.add.at(down, (coarse, fine), 1 / SIDE)
    place = np.clip((np.arange(SIDE) + 0.5) * few / SIDE - 0.5, 0, few - 1)
    left = np.minimum(place.astype(int), few - 2)
    up = np.zeros((SIDE, few), np.float32)
    up[np.arange(SIDE), left] = 1 - (place - left)
    up[np.arange(SIDE), left + 1] = place - left
    return up @ down


THROUGH = np.stack([_through(few) for few in range(12, 21)])  # (9, 28, 28)


def of_few_pixels(ink: Field, rng: np.random.Generator) -> Field:
    """As scanned or photographed with few pixels, and enlarged."""
    chosen = THROUGH[rng.integers(0, len(THROUGH), len(ink))]
    return np.asarray(chosen @ ink @ chosen.transpose(0, 2, 1), np.float32)


BLOCK = 8  # px of JPEG's blocks
WAVES = np.array(  # the cosine transform, (8, 8): a row for each frequency
    [
        [np.sqrt((1 if k == 0 else 2) / BLOCK) * np.cos((2 * n + 1) * k * np.pi / (2 * BLOCK)) for n in range(BLOCK)]
        for k in range(BLOCK)
    ],
    np.float32,
)
STEPS = np.float32(10) + 6 * np.add.outer(np.arange(BLOCK), np.arange(BLOCK)).astype(np.float32)  # as JPEG's, roughly


def as_jpeg(ink: Field, rng: np.random.Generator) -> Field:
    """What is left after JPEG's rounding of frequencies in blocks that begin somewhere."""
    count, side = len(ink), 5 * BLOCK
    top, left = rng.integers(0, BLOCK, 2)
    whole = np.pad(ink, ((0, 0), (top, side - SIDE - top), (left, side - SIDE - left)))
    blocks = whole.reshape(count, 5, BLOCK, 5, BLOCK).transpose(0, 1, 3, 2, 4)
    steps = STEPS * each(rng, count, 0.3, 2.5)[:, None, None]
    rounded = np.rint(WAVES @ blocks @ WAVES.T / steps) * steps
    back = (WAVES.T @ rounded @ WAVES).transpose(0, 1, 3, 2, 4).reshape(count, side, side)
    left_over: Field = back[:, top : top + SIDE, left : left + SIDE]
    return left_over


def grainy(ink: Field, rng: np.random.Generator) -> Field:
    """Ink that covers unevenly, as a pencil's or a dry pen's, and a sensor's noise."""
    cover = 1 - each(rng, len(ink), 0, 0.6) * rng.random(ink.shape, np.float32)
    noise = each(rng, len(ink), 0, 14) * rng.standard_normal(ink.shape, np.float32)
    return np.asarray(ink * cover + noise, np.float32)


def specked(ink: Field, rng: np.random.Generator) -> Field:
    """A few dark dots on the paper."""
    dots = rng.random(ink.shape, np.float32) < each(rng, len(ink), 0.001, 0.012)
    return np.maximum(ink, dots * each(rng, len(ink), 60, 220))


def with_other_curve(ink: Field, rng: np.random.Generator) -> Field:
    """Half-covered pixels darker or lighter: as a bolder or finer picture of the same stroke."""
    share = np.clip(ink, 0, 255) / np.float32(255)
    curved: Field = np.float32(255) * share ** np.exp(each(rng, len(ink), -0.7, 0.7))
    return curved


def fainter(ink: Field, rng: np.random.Generator) -> Field:
    return ink * each(rng, len(ink), 0.6, 1)
