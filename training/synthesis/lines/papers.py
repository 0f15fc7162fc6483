"""Pictures of ink on paper: what is printed there, uneven light, and what scanners and cameras make of it."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.synthesis.outliers.arrays import lit

from .prints import HELD_BACK_PRINTS, PRINTS, Cover, Shape

Rng = np.random.Generator


def frame_lines(shape: Shape, boxes: NDArray[np.float64], rng: Rng, unit: float) -> Cover:
    """Lines printed for the writer: under or above the digits, round them, or between them.

    boxes: of the characters, px; unit: height of a digit, px.
    """
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
    return np.asarray(canvas.reduce(2), np.float32) / np.float32(255)


def photographed(
    ink: NDArray[np.uint8], boxes: NDArray[np.float64], rng: Rng, unit: float, *, held_back: bool = False
) -> NDArray[np.uint8]:
    """A picture of ink on paper from a scanner or camera.

    ink: (rows, columns), 0 background to 255 ink; boxes: of its characters, px; unit: height of a digit, px.
    held_back: prints that are kept for measuring. Returns the same shape, grey levels, dark ink on lighter paper.
    """
    shape = ink.shape[0], ink.shape[1]
    cover = worn(ink.astype(np.float32) / np.float32(255), rng) * rng.uniform(0.35, 0.95)
    if rng.random() < 0.3:
        cover = np.maximum(cover, frame_lines(shape, boxes, rng, unit) * rng.uniform(0.2, 0.8))
    paper = rng.uniform(140, 255) * lit(shape, rng, rng.uniform(0, 0.35))
    prints = HELD_BACK_PRINTS if held_back else PRINTS
    for _ in range(int(rng.choice([0, 1, 2], p=[0.3, 0.5, 0.2]))):
        paper = paper * (1 - rng.uniform(0.03, 0.3) * prints[rng.integers(len(prints))](shape, rng, unit))
    picture = paper * (1 - cover) + rng.normal(0, rng.uniform(0, 6), shape)
    return taken(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)), rng, unit)


def worn(cover: Cover, rng: Rng) -> NDArray[np.floating]:
    """The ink of a soft or hard pen, or of a pencil or a pen that runs dry."""
    changed: NDArray[np.floating] = cover
    if rng.random() < 0.3:
        changed = changed ** rng.uniform(0.5, 1.8)
    if rng.random() < 0.2:
        noise = Image.fromarray((rng.random(cover.shape) * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(0.6))
        changed = changed * np.clip(np.asarray(noise, np.float32) / 255 * rng.uniform(1.2, 2.4), 0.2, 1)
    return changed


def taken(image: Image.Image, rng: Rng, unit: float) -> NDArray[np.uint8]:
    """A picture as a camera or scanner stores it: mostly blurred, often compressed."""
    blur = unit * rng.uniform(0, 0.035)
    if blur > 0.3:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    if rng.random() < 0.4:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(25, 92)))
        image = Image.open(file)
    return np.asarray(image)
