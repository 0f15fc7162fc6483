"""Pictures of things other than writing."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from classifier.recognition.preprocessing.arrays import Grey

from .arrays import Field, Rng, lit, some_size, to_bytes
from .kinds import kind


def fractal(shape: tuple[int, int], steepness: float, rng: Rng) -> Field:
    """Clouds, 0 to 255: noise in which longer waves are stronger. steepness: 1 rough to 3 smooth."""
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    strength = 1 / np.maximum(np.hypot(rows, columns), 1 / max(shape)) ** (steepness / 2 + 0.5)
    spectrum = strength * np.exp(2j * np.pi * rng.random(strength.shape))
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, shape)
    low, high = np.percentile(field, [1, 99])
    stretched: Field = (field - low) / (high - low) * 255
    return stretched


@kind("photograph")
def clouds(rng: Rng) -> Grey:
    return to_bytes(fractal(some_size(rng), rng.uniform(1, 3), rng))


@kind("photograph")
def things(rng: Rng) -> Grey:
    """Overlapping round and angular bodies, each with its own light, in front of a background."""
    height, width = some_size(rng)
    picture = fractal((height, width), 2.5, rng) * rng.uniform(0, 0.6) + rng.uniform(0, 150)
    for _ in range(rng.integers(2, 12)):
        mask = Image.new("L", (width, height))
        draw = ImageDraw.Draw(mask)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        a, b = rng.uniform(0.08, 0.4, 2) * min(width, height)
        if rng.random() < 0.5:
            draw.ellipse((x - a, y - b, x + a, y + b), fill=255)
        else:
            angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7)))
            draw.polygon([(x + a * np.cos(angle), y + b * np.sin(angle)) for angle in angles], fill=255)
        inside = np.asarray(mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 3))), np.float64) / 255
        body = rng.uniform(0, 255) * lit((height, width), rng, rng.uniform(0, 0.9))
        picture = picture * (1 - inside) + body * inside
    return to_bytes(picture + rng.normal(0, rng.uniform(0, 8), picture.shape))


@kind("photograph")
def cloth(rng: Rng) -> Grey:
    """Stripes and checks."""
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    angle, length = rng.uniform(0, np.pi), rng.uniform(6, 60)
    along = np.sin(2 * np.pi * (rows * np.cos(angle) + columns * np.sin(angle)) / length)
    across = np.sin(2 * np.pi * (columns * np.cos(angle) - rows * np.sin(angle)) / rng.uniform(6, 60))
    pattern = along if rng.random() < 0.4 else along * across
    if rng.random() < 0.5:
        pattern = np.sign(pattern)
    return to_bytes(127 + rng.uniform(30, 120) * pattern + fractal((height, width), 2, rng) * 0.2)


@kind("photograph")
def room(rng: Rng) -> Grey:
    """Walls, edges and furniture: straight bands of light and dark."""
    height, width = some_size(rng)
    picture = np.full((height, width), rng.uniform(60, 220))
    rows, columns = np.mgrid[0:height, 0:width]
    for _ in range(rng.integers(2, 8)):
        angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.15)
        position = rows * np.cos(angle) + columns * np.sin(angle)
        start = rng.uniform(position.min(), position.max())
        band = (position > start) & (position < start + rng.uniform(5, max(height, width)))
        picture = np.where(band, rng.uniform(0, 255) * lit((height, width), rng, 0.4), picture)
    return to_bytes(picture + rng.normal(0, rng.uniform(1, 8), picture.shape))


@kind("photograph")
def page_of_writing(rng: Rng) -> Grey:
    """Lines of small scrawl on paper."""
    canvas = Image.new("L", (240, 240), int(rng.integers(170, 256)))
    draw = ImageDraw.Draw(canvas)
    dark, pen = int(rng.integers(0, 90)), int(rng.integers(1, 5))
    for y in np.arange(rng.uniform(10, 40), 230, rng.uniform(14, 40)):
        steps = int(rng.integers(30, 90))
        xs = np.linspace(10, rng.uniform(120, 235), steps)
        ys = y + rng.normal(0, rng.uniform(2, 6), steps)
        draw.line([*zip(xs.tolist(), ys.tolist(), strict=True)], fill=dark, width=pen)
    return to_bytes(np.asarray(canvas) * lit((240, 240), rng, 0.3) + rng.normal(0, 3, (240, 240)))


@kind("photograph")
def blurred_lights(rng: Rng) -> Grey:
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.full((height, width), rng.uniform(0, 120))
    for _ in range(rng.integers(1, 9)):
        y, x, reach = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(8, 60)
        picture += rng.uniform(-150, 200) * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * reach**2))
    return to_bytes(picture + rng.normal(0, rng.uniform(0, 6), picture.shape))


@kind("photograph", held_back=True)
def landscape(rng: Rng) -> Grey:
    """Sky above hills, one behind another."""
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    picture = rng.uniform(150, 240) * lit((height, width), rng, 0.3) + 0.1 * fractal((height, width), 2.5, rng)
    for level in np.sort(rng.uniform(0.3, 0.9, rng.integers(2, 5))):
        ridge = height * (level + 0.08 * np.sin(columns / width * rng.uniform(4, 16) + rng.uniform(0, 6)))
        hill = rng.uniform(20, 200) + 0.3 * (fractal((height, width), 1.5, rng) - 127)
        picture = np.where(rows > ridge, hill, picture)
    return to_bytes(picture)


@kind("photograph", held_back=True)
def bricks(rng: Rng) -> Grey:
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    tall, long = rng.uniform(12, 40), rng.uniform(25, 80)
    layer = rows // tall
    is_joint = (rows % tall < 3) | ((columns + (layer % 2) * long / 2) % long < 3)
    stone = rng.uniform(40, 140) + 0.4 * fractal((height, width), 1.5, rng)
    return to_bytes(np.where(is_joint, rng.uniform(150, 250), stone))


@kind("photograph", held_back=True)
def face(rng: Rng) -> Grey:
    """An oval with eyes, nose, mouth and hair, softly lit."""
    canvas = Image.new("L", (200, 240), int(rng.integers(40, 230)))
    draw = ImageDraw.Draw(canvas)
    x, y = rng.uniform(80, 120), rng.uniform(100, 140)
    a, b = rng.uniform(45, 75), rng.uniform(65, 95)
    skin, dark = int(rng.integers(110, 230)), int(rng.integers(0, 80))
    draw.ellipse((x - 1.15 * a, y - 1.2 * b, x + 1.15 * a, y + 0.4 * b), fill=dark)
    draw.ellipse((x - a, y - b, x + a, y + b), fill=skin)
    for side in (-1, 1):
        draw.ellipse((x + side * 0.4 * a - 9, y - 0.2 * b - 5, x + side * 0.4 * a + 9, y - 0.2 * b + 5), fill=dark)
    draw.line((x, y - 0.1 * b, x - 5, y + 0.2 * b), fill=skin - 50, width=3)
    draw.ellipse((x - 0.3 * a, y + 0.45 * b, x + 0.3 * a, y + 0.55 * b), fill=skin - 80)
    soft = canvas.filter(ImageFilter.GaussianBlur(rng.uniform(1, 4)))
    return to_bytes(np.asarray(soft) * lit((240, 200), rng, 0.5) + rng.normal(0, 4, (240, 200)))
