"""Pictures of pages and screens: print, codes, charts, maps and keyboards."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.synthesis.curves import smooth
from training.synthesis.outliers.arrays import lit, some_size, to_bytes

from .table import Made, Rng, kind

WORDS = ("time", "water", "house", "under", "light", "number", "every", "great", "study", "world", "plant", "father")


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=float(size))


def sentence_of(words: int, rng: Rng) -> str:
    return " ".join(WORDS[number] for number in rng.integers(len(WORDS), size=words))


@kind("page")
def printed_page(rng: Rng) -> Made:
    width, height = int(rng.integers(200, 500)), int(rng.integers(200, 500))
    size = int(rng.integers(10, 26))
    page = Image.new("L", (width, height), int(rng.integers(200, 256)))
    draw = ImageDraw.Draw(page)
    for y in range(size, height - size, round(size * 1.4)):
        draw.text((size, y), sentence_of(12, rng)[: round((width - 2 * size) / size * 1.8)], fill=30, font=font(size))
    return to_bytes(np.asarray(page) * lit((height, width), rng, 0.25) + rng.normal(0, 3, (height, width)))


@kind("page")
def printed_word(rng: Rng) -> Made:
    size = int(rng.integers(24, 70))
    canvas = Image.new("L", (size * 5, size * 2), int(rng.integers(180, 256)))
    ImageDraw.Draw(canvas).text(
        (size // 2, size // 3), sentence_of(1, rng), fill=int(rng.integers(0, 90)), font=font(size)
    )
    return np.asarray(canvas)


@kind("page")
def screenshot(rng: Rng) -> Made:
    """A window with a bar, buttons, a list and some text."""
    width, height = int(rng.integers(320, 640)), int(rng.integers(240, 480))
    ground, ink = ((250, 250, 252), (40, 40, 50)) if rng.random() < 0.6 else ((30, 32, 40), (220, 220, 225))
    screen = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(screen)
    bar = tuple(rng.integers(30, 220, 3).tolist())
    draw.rectangle((0, 0, width, 28), fill=bar)
    draw.rectangle((0, 28, width // 4, height), fill=tuple(int(0.9 * each + 12) for each in ground))
    for y in range(40, height - 20, 22):
        draw.text((8, y), sentence_of(1, rng), fill=ink, font=font(12))
        if rng.random() < 0.7:
            draw.text((width // 4 + 10, y), sentence_of(int(rng.integers(3, 8)), rng), fill=ink, font=font(12))
    for _ in range(rng.integers(1, 4)):
        x, y = rng.integers(width // 4, width - 80), rng.integers(40, height - 30)
        draw.rounded_rectangle((x, y, x + 70, y + 24), 5, fill=bar)
    return np.asarray(screen)


@kind("page")
def qr_code(rng: Rng) -> Made:
    count = int(rng.choice([21, 25, 29, 33]))
    cells = rng.random((count, count)) < 0.5
    for row, column in ((0, 0), (0, count - 7), (count - 7, 0)):
        cells[max(0, row - 1) : row + 8, max(0, column - 1) : column + 8] = False
        cells[row : row + 7, column : column + 7] = True
        cells[row + 1 : row + 6, column + 1 : column + 6] = False
        cells[row + 2 : row + 5, column + 2 : column + 5] = True
    zoom = int(rng.integers(3, 10))
    return to_bytes(np.pad(np.kron(np.where(cells, 0.0, 255.0), np.ones((zoom, zoom))), 4 * zoom, constant_values=255))


@kind("page")
def bar_code(rng: Rng) -> Made:
    bars = np.repeat(rng.random(60) < 0.5, rng.integers(1, 4, 60))
    line = np.kron(np.where(bars, 0.0, 255.0), np.ones(int(rng.integers(1, 4))))
    return to_bytes(np.pad(np.tile(line, (int(rng.integers(50, 140)), 1)), 15, constant_values=255))


@kind("page")
def chart(rng: Rng) -> Made:
    """Axes with bars or a line."""
    plot = Image.new("RGB", (300, 220), (255, 255, 255))
    draw = ImageDraw.Draw(plot)
    draw.line([(30, 15), (30, 195), (285, 195)], fill=(0, 0, 0), width=2)
    heights = rng.uniform(10, 170, int(rng.integers(4, 12)))
    colour = tuple(rng.integers(0, 200, 3).tolist())
    step = 250 / len(heights)
    if rng.random() < 0.5:
        for number, high in enumerate(heights):
            draw.rectangle((36 + number * step, 195 - high, 30 + (number + 0.8) * step, 194), fill=colour)
    else:
        draw.line([(36 + n * step, 195 - high) for n, high in enumerate(heights)], fill=colour, width=3)
    return np.asarray(plot)


@kind("page")
def street_map(rng: Rng) -> Made:
    width, height = some_size(rng)
    paper = Image.new("RGB", (width, height), (235, 230, 220))
    draw = ImageDraw.Draw(paper)
    for _ in range(rng.integers(1, 4)):
        x, y, reach = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(15, 80)
        draw.ellipse((x - reach, y - reach / 2, x + reach, y + reach / 2), fill=(170, 200, 220))
    for _ in range(rng.integers(6, 20)):
        nodes = rng.uniform(-0.1, 1.1, (3, 2)) * [width, height]
        road = [tuple(point) for point in smooth(nodes).tolist()]
        broad = int(rng.integers(2, 9))
        draw.line(road, fill=(150, 140, 130), width=broad + 2)
        draw.line(road, fill=(255, 255, 255) if rng.random() < 0.7 else (250, 200, 90), width=broad)
    return np.asarray(paper)


@kind("page")
def keyboard(rng: Rng) -> Made:
    side = int(rng.integers(18, 40))
    ground, key, ink = (60, 210, 20) if rng.random() < 0.5 else (200, 40, 230)
    board = Image.new("L", (side * 11, side * 5), ground)
    draw = ImageDraw.Draw(board)
    for row, letters in enumerate(("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM", "    ")):
        for column, letter in enumerate(letters):
            x, y = side * (0.5 + column + row * 0.3), side * (0.5 + row)
            draw.rounded_rectangle((x, y, x + side * 0.88, y + side * 0.88), 3, fill=key)
            draw.text((x + side * 0.25, y + side * 0.15), letter, fill=ink, font=font(side * 0.5))
    return to_bytes(np.asarray(board) * lit((side * 5, side * 11), rng, 0.4))
