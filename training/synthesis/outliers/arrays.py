"""What the makers of outliers share: conversion to grey levels, sizes, light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.preprocessing.arrays import Grey

Rng = np.random.Generator
Field = NDArray[np.float64]


def to_bytes(values: Field) -> Grey:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def some_size(rng: Rng) -> tuple[int, int]:
    return int(rng.integers(60, 300)), int(rng.integers(60, 300))


def lit(shape: tuple[int, ...], rng: Rng, depth: float) -> Field:
    """Light that falls off across a picture, from 1 to 1 - depth."""
    rows, columns = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    fall = np.cos(angle) * rows + np.sin(angle) * columns
    light: Field = 1 - depth * (fall - fall.min()) / max(float(np.ptp(fall)), 1e-9)
    return light
