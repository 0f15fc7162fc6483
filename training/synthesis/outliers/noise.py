"""Noise."""

from __future__ import annotations

import numpy as np
from PIL import Image

from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.handwriting import PAD

from .arrays import Rng, some_size, to_bytes
from .kinds import kind


@kind("noise")
def even_noise(rng: Rng) -> Grey:
    """Independent pixels, in a picture of the network's input size or larger."""
    shape = some_size(rng) if rng.random() < 0.5 else (28, 28)
    return to_bytes(rng.uniform(0, 255, shape))


@kind("noise")
def coarse_noise(rng: Rng) -> Grey:
    cells = rng.uniform(0, 255, rng.integers(5, 30, 2))
    if rng.random() < 0.5:
        cells = np.where(cells > rng.uniform(100, 220), 255.0, 0.0)
    sampling = Image.Resampling.NEAREST if rng.random() < 0.5 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(to_bytes(cells)).resize(some_size(rng), sampling))


@kind("noise")
def specks(rng: Rng) -> Grey:
    """Pepper on white or salt on black."""
    shape = some_size(rng) if rng.random() < 0.5 else (28, 28)
    grains = rng.random(shape) < rng.uniform(0.02, 0.4)
    return to_bytes(np.where(grains ^ (rng.random() < 0.3), 0.0, 255.0))


@kind("noise")
def sprayed(rng: Rng) -> Sketch:
    """30 to 199 dots of the pen."""
    middle, spread = rng.uniform(100, 180, 2), rng.uniform(20, 70)
    points = rng.normal(middle, spread, (rng.integers(30, 200), 1, 2)).clip(5, 275).round(1)
    return Sketch(points.tolist(), PAD, PAD, float(rng.uniform(4, 16)))


@kind("noise", held_back=True)
def gaussian_noise(rng: Rng) -> Grey:
    shape = some_size(rng) if rng.random() < 0.5 else (28, 28)
    return to_bytes(rng.normal(rng.uniform(60, 200), rng.uniform(20, 90), shape))


@kind("noise", held_back=True)
def lines_of_noise(rng: Rng) -> Grey:
    """A broken screen: each row or column has its own grey."""
    height, width = some_size(rng)
    rows = np.repeat(rng.uniform(0, 255, height // 4 + 1), 4)[:height]
    picture = np.tile(rows[:, None], (1, width)) + rng.normal(0, rng.uniform(0, 60), (height, width))
    return to_bytes(picture if rng.random() < 0.5 else picture.T)


@kind("noise", held_back=True)
def patch_of_noise(rng: Rng) -> Grey:
    """Noise within a round patch of a flat background."""
    rows, columns = np.mgrid[-1:1:160j, -1:1:160j]
    inside = (rows / rng.uniform(0.4, 0.8)) ** 2 + (columns / rng.uniform(0.4, 0.8)) ** 2 < 1
    return to_bytes(np.where(inside, rng.uniform(0, 255, inside.shape), 255.0))
