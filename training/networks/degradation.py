"""Changes by pens, scanners and cameras: arrays of ink in, arrays of ink out."""

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (n, 28, 28), 0 background to 255 ink
Field = NDArray[np.float32]  # (n, 28, 28)

SIDE = 28


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
    curved: Field = np.float32(255) * share ** np.exp(per_image(rng, len(ink), -0.7, 0.7))
    return curved


def fainter(ink: Field, rng: np.random.Generator) -> Field:
    return ink * per_image(rng, len(ink), 0.6, 1)
