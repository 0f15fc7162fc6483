"""What people send that is no digit, of kinds that nothing in `training` has: no network and no threshold knows them.

`training.synthesis.outliers` holds kinds back as well, but from the same hand. These are only measured with. A kind is
made of a random generator: strokes for the pad, or a picture in grey (0 black to 255 white) or colour for the upload.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.characters import HELD_BACK_LETTERS, LETTERS, glyph_of
from training.synthesis.curves import Path, smooth
from training.synthesis.outliers.arrays import lit, some_size, to_bytes
from training.synthesis.outliers.kinds import sketch_of
from training.synthesis.outliers.numbers import random_digit, side_by_side
from training.synthesis.outliers.scenes import fractal
from training.synthesis.writing import Writing, write

Rng = np.random.Generator
Made = Sketch | NDArray[np.uint8]  # a picture: shape (height, width) or (height, width, 3)

# In the manner of training.synthesis.characters, other shapes of letters than there.
OTHER_HANDS = {
    "A": "0,1 0,.4 .25,0 .5,.4 .5,1 / 0,.55 .5,.55",
    "C": ".6,.1 .3,0 0,.5 .3,1 .62,.86",
    "E": ".5,.08 .2,0 .04,.24 .26,.46 0,.7 .16,1 .54,.92",
    "F": "0,0 0,1 / 0,.02 .5,0 / 0,.45 .36,.42",
    "H": "0,0 .02,1 / .5,0 .48,.4 .5,1 / .02,.5 .48,.44",
    "K": "0,0 0,1 / .5,.05 .2,.4 .02,.52 .3,.6 .55,1",
    "L": ".3,.1 .2,0 .1,.2 .12,.8 0,.96 .2,.9 .6,1",
    "M": "0,1 0,.1 .14,0 .3,.3 .32,.9|.34,.3 .5,0 .64,.1 .66,1",
    "N": "0,1 .04,.1 .14,0 .4,.9 .48,1 .54,.9 .56,0",
    "P": ".1,.1 .06,1 / 0,.2 .3,0 .52,.2 .36,.5 .1,.52",
    "R": ".1,.1 .08,1 / 0,.2 .3,0 .5,.2 .34,.46 .1,.5 .3,.6 .56,1",
    "T": "0,.1 .2,0 .7,.06 / .36,.04 .3,.8 .1,1",
    "U": "0,0 .02,.7 .2,1 .42,.8 .46,0|.46,.9 .6,1",
    "V": "0,.06 .1,0 .28,1|.5,.1 .64,0",
    "W": "0,0 .04,.8 .16,1 .32,.7 .34,.2|.36,.7 .5,1 .64,.7 .68,0",
    "X": "0,.06 .14,0 .4,1 .54,.94 / .52,0 .04,1",
    "d": ".46,.6 .3,.4 .04,.6 .1,.96 .36,.9 .5,.4 .56,0|.5,.9 .64,1",
    "f": ".1,.7 .4,.3 .36,0 .22,.2 .2,1.1 .1,1.2 .08,1 .4,.7",
    "h": ".0,.9 .24,.3 .2,0 .08,.2 .06,1|.1,.6 .3,.5 .36,.7 .38,1",
    "k": ".0,.9 .24,.3 .2,0 .08,.2 .06,1|.1,.7 .34,.5 .3,.68 .1,.72 .24,.8 .42,1",
    "m": "0,.5 .08,.4 .1,1|.14,.5 .26,.42 .3,1|.34,.5 .46,.42 .5,.9 .62,1",
    "p": "0,.4 .08,.3 .06,1.3|.1,.5 .34,.3 .48,.6 .3,.9 .08,.8",
    "r": "0,.8 .1,.3 .14,.42 .34,.4 .34,.8 .5,1",
    "t": ".2,0 .16,.8 .3,1 .46,.86 / 0,.34 .4,.26",
    "w": "0,.4 .04,.9 .2,1 .3,.5|.32,.9 .46,1 .58,.6 .6,.4 .7,.46",
    "x": "0,.4 .14,.4 .34,1 .5,1 / .46,.4 .02,1",
    "yu": "0,0 0,1 / 0,.5 .24,.5 / .24,.5 .3,.1 .5,0 .72,.2 .74,.7 .54,1 .3,.9 .24,.5",
    "delta": ".3,0 0,1|.62,1|.3,0",
    "aleph": "0,0 .7,1 / .6,0 .64,.3 .4,.5 / .2,.3 .04,.6 .06,1",
}
# Nobody can tell these from digits by their shape: told of apart, and no share of anything.
LOOKALIKES = {
    "O": ".3,0 0,.3 0,.7 .3,1 .6,.7 .6,.3 .3,0",
    "I": "0,0 0,1",
    "l": ".0,.9 .26,.3 .2,0 .08,.3 .1,.9 .3,1",
    "S": ".5,.1 .25,0 .03,.22 .25,.48 .52,.75 .28,1 0,.88",
    "Z": "0,0 .55,0|0,1|.58,1",
    "B": "0,0 0,1 / 0,0 .4,.05 .42,.42 0,.48|.5,.55 .5,.95 0,1",
    "b": ".05,0 0,.9|.02,.7 .3,.5 .46,.76 .26,1 0,.9",
    "q": ".42,.3 .12,.28 0,.6 .2,.9 .42,.6 / .44,.28 .42,1.2",
    "g": ".42,.3 .12,.28 0,.55 .2,.8 .42,.5 .42,.28|.42,1 .2,1.2 0,1.08",
    "J": ".4,0 .4,.8 .2,1 0,.84",
    "G": ".56,.14 .3,0 .02,.4 .12,.9 .44,1 .56,.6|.34,.6",
    "Y": "0,0 .26,.46 / .54,0 .16,1",
    "D": "0,0 0,1 / 0,0 .5,.2 .54,.7 0,1",
}
SHAPES = ("square", "bar", "pentagon", "rhombus", "box", "crescent", "cross", "frame")
WORDS = ("time", "water", "house", "under", "light", "number", "every", "great", "study", "world", "plant", "father")


@dataclass(frozen=True)
class Kind:
    name: str
    group: str
    make: Callable[[Rng], Made]


KINDS: dict[str, Kind] = {}


def kind(group: str) -> Callable[[Callable[[Rng], Made]], Callable[[Rng], Made]]:
    """Put the decorated maker on the table, under its name."""

    def register(make: Callable[[Rng], Made]) -> Callable[[Rng], Made]:
        name = make.__name__.replace("_", " ")
        KINDS[name] = Kind(name, group, make)
        return make

    return register


def strangers(count: int, seed: int) -> Iterator[tuple[Kind, Made]]:
    """So many of each kind, the same for the same seed."""
    for number, each in enumerate(KINDS.values()):
        rng = np.random.default_rng((seed, number))
        for _ in range(count):
            yield each, each.make(rng)


def written(line: str, rng: Rng) -> Sketch:
    return sketch_of(write(glyph_of(line), Writing.sample(rng), rng), rng)


def any_of(table: dict[str, str], rng: Rng) -> str:
    return list(table.values())[rng.integers(len(table))]


@kind("letter")
def letter_by_another_hand(rng: Rng) -> Made:
    return written(any_of(OTHER_HANDS, rng), rng)


@kind("lookalike")
def letter_like_a_digit(rng: Rng) -> Made:
    return written(any_of(LOOKALIKES, rng), rng)


@kind("letter")
def word(rng: Rng) -> Made:
    letters = LETTERS | HELD_BACK_LETTERS | OTHER_HANDS
    return sketch_of(side_by_side([glyph_of(any_of(letters, rng)) for _ in range(rng.integers(3, 7))], rng), rng)


@kind("sign")
def shape(rng: Rng) -> Made:
    """Drawn by hand, closed but for the hand's haste, turned a little."""
    name = SHAPES[rng.integers(len(SHAPES))]
    if name in ("square", "bar", "frame"):
        high = {"square": 1.0, "bar": 0.35, "frame": 0.7}[name]
        ways = [np.array([[0, 0], [1, 0], [1, high], [0, high], [0, 0]], float)]
        if name == "frame":
            ways.append(ways[0] * 0.6 + [0.2, 0.2 * high])
    elif name in ("pentagon", "rhombus"):
        corners = 5 if name == "pentagon" else 4
        angles = np.linspace(0, 2 * np.pi, corners + 1) - np.pi / 2
        ways = [np.column_stack([np.cos(angles) * (1 if corners == 5 else 0.7), np.sin(angles)])]
    elif name == "box":
        face = np.array([[0, 0.3], [0.7, 0.3], [0.7, 1], [0, 1], [0, 0.3]])
        ways = [face, np.array([[0, 0.3], [0.3, 0], [1, 0], [0.7, 0.3]]), np.array([[1, 0], [1, 0.7], [0.7, 1]])]
    elif name == "crescent":
        angles = np.linspace(-2, 2, 12)
        outer = np.column_stack([-np.cos(angles / 1.3), np.sin(angles / 1.3)])
        inner = np.column_stack([-np.cos(angles / 1.3) * 0.5 + outer[0, 0] * 0.5, np.sin(angles / 1.3)])
        ways = [smooth(np.vstack([outer, inner[::-1]]))]
    else:
        ways = [np.array([[0, 0.35], [0.9, 0.35]]), np.array([[0.45, 0], [0.45, 1.3]])]
    turn = rng.normal(0, 0.12)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return sketch_of([(way + rng.normal(0, 0.025, way.shape)) @ turned.T for way in ways], rng)


@kind("sign")
def smiling_face(rng: Rng) -> Made:
    t = np.linspace(0, 2 * np.pi * rng.uniform(0.95, 1.05), 40)
    ring = np.column_stack([np.cos(t) * rng.uniform(0.85, 1.1), np.sin(t)])
    eyes = [np.array([[side * 0.35, -0.3], [side * 0.35 + 0.03, rng.uniform(-0.28, -0.1)]]) for side in (-1, 1)]
    mouth = np.column_stack(
        [np.linspace(-0.5, 0.5, 9), 0.35 + rng.choice([-0.25, 0.25]) * np.cos(np.linspace(-2, 2, 9))]
    )
    nose = [np.array([[0, -0.1], [0.05, 0.12]])] if rng.random() < 0.4 else []
    return sketch_of([ring, *eyes, *nose, mouth], rng)


@kind("sign")
def arrow_any_way(rng: Rng) -> Made:
    head = rng.uniform(0.2, 0.4)
    ways = [np.array([[0, 0], [1, 0.0]]), np.array([[1 - head, -head * 0.8], [1, 0], [1 - head, head * 0.8]])]
    if rng.random() < 0.3:
        ways.append(np.array([[head, -head * 0.8], [0, 0], [head, head * 0.8]]))
    angle = rng.choice([0, np.pi, np.pi / 2, -np.pi / 2]) + rng.normal(0, 0.3)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return sketch_of([(way + rng.normal(0, 0.02, way.shape)) @ turned.T for way in ways], rng)


@kind("sign")
def star_of_lines(rng: Rng) -> Made:
    """Three to five lines through one middle, or a star of two triangles."""
    if rng.random() < 0.4:
        angles = np.arange(4) * 2 * np.pi / 3 + np.pi / 2
        one = np.column_stack([np.cos(angles), np.sin(angles)])
        return sketch_of([one + rng.normal(0, 0.03, one.shape), -one + rng.normal(0, 0.03, one.shape)], rng)
    count = rng.integers(3, 6)
    ways = []
    for angle in np.arange(count) * np.pi / count + rng.uniform(0, 1):
        reach = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.7, 1)
        ways.append(np.array([-reach, reach]) + rng.normal(0, 0.04, 2))
    return sketch_of(ways, rng)


@kind("sign")
def mathematics(rng: Rng) -> Made:
    """Plus-minus, root, sum, divided by, unequal, infinity, integral, less, brackets, a mean bar over x."""
    lines = (
        ".3,0 .3,.7 / 0,.35 .6,.35 / 0,.9 .6,.9",
        "0,.6 .1,.5 .25,1|.45,0|1,0",
        "0,.4 .8,.4 / .4,.1 .41,.14 / .4,.66 .41,.7",
        "0,.2 .8,.2 / 0,.6 .8,.6 / .6,-.1 .2,.9",
        "0,.3 .2,.1 .4,.3 .8,.5 1,.3 .8,.1 .4,.3 .2,.5 0,.3",
        ".4,.05 .3,0 .2,.2 .22,.8 .12,1 0,.94 / .5,.9 .6,.8",
        ".6,0 0,.4|.6,.8 / 0,1 .6,1",
        ".3,0 0,0|0,1|.3,1 / .8,0 1.1,0|1.1,1|.8,1",
        ".3,0 0,.5 .3,1 / .6,.4 1,.9 / 1,.4 .6,.9 / 1.3,0 1.6,.5 1.3,1",
    )
    return written(lines[rng.integers(len(lines))], rng)


@kind("scribble")
def signature(rng: Rng) -> Made:
    """A quick wave that grows smaller, with loops, mostly over a line."""
    t = np.linspace(0, 2 * np.pi * rng.uniform(3, 7), 160)
    high = np.exp(-t / t[-1] * rng.uniform(0.5, 2)) * (1 + 0.6 * np.sin(t * rng.uniform(0.2, 0.6) + rng.uniform(0, 6)))
    way = np.column_stack([t * 0.22 + 0.25 * np.cos(t * rng.uniform(0.8, 1.2)), high * np.sin(t)])
    line = np.array([[way[:, 0].min(), 1.2], [way[:, 0].max(), rng.uniform(0.8, 1.2)]])
    return sketch_of([way, line] if rng.random() < 0.6 else [way], rng)


@kind("scribble")
def struck_out(rng: Rng) -> Made:
    """A digit that its writer has crossed out."""
    paths = write(random_digit(rng), Writing.sample(rng), rng)
    low, high = np.vstack(paths).min(0), np.vstack(paths).max(0)
    turns = int(rng.integers(5, 12))
    across = np.where(np.arange(turns) % 2, -0.1, 1.1) + rng.normal(0, 0.05, turns)
    line = np.column_stack([across, np.linspace(rng.uniform(0, 0.3), rng.uniform(0.7, 1), turns)])
    return sketch_of([*paths, low + line * (high - low)], rng)


@kind("two digits")
def over_one_another(rng: Rng) -> Made:
    """Two digits that overlap, as when one was not wiped off before the next."""
    writing = Writing.sample(rng)
    one, two = (write(random_digit(rng), writing, rng) for _ in range(2))
    width = float(np.ptp(np.vstack(one)[:, 0]))
    shift = np.array([rng.uniform(0.35, 0.8) * max(width, 0.3), rng.normal(0, 0.15)])
    return sketch_of([*one, *(way + shift for way in two)], rng)


@kind("two digits")
def beside_one_another(rng: Rng) -> Made:
    writing = Writing.sample(rng)
    ways: list[Path] = []
    right = 0.0
    for _ in range(2):
        new = write(random_digit(rng), writing, rng)
        low, high = np.vstack(new).min(0), np.vstack(new).max(0)
        ways += [way - [low[0] - right, 0] for way in new]
        right += high[0] - low[0] + rng.uniform(0.1, 0.8)
    return sketch_of(ways, rng)


@kind("noise")
def noise_in_colour(rng: Rng) -> Made:
    return to_bytes(rng.normal(128, rng.uniform(20, 80), (*some_size(rng), 3)))


@kind("noise")
def salt_and_pepper(rng: Rng) -> Made:
    picture = np.full(some_size(rng), float(rng.integers(60, 255)))
    chance = rng.random(picture.shape)
    share = rng.uniform(0.01, 0.15)
    return to_bytes(np.where(chance < share, 0, np.where(chance > 1 - share, 255, picture)))


@kind("noise")
def noise_as_small_as_the_input(rng: Rng) -> Made:
    picture = rng.uniform(0, 255, (28, 28))
    return to_bytes(picture if rng.random() < 0.5 else np.where(picture > rng.uniform(90, 220), 255, 0))


@kind("pattern")
def stripes(rng: Rng) -> Made:
    rows, columns = np.mgrid[tuple(slice(0, side) for side in some_size(rng))]
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    wave = np.sin(2 * np.pi * (rows * np.cos(angle) + columns * np.sin(angle)) / rng.uniform(8, 80))
    return to_bytes(127 + rng.uniform(40, 127) * (np.sign(wave) if rng.random() < 0.6 else wave))


@kind("pattern")
def chessboard(rng: Rng) -> Made:
    rows, columns = np.mgrid[tuple(slice(0, side) for side in some_size(rng))]
    side = rng.integers(8, 60)
    light, dark = rng.uniform(150, 255), rng.uniform(0, 110)
    return to_bytes(np.where((rows // side + columns // side) % 2, light, dark).astype(float))


@kind("pattern")
def gradient(rng: Rng) -> Made:
    height, width = some_size(rng)
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    way = np.hypot(rows, columns) if rng.random() < 0.4 else rows * rng.normal() + columns * rng.normal()
    colour = rng.uniform(0, 255, (2, 3))
    share = ((way - way.min()) / np.ptp(way))[..., None]
    return to_bytes(colour[0] * (1 - share) + colour[1] * share)


@kind("pattern")
def dots_on_cloth(rng: Rng) -> Made:
    rows, columns = np.mgrid[tuple(slice(0, side) for side in some_size(rng))]
    step = rng.uniform(14, 50)
    away = np.hypot(rows % step - step / 2, columns % step - step / 2)
    return to_bytes(np.where(away < step * rng.uniform(0.15, 0.4), rng.uniform(0, 100), rng.uniform(150, 255)))


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
        way = [tuple(point) for point in smooth(nodes).tolist()]
        broad = int(rng.integers(2, 9))
        draw.line(way, fill=(150, 140, 130), width=broad + 2)
        draw.line(way, fill=(255, 255, 255) if rng.random() < 0.7 else (250, 200, 90), width=broad)
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


def tinted(light: NDArray[np.float64], rng: Rng) -> NDArray[np.uint8]:
    """Grey values, 0 to 255, in a colour of their own, with a camera's grain."""
    colour = rng.uniform(0.7, 1.15, 3)
    return to_bytes(light[..., None] * colour + rng.normal(0, rng.uniform(1, 7), (*light.shape, 3)))


def soft(canvas: Image.Image, most: float, rng: Rng) -> NDArray[np.float64]:
    return np.asarray(canvas.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, most))), np.float64)


@kind("photograph")
def portrait(rng: Rng) -> Made:
    """Head and shoulders before something."""
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
    """A wall with rows of windows under a sky."""
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
    """A road that runs to a vanishing point between walls, with a car or none."""
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
