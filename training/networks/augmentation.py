"""Augmentation: digits varied as hands, pens and cameras vary them. The same seed gives the same images.

They are turned, slanted, stretched, moved and bent; `degradation` changes the pen and the quality of the picture.
No digit is mirrored or turned so far that it could become another.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .architectures import Architecture
from .degradation import (
    SIDE,
    Field,
    Images,
    as_jpeg,
    blurred,
    downsampled,
    fainter,
    grainy,
    specked,
    with_gap,
    with_other_curve,
    with_other_pens,
)

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
    padded = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    width = SIDE + 2 * MARGIN
    rows = np.clip(rows, -1, SIDE) + MARGIN
    columns = np.clip(columns, -1, SIDE) + MARGIN
    top, left = np.floor(rows), np.floor(columns)
    rows -= top  # from here on the distance below the upper pixel,
    columns -= left  # and to the right of the left pixel
    first = np.arange(len(images), dtype=np.intp)[:, None, None] * width * width
    at = (top * width + left).astype(np.intp) + first
    flat = padded.astype(np.float32).ravel()

    def across(start: NDArray[np.intp]) -> Field:
        here: Field = flat.take(start, mode="clip")  # no index needs clipping, but this mode is faster
        return here + (flat.take(start + 1, mode="clip") - here) * columns

    upper = across(at)
    return upper + (across(at + width) - upper) * rows
