"""What is printed on paper before somebody writes on it: security prints, rules, squares, stains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Rng = np.random.Generator
Cover = NDArray[np.float32]  # (rows, columns), 0 paper to 1 full print
Shape = tuple[int, int]


def _grid(shape: Shape) -> tuple[Cover, Cover]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return y, x


def _lines(phase: NDArray[np.floating], width: float) -> Cover:
    """Soft lines where a phase, in periods, is whole. width: share of a period."""
    away = np.abs(phase - np.round(phase))
    return np.asarray(np.clip(1 - away / max(width, 0.05) + 0.5, 0, 1), np.float32)


def waves(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Fine parallel waves, as printed on cheques."""
    y, x = _grid(shape)
    period, angle = unit * rng.uniform(0.06, 0.22), rng.uniform(-0.9, 0.9)
    swing, length = period * rng.uniform(0, 2.5), unit * rng.uniform(0.5, 4)
    across = y * np.cos(angle) + x * np.sin(angle)
    along = x * np.cos(angle) - y * np.sin(angle)
    return _lines((across + swing * np.sin(2 * np.pi * along / length)) / period, rng.uniform(0.15, 0.35))


def crossed_waves(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Two sets of waves over one another."""
    return np.asarray(np.maximum(waves(shape, rng, unit), waves(shape, rng, unit) * rng.uniform(0.3, 1)), np.float32)


def dots(shape: Shape, rng: Rng, unit: float) -> Cover:
    """A halftone of dots."""
    y, x = _grid(shape)
    period, angle = unit * rng.uniform(0.06, 0.2), rng.uniform(0, 1.5)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    wave = np.cos(2 * np.pi * u / period) + np.cos(2 * np.pi * v / period)
    return np.asarray(np.clip(wave / 2 + rng.uniform(-0.4, 0.3), 0, 1), np.float32)


def rings(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Rings about a place, as of a rosette."""
    y, x = _grid(shape)
    place = rng.uniform(-1, 2) * shape[0], rng.uniform(0, 1) * shape[1]
    radius, angle = np.hypot(y - place[0], x - place[1]), np.arctan2(y - place[0], x - place[1])
    wavy = radius + unit * rng.uniform(0, 0.3) * np.sin(rng.integers(3, 14) * angle)
    return _lines((wavy / (unit * rng.uniform(0.08, 0.3))).astype(np.float32), rng.uniform(0.12, 0.3))


def microprint(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Rows of small printed letters."""
    canvas = Image.new("L", (shape[1], shape[0]))
    draw = ImageDraw.Draw(canvas)
    size = max(6.0, unit * rng.uniform(0.18, 0.5))
    font = ImageFont.load_default(size)
    word = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVXYZabcdefghiklmnoprstuvxyz "), 6))
    for row in np.arange(rng.uniform(-size, 0), shape[0], size * rng.uniform(1.1, 2.5)):
        draw.text((rng.uniform(-3 * size, 0), row), word * (1 + int(shape[1] / size / 2)), fill=255, font=font)
    return np.asarray(canvas, np.float32) / np.float32(255)


def ruled(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Horizontal rules, mostly a digit's height apart or more."""
    y, x = _grid(shape)
    period = unit * rng.uniform(0.9, 2.2)
    width = max(0.6, unit * rng.uniform(0.015, 0.05))
    tilt = rng.normal(0, 0.015)
    return _lines((y + x * tilt + rng.uniform(0, period)) / period, width / period)


def squared(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Squared paper."""
    y, x = _grid(shape)
    period = unit * rng.uniform(0.35, 1.3)
    width = max(0.6, unit * rng.uniform(0.012, 0.045)) / period
    tilt = np.float32(rng.normal(0, 0.02))
    shift = rng.uniform(0, period, 2).astype(np.float32)
    rows, columns = _lines((y + x * tilt + shift[0]) / period, width), _lines((x - y * tilt + shift[1]) / period, width)
    return np.asarray(np.maximum(rows, columns))


def blots(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Soft stains, and shadows of what is printed on the back."""
    size = max(2, round(shape[0] / unit * rng.uniform(1, 4))), max(2, round(shape[1] / unit * rng.uniform(1, 4)))
    small = Image.fromarray((rng.random(size) * 255).astype(np.uint8))
    return np.asarray(small.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32) / np.float32(255)


def bricks(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Slanted dashes in rows."""
    y, x = _grid(shape)
    period, lean = unit * rng.uniform(0.08, 0.25), rng.uniform(-2, 2)
    row = np.floor(y / period)
    along = np.mod(x + lean * y + row * period * rng.uniform(0.2, 0.8), 2 * period)
    return np.asarray((along < period * rng.uniform(0.5, 1.4)) & (np.mod(y, period) < 0.6 * period), np.float32)


PRINTS: list[Callable[[Shape, Rng, float], Cover]] = [
    waves,
    waves,
    crossed_waves,
    dots,
    microprint,
    ruled,
    squared,
    blots,
]
HELD_BACK_PRINTS: list[Callable[[Shape, Rng, float], Cover]] = [rings, bricks]
