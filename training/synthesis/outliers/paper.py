"""Ink on photographed paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from classifier.recognition.preprocessing.arrays import Grey

from .arrays import Rng, lit, to_bytes


@dataclass(frozen=True)
class Paper:
    """The bounds between which the properties of a picture of ink on paper are drawn."""

    longest: tuple[float, float] = (24, 300)  # px, the longer side of the ink
    dark: tuple[float, float] = (0.35, 0.95)  # share of the paper's light that full ink absorbs


PENCIL = Paper(longest=(12, 60), dark=(0.3, 0.8))  # small crops, some faint


def on_paper(ink: NDArray[np.uint8], rng: Rng, paper: Paper = Paper()) -> Grey:
    """A picture of ink on paper from a camera, a scanner or a screen, of random size, shade, grain and blur.

    ink: shape (height, width), 0 background to 255 ink, of any size.
    """
    longest = float(np.exp(rng.uniform(*np.log(paper.longest))))
    height, width = (max(6, round(side * longest / max(ink.shape))) for side in ink.shape)
    margin = round(longest * rng.uniform(0.05, 0.4))
    drawn = Image.fromarray(np.pad(ink, max(1, max(ink.shape) // 20)))
    scaled = drawn.resize((width, height), Image.Resampling.BICUBIC if rng.random() < 0.5 else Image.Resampling.BOX)
    blurred = scaled.filter(ImageFilter.GaussianBlur(longest * rng.uniform(0, 0.03) * rng.random()))
    cover = np.pad(np.asarray(blurred), margin) / 255.0
    if rng.random() < 0.3:
        cover = cover ** rng.uniform(0.6, 1.8)  # a soft pencil, or a hard press
    background = rng.uniform(130, 255) * lit(cover.shape, rng, rng.uniform(0, 0.3))
    picture = background * (1 - rng.uniform(*paper.dark) * cover) + rng.normal(0, rng.uniform(0, 5), cover.shape)
    return to_bytes(picture if rng.random() < 0.85 else 255 - picture)
