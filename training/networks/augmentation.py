"""Augmentation: digits varied as hands, pens and cameras vary them. The same seed gives the same images.

They are turned, slanted, stretched, moved and bent, drawn with other pens, and scanned or photographed badly.
No digit is mirrored or turned so far that it could become another.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .architectures import Architecture

Images = NDArray[np.uint8]  # (n, 28, 28), 0 background to 255 ink
Field = NDArray[np.float32]  # (n, 28, 28)

SIDE = 28
MARGIN = 2  # background around an image, for points outside it
KNOTS = 5  # of the bending, in each direction
LEAST_VARIED = 0.45  # share of the variation that is left at the end of a fit


@dataclass(frozen=True)
class Variation:
    """How much digits vary: the standard deviations of their distortion, then the share that each change affects."""

    turn: float = 0.11  # radians
    slant: float = 0.13  # px sideways per px of height
    stretch: float = 0.08  # of the size, independent in each direction
    shift: float = 0.8  # px
    bend: float = 0.7  # px at each knot
    pens: float = 0.5
    gaps: float = 0.06
    blur: float = 0.15
    downsampling: float = 0.06
    jpeg: float = 0.06
    grain: float = 0.12
    specks: float = 0.05
    curve: float = 0.5  # half-covered pixels darker or lighter
    faint: float = 0.5

    def scaled(self, by: float) -> Self:
        """All values multiplied."""
        return type(self)(**{name: by * value for name, value in vars(self).items()})


def variation_at(progress: float, architecture: Architecture) -> Variation:
    """The variation of images when this share of the fit, 0 to 1, is done.

    Source: He et al., "Data augmentation revisited: rethinking the distribution gap between clean and augmented
    data", 2019, whose last epochs show images unchanged. Here some variation remains, because people's drawings vary.
    """
    left = (1 - progress) / architecture.easing if architecture.easing else 1.0
    share = LEAST_VARIED + (1 - LEAST_VARIED) * min(1.0, left)
    return Variation().scaled(architecture.variation * share)


def vary(images: Images, rng: np.random.Generator, variation: Variation | None = None) -> Images:
    """Each image varied once at random. Sources: Simard, Steinkraus, Platt, "Best practices for convolutional
    neural networks", 2003, for affine and elastic distortion; DeVries, Taylor, "Improved regularization with
    cutout", 2017, for gaps; the other changes imitate pens and cameras.
    """
    chosen = variation or Variation()
    ink = interpolate(with_other_pens(images, rng, chosen.pens), *sampling_points(len(images), rng, chosen))
    for share, change in (
        (chosen.gaps, with_gap),
        (chosen.blur, blurred),
        (chosen.downsampling, downsampled),
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


def sampling_points(count: int, rng: np.random.Generator, chosen: Variation) -> tuple[Field, Field]:
    """The rows and columns in the old images from which the pixels of the new images take their ink."""
    turn, slant = (rng.normal(0, spread, count) for spread in (chosen.turn, chosen.slant))
    tall, broad = np.exp(rng.normal(0, chosen.stretch, (2, count)))
    matrix = np.empty((count, 2, 2))  # from (row, column) of the new image to those of the old
    matrix[:, 0, 0], matrix[:, 0, 1] = np.cos(turn) / tall, np.sin(turn) / tall
    matrix[:, 1, 0], matrix[:, 1, 1] = (slant - np.sin(turn)) / broad, np.cos(turn) / broad
    matrix = matrix.astype(np.float32)
    offsets = (rng.normal(0, chosen.shift, (count, 2)) + (SIDE - 1) / 2).astype(np.float32)
    at = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    knots = rng.normal(0, chosen.bend, (2, count, KNOTS, KNOTS)).astype(np.float32)
    rows, columns = KNOT_WEIGHTS @ knots @ KNOT_WEIGHTS.T  # each (n, 28, 28): a smooth field through the knots
    for axis, field in enumerate((rows, columns)):
        field += matrix[:, axis, 0, None, None] * at[:, None]
        field += matrix[:, axis, 1, None, None] * at
        field += offsets[:, axis, None, None]
    return rows, columns


def _knot_weights() -> NDArray[np.float32]:
    """The weight of each knot at each pixel, (28, KNOTS): a smooth curve from knot to knot."""
    place = np.linspace(0, KNOTS - 1, SIDE)
    left = np.minimum(place.astype(int), KNOTS - 2)
    part = place - left
    smooth = part * part * (3 - 2 * part)
    weights = np.zeros((SIDE, KNOTS), np.float32)
    weights[np.arange(SIDE), left], weights[np.arange(SIDE), left + 1] = 1 - smooth, smooth
    return weights


KNOT_WEIGHTS = _knot_weights()


def interpolate(images: Images, rows: Field, columns: Field) -> Field:
    """The images' ink at points between pixels, bilinear; 0 outside the image."""
    width = SIDE + 2 * MARGIN
    padded = np.zeros((len(images), width, width), np.float32)
    padded[:, MARGIN:-MARGIN, MARGIN:-MARGIN] = images
    rows = np.clip(rows, -1, SIDE) + MARGIN
    columns = np.clip(columns, -1, SIDE) + MARGIN
    top, left = np.floor(rows), np.floor(columns)
    rows -= top  # from here on the distance below the upper pixel,
    columns -= left  # and to the right of the left pixel
    top *= width
    top += left
    at = top.astype(np.intp)
    at += np.arange(len(images), dtype=np.intp)[:, None, None] * width * width
    flat = padded.ravel()

    def across(pixels: Field) -> Field:
        # No index needs clipping, but this mode is faster.
        left, right = pixels.take(at, mode="clip"), pixels[1:].take(at, mode="clip")
        return _between(left, right, columns)

    return _between(across(flat), across(flat[width:]), rows)


def _between(first: Field, second: Field, share: Field) -> Field:
    """Values between two; overwrites the second."""
    second -= first
    second *= share
    second += first
    return second


def with_other_pens(images: Images, rng: np.random.Generator, share: float) -> Images:
    """A share of the images drawn with a thicker or thinner pen, half of it each."""
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
        # Between the two pens: a pen thinner by a whole pixel would break thin strokes.
        most = 0.9 if pick is np.maximum else 0.5
        amount = rng.uniform(0.2, most, (len(chosen), 1, 1)).astype(np.float32)
        changed[chosen] = (images[chosen] * (1 - amount) + other * amount).astype(np.uint8)
    return changed


def per_image(rng: np.random.Generator, count: int, low: float, high: float) -> Field:
    """A uniformly distributed value for each image, shape (n, 1, 1)."""
    return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)


def with_gap(ink: Field, rng: np.random.Generator) -> Field:
    """A small square of background, as where a pen skips."""
    count = len(ink)
    row, column = rng.uniform(5, 22, (2, count, 1, 1)).astype(np.float32)
    half = per_image(rng, count, 0.6, 2.1)
    at = np.arange(SIDE, dtype=np.float32)
    outside = (np.abs(at[:, None] - row) > half) | (np.abs(at - column) > half)
    return np.asarray(ink * outside, np.float32)


def blurred(ink: Field, rng: np.random.Generator) -> Field:
    """Blurred, as by a lens out of focus or by enlargement."""
    beside = per_image(rng, len(ink), 0.08, 0.33)
    for axes in ((0, 1), (1, 0)):
        down, right = axes
        padded = np.pad(ink, ((0, 0), (down, down), (right, right)))
        first, last = padded[:, :SIDE, :SIDE], padded[:, 2 * down :, 2 * right :]
        ink = ink + beside * (first + last - 2 * ink)
    return ink


def _resampling(few: int) -> NDArray[np.float32]:
    """The matrix, (28, 28), that averages 28 px to `few` px and interpolates 28 px from them."""
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


RESAMPLINGS = np.stack([_resampling(few) for few in range(12, 21)])  # (9, 28, 28)


def downsampled(ink: Field, rng: np.random.Generator) -> Field:
    """Scanned or photographed with 12 to 20 px, and enlarged."""
    chosen = RESAMPLINGS[rng.integers(0, len(RESAMPLINGS), len(ink))]
    return np.asarray(chosen @ ink @ chosen.transpose(0, 2, 1), np.float32)


BLOCK = 8  # px, the side of a JPEG block
WAVES = np.array(  # the cosine transform, (8, 8): a row for each frequency
    [
        [np.sqrt((1 if k == 0 else 2) / BLOCK) * np.cos((2 * n + 1) * k * np.pi / (2 * BLOCK)) for n in range(BLOCK)]
        for k in range(BLOCK)
    ],
    np.float32,
)
STEPS = np.float32(10) + 6 * np.add.outer(np.arange(BLOCK), np.arange(BLOCK)).astype(np.float32)  # similar to JPEG's


def as_jpeg(ink: Field, rng: np.random.Generator) -> Field:
    """Saved as JPEG: the frequencies of each block rounded. The blocks begin at a random pixel."""
    count, side = len(ink), 5 * BLOCK
    top, left = rng.integers(0, BLOCK, 2)
    whole = np.pad(ink, ((0, 0), (top, side - SIDE - top), (left, side - SIDE - left)))
    blocks = whole.reshape(count, 5, BLOCK, 5, BLOCK).transpose(0, 1, 3, 2, 4)
    steps = STEPS * per_image(rng, count, 0.3, 2.5)[:, None, None]
    rounded = np.rint(WAVES @ blocks @ WAVES.T / steps) * steps
    back = (WAVES.T @ rounded @ WAVES).transpose(0, 1, 3, 2, 4).reshape(count, side, side)
    restored: Field = back[:, top : top + SIDE, left : left + SIDE]
    return restored


def grainy(ink: Field, rng: np.random.Generator) -> Field:
    """Uneven ink, as of a pencil or a dry pen, and the noise of a sensor."""
    cover = 1 - per_image(rng, len(ink), 0, 0.6) * rng.random(ink.shape, np.float32)
    noise = per_image(rng, len(ink), 0, 14) * rng.standard_normal(ink.shape, np.float32)
    return np.asarray(ink * cover + noise, np.float32)


def specked(ink: Field, rng: np.random.Generator) -> Field:
    """A few dark dots on the paper."""
    dots = rng.random(ink.shape, np.float32) < per_image(rng, len(ink), 0.001, 0.012)
    return np.maximum(ink, dots * per_image(rng, len(ink), 60, 220))


def with_other_curve(ink: Field, rng: np.random.Generator) -> Field:
    """Half-covered pixels darker or lighter, as in a bolder or finer picture of the same stroke."""
    share = np.clip(ink, 0, 255) / np.float32(255)
    exponent = np.exp(per_image(rng, len(ink), -0.7, 0.7))
    np.power(share, exponent, out=share, where=share > 0)  # most pixels are background
    return share * np.float32(255)


def fainter(ink: Field, rng: np.random.Generator) -> Field:
    return ink * per_image(rng, len(ink), 0.6, 1)
