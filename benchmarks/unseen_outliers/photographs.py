"""Pictures that resemble photographs of people, landscapes and things."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.synthesis.outliers.arrays import lit, some_size, to_bytes
from training.synthesis.outliers.scenes import fractal

from .table import Made, Rng, kind


def tinted(light: NDArray[np.float64], rng: Rng) -> NDArray[np.uint8]:
    """Grey values, 0 to 255, tinted with a random colour and a camera's grain."""
    colour = rng.uniform(0.7, 1.15, 3)
    return to_bytes(light[..., None] * colour + rng.normal(0, rng.uniform(1, 7), (*light.shape, 3)))


def soft(canvas: Image.Image, most: float, rng: Rng) -> NDArray[np.float64]:
    return np.asarray(canvas.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, most))), np.float64)


@kind("photograph")
def portrait(rng: Rng) -> Made:
    """Head and shoulders before a background."""
    height, width = 260, 220
    canvas = Image.fromarray(to_bytes(fractal((height, width), 2.4, rng) * rng.uniform(0.1, 0.6) + rng.uniform(0, 150)))
    draw = ImageDraw.Draw(canvas)
    x, y = rng.uniform(90, 130), rng.uniform(90, 120)
    a, b = rng.uniform(38, 60), rng.uniform(52, 78)
    skin, hair, shirt = (int(rng.integers(*span)) for span in ((90, 235), (10, 120), (10, 240)))
    draw.ellipse((x - 2.1 * a, y + 1.25 * b, x + 2.1 * a, y + 4 * b), fill=shirt)
    draw.ellipse((x - 1.15 * a, y - 1.2 * b, x + 1.15 * a, y + rng.uniform(0, 1.3) * b), fill=hair)
    draw.rectangle((x - 0.4 * a, y + 0.6 * b, x + 0.4 * a, y + 1.4 * b), fill=max(0, skin - 25))
    draw.ellipse((x - 0.9 * a, y - 0.95 * b, x + 0.9 * a, y + b), fill=skin)
    for side in (-1, 1):
        middle = x + side * 0.38 * a
        draw.ellipse((middle - 8, y - 0.2 * b - 4, middle + 8, y - 0.2 * b + 4), fill=240)
        draw.ellipse((middle - 4, y - 0.2 * b - 4, middle + 4, y - 0.2 * b + 4), fill=hair)
        draw.arc((middle - 11, y - 0.42 * b, middle + 11, y - 0.2 * b), 200, 340, fill=hair, width=3)
    draw.polygon([(x, y - 0.1 * b), (x - 6, y + 0.28 * b), (x + 7, y + 0.28 * b)], fill=max(0, skin - 30))
    draw.chord((x - 0.35 * a, y + 0.4 * b, x + 0.35 * a, y + 0.62 * b), 0, 180, fill=max(0, skin - 70))
    return tinted(soft(canvas, 2.5, rng) * lit((height, width), rng, 0.5), rng)


@kind("photograph")
def mountains_at_dusk(rng: Rng) -> Made:
    height, width = some_size(rng)
    rows = np.arange(height)[:, None]
    light = 230 - 120 * rows / height + 0.15 * fractal((height, width), 2.6, rng)
    for number, level in enumerate(np.linspace(0.35, 0.85, rng.integers(2, 5))):
        steps = np.cumsum(rng.normal(0, height * 0.02, width))
        ridge = height * level + steps - steps.mean()
        ground = 140 - 30 * number + 0.2 * (fractal((height, width), 1.6, rng) - 127)
        light = np.where(rows > ridge[None, :], ground, light)
    return tinted(light, rng)


@kind("photograph")
def leaves(rng: Rng) -> Made:
    height, width = some_size(rng)
    canvas = Image.fromarray(to_bytes(fractal((height, width), 2, rng) * 0.3 + 30))
    draw = ImageDraw.Draw(canvas)
    for _ in range(rng.integers(8, 50)):
        x, y, reach, angle = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(10, 50), rng.uniform(0, 7)
        t = np.linspace(0, np.pi, 9)
        half = np.column_stack([np.cos(t), 0.3 * np.sin(t)])
        outline = np.vstack([half, -half]) * reach
        turned = outline @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + [x, y]
        shade = int(rng.integers(50, 210))
        draw.polygon([tuple(point) for point in turned.tolist()], fill=shade)
        draw.line([tuple(turned[0].tolist()), tuple(turned[8].tolist())], fill=min(255, shade + 30))
    return tinted(soft(canvas, 2, rng), rng)


@kind("photograph")
def house_front(rng: Rng) -> Made:
    """A wall with rows of windows under the sky."""
    height, width = int(rng.integers(150, 320)), int(rng.integers(150, 320))
    canvas = Image.new("L", (width, height), int(rng.integers(170, 240)))
    draw = ImageDraw.Draw(canvas)
    top = rng.uniform(0, 0.3) * height
    wall, pane = int(rng.integers(80, 220)), int(rng.integers(10, 100))
    draw.rectangle((rng.uniform(-10, 30), top, width - rng.uniform(-10, 30), height), fill=wall)
    columns, rows = int(rng.integers(2, 7)), int(rng.integers(2, 7))
    for row in range(rows):
        for column in range(columns):
            x, y = width * (column + 0.75) / (columns + 1), top + (height - top) * (row + 0.5) / (rows + 1)
            wide, high = 0.4 * width / (columns + 1), 0.6 * (height - top) / (rows + 1)
            draw.rectangle(
                (x, y, x + wide, y + high), fill=pane + int(rng.integers(0, 40)), outline=min(255, wall + 40)
            )
    return tinted(soft(canvas, 1.5, rng) * lit((height, width), rng, 0.4), rng)


@kind("photograph")
def wood(rng: Rng) -> Made:
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    bent = rows + 12 * np.sin(columns / rng.uniform(20, 90)) + 0.1 * fractal((height, width), 2.5, rng)
    rings = np.sin(bent / rng.uniform(1.5, 8)) * rng.uniform(8, 35)
    return tinted(rng.uniform(90, 190) + rings + 0.15 * fractal((height, width), 1.2, rng), rng)


@kind("photograph")
def night_sky(rng: Rng) -> Made:
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    light = rng.uniform(5, 40) + 0.1 * fractal((height, width), 2.5, rng)
    for _ in range(rng.integers(10, 60)):
        y, x = rng.uniform(0, height), rng.uniform(0, width)
        reach = rng.uniform(0.6, 3)
        light = light + rng.uniform(60, 250) * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * reach**2))
    return tinted(light, rng)


@kind("photograph")
def table_with_things(rng: Rng) -> Made:
    """Plates, boxes and cups from above, with their shadows."""
    height, width = int(rng.integers(160, 320)), int(rng.integers(160, 320))
    canvas = Image.fromarray(to_bytes(rng.uniform(90, 210) + 0.2 * fractal((height, width), 1.5, rng)))
    draw = ImageDraw.Draw(canvas)
    for _ in range(rng.integers(3, 8)):
        x, y, reach = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(15, 60)
        shade, tall = int(rng.integers(20, 250)), rng.uniform(0.5, 1.6)
        for away, fill in ((6, 45), (0, shade)):
            where = (x - reach + away, y - reach * tall + away, x + reach + away, y + reach * tall + away)
            if shade % 2:
                draw.ellipse(where, fill=fill)
            else:
                draw.rectangle(where, fill=fill)
        if shade % 2 and rng.random() < 0.6:
            draw.ellipse((x - reach * 0.7, y - reach * tall * 0.7, x + reach * 0.7, y + reach * tall * 0.7), outline=30)
    return tinted(soft(canvas, 2.5, rng) * lit((height, width), rng, 0.5), rng)


@kind("photograph")
def street(rng: Rng) -> Made:
    """A road to a vanishing point between walls, often with a car."""
    height, width = int(rng.integers(150, 300)), int(rng.integers(180, 360))
    canvas = Image.new("L", (width, height), int(rng.integers(170, 245)))
    draw = ImageDraw.Draw(canvas)
    x, y = width * rng.uniform(0.35, 0.65), height * rng.uniform(0.3, 0.5)
    draw.polygon([(0, rng.uniform(-60, 60)), (x, y), (0, height)], fill=int(rng.integers(60, 190)))
    draw.polygon([(width, rng.uniform(-60, 60)), (x, y), (width, height)], fill=int(rng.integers(60, 190)))
    draw.polygon([(0, height), (x, y), (width, height)], fill=int(rng.integers(60, 130)))
    for share in (0.55, 0.7, 0.88):
        draw.line([(x, y + (height - y) * share), (x, y + (height - y) * (share + 0.08))], fill=235, width=4)
    if rng.random() < 0.7:
        left, top, long = rng.uniform(0, width * 0.7), height * rng.uniform(0.55, 0.75), rng.uniform(40, 90)
        draw.rounded_rectangle((left, top, left + long, top + long * 0.35), 6, fill=int(rng.integers(10, 220)))
        for wheel in (0.2, 0.75):
            middle = left + long * wheel
            draw.ellipse((middle - 7, top + long * 0.28, middle + 7, top + long * 0.28 + 14), fill=15)
    return tinted(soft(canvas, 2, rng) * lit((height, width), rng, 0.3), rng)
