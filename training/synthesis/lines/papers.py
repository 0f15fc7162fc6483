"""Paper under a written line: security prints, ruled and squared paper, uneven light, and what cameras make of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from training.synthesis.outliers.arrays import lit

Rng = np.random.Generator
Cover = NDArray[np.float32]  # (rows, columns), 0 paper to 1 full print
Shape = tuple[int, int]


def _grid(shape: Shape) -> tuple[Cover, Cover]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return y, x


def _lines(phase: Cover, width: float) -> Cover:
    """Soft lines where a phase, in periods, is whole. width: share of a period."""
    away = np.abs(phase - np.round(phase))
    return np.clip(1 - away / max(width, 0.05) + 0.5, 0, 1).astype(np.float32)


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
    return np.maximum(waves(shape, rng, unit), waves(shape, rng, unit) * np.float32(rng.uniform(0.3, 1)))


def dots(shape: Shape, rng: Rng, unit: float) -> Cover:
    """A halftone of dots."""
    y, x = _grid(shape)
    period, angle = unit * rng.uniform(0.06, 0.2), rng.uniform(0, 1.5)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    wave = np.cos(2 * np.pi * u / period) + np.cos(2 * np.pi * v / period)
    return np.clip(wave / 2 + rng.uniform(-0.4, 0.3), 0, 1).astype(np.float32)


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
    return np.asarray(canvas, np.float32) / 255


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
    return np.maximum(rows, columns)


def blots(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Soft stains, and shadows of what is printed on the back."""
    size = max(2, round(shape[0] / unit * rng.uniform(1, 4))), max(2, round(shape[1] / unit * rng.uniform(1, 4)))
    small = Image.fromarray((rng.random(size) * 255).astype(np.uint8))
    return np.asarray(small.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32) / 255


def bricks(shape: Shape, rng: Rng, unit: float) -> Cover:
    """Slanted dashes in rows."""
    y, x = _grid(shape)
    period, lean = unit * rng.uniform(0.08, 0.25), rng.uniform(-2, 2)
    row = np.floor(y / period)
    return (
        (np.mod(x + lean * y + row * period * rng.uniform(0.2, 0.8), 2 * period) < period * rng.uniform(0.5, 1.4))
        & (np.mod(y, period) < 0.6 * period)
    ).astype(np.float32)


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


@dataclass(frozen=True)
class Drawn:
    """What is drawn with the ink: lines and boxes that are printed as dark as a pen writes."""

    cover: Cover


def frame_lines(shape: Shape, boxes: NDArray[np.float64], rng: Rng, unit: float) -> Cover:
    """Lines printed for the writer: under or above the digits, round them, or between them."""
    canvas = Image.new("L", (shape[1] * 2, shape[0] * 2))
    draw = ImageDraw.Draw(canvas)
    width = max(1, round(2 * unit * rng.uniform(0.015, 0.06)))
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    tilt = rng.normal(0, 0.015) * shape[1]
    left, right = (0, shape[1]) if rng.random() < 0.7 else (low[0] - unit * 0.3, high[0] + unit * 0.3)
    strength = int(rng.uniform(110, 256))

    def level(y: float) -> None:
        draw.line([2 * left, 2 * (y - tilt), 2 * right, 2 * (y + tilt)], fill=strength, width=width)

    which = rng.random()
    if which < 0.55 or which > 0.85:
        level(high[1] + unit * rng.uniform(-0.12, 0.3))
    if which > 0.4:
        level(low[1] - unit * rng.uniform(-0.08, 0.3))
    if which > 0.75:
        for side in (left + 2 if left == 0 else left, right - 2 if right == shape[1] else right):
            if rng.random() < 0.7:
                draw.line([2 * side, 0, 2 * side, 2 * shape[0]], fill=strength, width=width)
        if rng.random() < 0.4 and len(boxes) > 1:  # a cell for each character
            for edge in (boxes[1:, 0] + boxes[:-1, 2]) / 2:
                draw.line([2 * edge, 0, 2 * edge, 2 * shape[0]], fill=strength, width=width)
    return np.asarray(canvas.reduce(2), np.float32) / 255


def photographed(
    ink: NDArray[np.uint8], boxes: NDArray[np.float64], rng: Rng, unit: float, *, held_back: bool = False
) -> NDArray[np.uint8]:
    """A picture of ink on paper from a scanner or camera.

    ink: (rows, columns), 0 background to 255 ink; boxes: of its characters, px; unit: height of a digit, px.
    held_back: prints that are kept for measuring. Returns the same shape, grey levels, dark ink on lighter paper.
    """
    shape = ink.shape[0], ink.shape[1]
    cover = ink.astype(np.float32) / 255
    if rng.random() < 0.3:
        cover = cover ** np.float32(rng.uniform(0.5, 1.8))
    if rng.random() < 0.2:  # a pencil, or a pen that runs dry
        grain = (
            np.asarray(
                Image.fromarray((rng.random(shape) * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(0.6)), np.float32
            )
            / 255
        )
        cover *= np.clip(grain * rng.uniform(1.2, 2.4), 0.2, 1)
    cover *= np.float32(rng.uniform(0.35, 0.95))
    if rng.random() < 0.3:
        cover = np.maximum(cover, frame_lines(shape, boxes, rng, unit) * np.float32(rng.uniform(0.2, 0.8)))
    paper = rng.uniform(140, 255) * lit(shape, rng, rng.uniform(0, 0.35))
    prints = HELD_BACK_PRINTS if held_back else PRINTS
    for _ in range(int(rng.choice([0, 1, 2], p=[0.3, 0.5, 0.2]))):
        print_ = prints[rng.integers(len(prints))](shape, rng, unit)
        paper = paper * (1 - np.float32(rng.uniform(0.03, 0.3)) * print_)
    picture = paper * (1 - cover) + rng.normal(0, rng.uniform(0, 6), shape)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    blur = unit * rng.uniform(0, 0.035)
    if blur > 0.3:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if rng.random() < 0.4:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(25, 92)))
        image = Image.open(file)
    return np.asarray(image)
