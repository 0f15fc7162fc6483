"""What people put in that is no digit: noise, scribbles, letters, signs, two digits at once, pictures of other things.

Strokes pass the pad's renderer, pictures the photographs' way, and both the framing that digits pass. Some kinds
are held back from all training and choosing of thresholds: they tell how a network does on what it never met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from classifier.errors import NoInk
from classifier.preprocessing import Found, Grey, find_digits, find_digits_in_sketch
from classifier.strokes import Sketch, render

from .characters import HELD_BACK_LETTERS, HELD_BACK_SIGNS, LETTERS, SIGNS, glyph_of
from .glyphs import STYLES, Glyph, Hand
from .strokes import PAD, Path, Seed, Writing, evenly, place, smooth, write

GROUPS = ("noise", "scribble", "letter", "sign", "two digits", "photograph")
VERSION = 2  # goes up whenever other pictures come out
SHARE_AS_PICTURE = 0.3  # of what is drawn comes as a picture of ink on paper, not as strokes
PRINTED, HELD_BACK_PRINTED = "ACFKMPTUWXadhmprt", "EHLNRVefkncuvwx"  # letters that no digit resembles
Rng = np.random.Generator
Field = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    name: str
    group: str  # of GROUPS
    make: Callable[[Rng], Sketch | Grey]
    is_held_back: bool


class Junk(NamedTuple):
    kind: str  # a Kind's name
    what: Sketch | Grey  # as a person would put it in


KINDS: dict[str, Kind] = {}


def kind(
    group: str, *, held_back: bool = False
) -> Callable[[Callable[[Rng], Sketch | Grey]], Callable[[Rng], Sketch | Grey]]:
    """Put the decorated maker on the table, under its name."""

    def register(make: Callable[[Rng], Sketch | Grey]) -> Callable[[Rng], Sketch | Grey]:
        name = make.__name__.replace("_", " ")
        KINDS[name] = Kind(name, group, make, held_back)
        return make

    return register


# --- what is asked for --------------------------------------------------------------------------


def draw_junk(count: int, seed: Seed, *, held_back: bool = False) -> tuple[NDArray[np.uint8], list[str]]:
    """What a network is given of things that are no digits, shape (n, 28, 28), and the kind of each.

    As much of each group as of any other, of each kind in it as of any other. held_back: of the kinds that are
    kept for measuring, instead of those to learn from. The same for the same seed.
    """
    drawn = list(find_junk(count, seed, held_back=held_back))
    return np.stack([found.pixels for _, found in drawn]), [name for name, _ in drawn]


def find_junk(count: int, seed: Seed, *, held_back: bool = False) -> Iterator[tuple[str, Found]]:
    """The same one by one, with all that preprocessing noticed. What it turns away as blank is drawn anew."""
    rng = np.random.default_rng(seed)
    made = 0
    for junk in _endlessly(rng, held_back):
        try:
            found = frame_junk(junk.what)
        except NoInk:
            continue
        yield junk.kind, found
        made += 1
        if made == count:
            return


def draw_junk_sketches(count: int, seed: Seed, *, held_back: bool = False) -> Iterator[Junk]:
    """Junk drawn with the pen alone, for the pad."""
    found = (junk for junk in _endlessly(np.random.default_rng(seed), held_back) if isinstance(junk.what, Sketch))
    for _, junk in zip(range(count), found, strict=False):
        yield junk


def draw_junk_of(name: str, count: int, seed: Seed) -> list[Sketch | Grey]:
    """Junk of one kind."""
    rng = np.random.default_rng(seed)
    return [KINDS[name].make(rng) for _ in range(count)]


def frame_junk(what: Sketch | Grey) -> Found:
    """The one digit that it is taken for. Raises NoInk."""
    found = (
        find_digits_in_sketch(what, one_digit=True) if isinstance(what, Sketch) else find_digits(what, one_digit=True)
    )
    return found[0]


def _endlessly(rng: Rng, held_back: bool) -> Iterator[Junk]:
    by_group = [
        [each for each in KINDS.values() if each.group == group and each.is_held_back == held_back] for group in GROUPS
    ]
    while True:
        for number in rng.permutation(len(GROUPS)):
            chosen = by_group[number][rng.integers(len(by_group[number]))]
            what = chosen.make(rng)
            if isinstance(what, Sketch) and rng.random() < SHARE_AS_PICTURE:
                what = on_paper(render(what), rng)
            yield Junk(chosen.name, what)


# --- strokes ------------------------------------------------------------------------------------


def sketch_of(paths: list[Path], rng: Rng) -> Sketch:
    """Pen's ways of any size, laid on a pad as digits are: somewhere, of some size, with some pen."""
    size = rng.uniform(60, 250)
    pen = float(np.clip(size * np.exp(rng.normal(-2.3, 0.35)), 4, 40))
    longest = float(np.ptp(np.vstack(paths), 0).max())
    whole = [path / longest for path in paths]
    return Sketch(
        [evenly(path, 5.0).round(1).tolist() for path in place(whole, size, pen, rng)], PAD, PAD, round(pen, 1)
    )


def character(table: dict[str, str], rng: Rng) -> Sketch:
    line = list(table.values())[rng.integers(len(table))]
    return sketch_of(write(glyph_of(line), Writing.by(rng), rng), rng)


@dataclass(frozen=True)
class Paper:
    """How ink comes onto a picture: bounds that its values are drawn from."""

    longest: tuple[float, float] = (24, 300)  # px of the ink's longer side
    dark: tuple[float, float] = (0.35, 0.95)  # of the paper's light that full ink takes


PENCIL = Paper(longest=(12, 60), dark=(0.3, 0.8))  # small crops, some faint


def on_paper(ink: NDArray[np.uint8], rng: Rng, paper: Paper = Paper()) -> Grey:
    """A picture of ink on paper as a camera, a scanner or a screen gives it: of some size, some shade, grain and blur.

    ink: shape (height, width), 0 ground to 255 ink, of any size.
    """
    longest = float(np.exp(rng.uniform(*np.log(paper.longest))))
    height, width = (max(6, round(side * longest / max(ink.shape))) for side in ink.shape)
    margin = round(longest * rng.uniform(0.05, 0.4))
    drawn = Image.fromarray(np.pad(ink, max(1, max(ink.shape) // 20)))
    scaled = drawn.resize((width, height), Image.Resampling.BICUBIC if rng.random() < 0.5 else Image.Resampling.BOX)
    blurred = scaled.filter(ImageFilter.GaussianBlur(longest * rng.uniform(0, 0.03) * rng.random()))
    cover = np.pad(np.asarray(blurred), margin) / 255.0
    if rng.random() < 0.3:
        cover = cover ** rng.uniform(0.6, 1.8)  # a soft pencil, or one that was pressed hard
    ground = rng.uniform(130, 255) * lit(cover.shape, rng, rng.uniform(0, 0.3))
    picture = ground * (1 - rng.uniform(*paper.dark) * cover) + rng.normal(0, rng.uniform(0, 5), cover.shape)
    return to_bytes(picture if rng.random() < 0.85 else 255 - picture)


@kind("letter")
def letter(rng: Rng) -> Sketch:
    return character(LETTERS, rng)


@kind("letter", held_back=True)
def other_letter(rng: Rng) -> Sketch:
    return character(HELD_BACK_LETTERS, rng)


@kind("letter")
def strange_character(rng: Rng) -> Sketch:
    """Of no alphabet: three to six lines, hooks and bows on a grid."""
    paths = []
    for _ in range(rng.integers(3, 7)):
        start, end = rng.integers(0, 4, 2) / 3.0, rng.integers(0, 4, 2) / 3.0
        while np.hypot(*(end - start)) < 0.3:
            end = rng.integers(0, 4, 2) / 3.0
        across = np.array([end[1] - start[1], start[0] - end[0]]) * rng.choice([0, 0, -0.45, 0.45])
        middle = (start + end) / 2 + across
        paths.append(smooth(np.array([start, middle, end]) * [0.8, 1.0]))
    return sketch_of(paths, rng)


@kind("letter")
def two_letters(rng: Rng) -> Sketch:
    names = list(LETTERS)
    lines = [LETTERS[names[number]] for number in rng.integers(len(names), size=rng.integers(2, 5))]
    return sketch_of(side_by_side([glyph_of(line) for line in lines], rng), rng)


@kind("letter")
def printed_letter(rng: Rng) -> Grey:
    return printed(PRINTED, rng)


@kind("letter", held_back=True)
def other_printed_letter(rng: Rng) -> Grey:
    return printed(HELD_BACK_PRINTED, rng)


def printed(letters: str, rng: Rng) -> Grey:
    """One of the letters by the font that Pillow brings, upright or leaning."""
    font = ImageFont.load_default(size=float(rng.integers(60, 160)))
    canvas = Image.new("L", (280, 280))
    ImageDraw.Draw(canvas).text((140, 140), letters[rng.integers(len(letters))], font=font, fill=255, anchor="mm")
    lean = rng.normal(0, 0.12)
    leaning = canvas.transform(canvas.size, Image.Transform.AFFINE, (1, lean, -140 * lean, 0, 1, 0))
    return on_paper(np.asarray(leaning.crop(leaning.getbbox())), rng)


@kind("sign")
def sign(rng: Rng) -> Sketch:
    return character(SIGNS, rng)


@kind("sign", held_back=True)
def other_sign(rng: Rng) -> Sketch:
    return character(HELD_BACK_SIGNS, rng)


@kind("sign")
def lying_line(rng: Rng) -> Sketch:
    """A line from side to side; one that stands is a 1."""
    height = rng.uniform(-0.15, 0.15)
    return sketch_of([smooth(np.array([[0, 0.4], [0.5, 0.4 + rng.normal(0, 0.04)], [1, 0.4 + height]]))], rng)


@kind("sign")
def lone_dot(rng: Rng) -> Sketch:
    pen = float(rng.uniform(6, 40))
    x, y = rng.uniform(40, 240, 2)
    path = [[x, y], [x + rng.normal(0, pen / 5), y + rng.normal(0, pen / 5)]]
    return Sketch([path[: rng.integers(1, 3)]], PAD, PAD, pen)


@kind("sign")
def dots(rng: Rng) -> Sketch:
    points = rng.uniform(40, 240, (rng.integers(2, 12), 1, 2)).round(1)
    return Sketch(points.tolist(), PAD, PAD, float(rng.uniform(10, 30)))


# --- scribbles ----------------------------------------------------------------------------------


def wander(steps: int, curl: float, rng: Rng) -> Path:
    """A way that turns by chance. curl: radians per step, a standard deviation of the turn's change."""
    turn = np.cumsum(rng.normal(0, curl, steps))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(turn - turn.mean() * rng.random())
    return np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]), 0)


@kind("scribble")
def random_walk(rng: Rng) -> Sketch:
    return sketch_of([wander(int(rng.integers(250, 600)), rng.uniform(0.1, 0.35), rng)], rng)


@kind("scribble")
def jagged_walk(rng: Rng) -> Sketch:
    return sketch_of([rng.uniform(0, 1, (rng.integers(9, 25), 2))], rng)


@kind("scribble")
def tangle(rng: Rng) -> Sketch:
    """One smooth line through many places."""
    return sketch_of([smooth(rng.uniform(0, 1, (rng.integers(8, 30), 2)))], rng)


@kind("scribble")
def zigzag(rng: Rng) -> Sketch:
    turns = int(rng.integers(5, 16))
    along = np.linspace(0, rng.uniform(0.5, 1.3), turns) + rng.normal(0, 0.02, turns)
    across = np.where(np.arange(turns) % 2, 0, rng.uniform(0.3, 0.9)) + rng.normal(0, 0.05, turns)
    nodes = np.column_stack([along, across] if rng.random() < 0.7 else [across, along])
    return sketch_of([smooth(nodes) if rng.random() < 0.5 else nodes], rng)


@kind("scribble")
def crossed_out(rng: Rng) -> Sketch:
    """Hatching to and fro, in one direction or two."""
    paths = []
    for angle in rng.uniform(0, np.pi) + np.array([0, rng.uniform(1, 2)])[: rng.integers(1, 3)]:
        lines = int(rng.integers(4, 12))
        along = np.repeat(np.linspace(-0.5, 0.5, lines), 2) + rng.normal(0, 0.02, 2 * lines)
        across = np.tile([-0.5, 0.5, 0.5, -0.5], lines)[: 2 * lines] * rng.uniform(0.7, 1.2, 2 * lines)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        paths.append(np.column_stack([along, across]) @ turn.T + 0.5)
    return sketch_of(paths, rng)


@kind("scribble")
def filled_blob(rng: Rng) -> Sketch:
    """A patch painted all over."""
    count = int(rng.integers(30, 90))
    angles, reach = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.random(count)) * rng.uniform(0.15, 0.4)
    path = np.column_stack([np.cos(angles) * rng.uniform(0.5, 1.2), np.sin(angles)]) * reach[:, None] + 0.5
    sketch = sketch_of([path], rng)
    return Sketch(sketch.strokes, PAD, PAD, float(rng.uniform(18, 40)))


@kind("scribble")
def curls(rng: Rng) -> Sketch:
    """Loop after loop, as when trying a pen."""
    turns = rng.uniform(3, 8)
    t = np.linspace(0, 2 * np.pi * turns, int(30 * turns))
    way = np.column_stack([t * rng.uniform(0.08, 0.25) + np.cos(t), rng.uniform(0.7, 2) * np.sin(t)])
    return sketch_of([way * (1 + 0.2 * np.sin(t * rng.uniform(0.1, 0.5)))[:, None]], rng)


@kind("scribble")
def scattered_strokes(rng: Rng) -> Sketch:
    paths = []
    for _ in range(rng.integers(4, 12)):
        start = rng.uniform(0, 1, 2)
        paths.append(smooth(np.vstack([start, start + rng.normal(0, 0.3, (rng.integers(1, 4), 2))])))
    return sketch_of([np.clip(path, -0.1, 1.1) for path in paths], rng)


@kind("scribble")
def round_and_round(rng: Rng) -> Sketch:
    """Many rings over one another."""
    turns = rng.uniform(3, 9)
    t = np.linspace(0, 2 * np.pi * turns, int(30 * turns))
    reach = 1 + 0.35 * np.sin(t * rng.uniform(0.1, 0.45) + rng.uniform(0, 6))
    drift = np.outer(t, rng.normal(0, 0.02, 2))
    return sketch_of([np.column_stack([np.cos(t), np.sin(t)]) * reach[:, None] + drift], rng)


@kind("scribble", held_back=True)
def spiral(rng: Rng) -> Sketch:
    turns = rng.uniform(2.5, 6)
    t = np.linspace(0, 2 * np.pi * turns, int(40 * turns))
    way = np.column_stack([np.cos(t), np.sin(t) * rng.choice([-1, 1])]) * (t + rng.uniform(0, 2))[:, None]
    return sketch_of([way], rng)


@kind("scribble", held_back=True)
def waves(rng: Rng) -> Sketch:
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.5, 6), 150)
    way = np.column_stack([t / 4, np.sin(t) * (1 + 0.2 * np.sin(t / 3))])
    return sketch_of([way * [0.12, 0.25] + [0, 0.4]], rng)


@kind("scribble", held_back=True)
def net(rng: Rng) -> Sketch:
    """Lines across and lines down, none quite straight."""
    paths = []
    for axis in (0, 1):
        for at in np.linspace(0, 1, rng.integers(3, 7)):
            nodes = np.column_stack([np.linspace(0, 1, 4), at + rng.normal(0, 0.03, 4)])
            paths.append(smooth(nodes[:, ::-1] if axis else nodes))
    return sketch_of(paths, rng)


@kind("scribble", held_back=True)
def wandering_pieces(rng: Rng) -> Sketch:
    """A few short wanderings near one another."""
    return sketch_of(
        [wander(int(rng.integers(30, 80)), 0.15, rng) + rng.uniform(-25, 25, 2) for _ in range(rng.integers(3, 6))], rng
    )


# --- two digits ---------------------------------------------------------------------------------


def a_digit(rng: Rng, digit: int | None = None) -> Glyph:
    """Of any style, each digit as likely."""
    digit = int(rng.integers(10)) if digit is None else digit
    styles = [style for style in STYLES if style.digit == digit]
    weights = np.array([style.weight for style in styles])
    return styles[rng.choice(len(styles), p=weights / weights.sum())].draw(Hand(rng))


def side_by_side(glyphs: list[Glyph], rng: Rng) -> list[Path]:
    """Glyphs in a row, near one another, at times touching, none quite as high as the one before."""
    paths: list[Path] = []
    writing, x = Writing.by(rng), 0.0
    for glyph in glyphs:
        ways = write(glyph, writing, rng)
        low, high = np.vstack(ways).min(0), np.vstack(ways).max(0)
        size, drop = rng.uniform(0.85, 1.15), rng.normal(0, 0.06)
        paths += [(way - low) * size + [x, drop] for way in ways]
        x += (high[0] - low[0]) * size + rng.uniform(0.03, 0.4)
    return paths


@kind("two digits")
def two_digits(rng: Rng) -> Sketch:
    return sketch_of(side_by_side([a_digit(rng), a_digit(rng)], rng), rng)


@kind("two digits", held_back=True)
def three_digits(rng: Rng) -> Sketch:
    return sketch_of(side_by_side([a_digit(rng) for _ in range(3)], rng), rng)


@kind("two digits", held_back=True)
def two_digits_apart(rng: Rng) -> Sketch:
    """As far apart as the pad has room for."""
    writing = Writing.by(rng)
    first, second = (write(a_digit(rng), writing, rng) for _ in range(2))
    gap = rng.uniform(0.9, 1.6)
    return sketch_of([*first, *(way + np.array([gap, rng.normal(0, 0.1)]) for way in second)], rng)


@kind("two digits")
def number(rng: Rng) -> Sketch:
    return sketch_of(side_by_side([a_digit(rng) for _ in range(rng.integers(2, 5))], rng), rng)


@kind("two digits")
def one_above_another(rng: Rng) -> Sketch:
    writing = Writing.by(rng)
    first, second = (write(a_digit(rng), writing, rng) for _ in range(2))
    drop = rng.uniform(1.1, 1.5)
    return sketch_of([*first, *(way + np.array([rng.normal(0, 0.1), drop]) for way in second)], rng)


# --- noise --------------------------------------------------------------------------------------


def to_bytes(values: Field) -> Grey:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def some_size(rng: Rng) -> tuple[int, int]:
    return int(rng.integers(60, 300)), int(rng.integers(60, 300))


@kind("noise")
def even_noise(rng: Rng) -> Grey:
    """Each pixel by itself, of a picture as small as the network's input or larger."""
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
    """A hundred dots of the pen."""
    middle, spread = rng.uniform(100, 180, 2), rng.uniform(20, 70)
    points = rng.normal(middle, spread, (rng.integers(30, 200), 1, 2)).clip(5, 275).round(1)
    return Sketch(points.tolist(), PAD, PAD, float(rng.uniform(4, 16)))


@kind("noise", held_back=True)
def gaussian_noise(rng: Rng) -> Grey:
    shape = some_size(rng) if rng.random() < 0.5 else (28, 28)
    return to_bytes(rng.normal(rng.uniform(60, 200), rng.uniform(20, 90), shape))


@kind("noise", held_back=True)
def lines_of_noise(rng: Rng) -> Grey:
    """A broken screen: each row or column of its own grey."""
    height, width = some_size(rng)
    rows = np.repeat(rng.uniform(0, 255, height // 4 + 1), 4)[:height]
    picture = np.tile(rows[:, None], (1, width)) + rng.normal(0, rng.uniform(0, 60), (height, width))
    return to_bytes(picture if rng.random() < 0.5 else picture.T)


@kind("noise", held_back=True)
def patch_of_noise(rng: Rng) -> Grey:
    """Noise within a round patch of a flat ground."""
    rows, columns = np.mgrid[-1:1:160j, -1:1:160j]
    inside = (rows / rng.uniform(0.4, 0.8)) ** 2 + (columns / rng.uniform(0.4, 0.8)) ** 2 < 1
    return to_bytes(np.where(inside, rng.uniform(0, 255, inside.shape), 255.0))


# --- pictures of other things -------------------------------------------------------------------


def lit(shape: tuple[int, ...], rng: Rng, depth: float) -> Field:
    """Light that falls off across a picture: 1 down to 1 - depth."""
    rows, columns = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    fall = np.cos(angle) * rows + np.sin(angle) * columns
    light: Field = 1 - depth * (fall - fall.min()) / max(float(np.ptp(fall)), 1e-9)
    return light


def fractal(shape: tuple[int, int], steepness: float, rng: Rng) -> Field:
    """Clouds, 0 to 255: noise whose waves are the stronger the longer they are. steepness: 1 rough to 3 smooth."""
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    strength = 1 / np.maximum(np.hypot(rows, columns), 1 / max(shape)) ** (steepness / 2 + 0.5)
    waves_ = strength * np.exp(2j * np.pi * rng.random(strength.shape))
    waves_[0, 0] = 0
    field = np.fft.irfft2(waves_, shape)
    low, high = np.percentile(field, [1, 99])
    stretched: Field = (field - low) / (high - low) * 255
    return stretched


@kind("photograph")
def clouds(rng: Rng) -> Grey:
    return to_bytes(fractal(some_size(rng), rng.uniform(1, 3), rng))


@kind("photograph")
def things(rng: Rng) -> Grey:
    """Rounded and angular bodies in front of one another, each with its own light, before a background."""
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
        place_ = rows * np.cos(angle) + columns * np.sin(angle)
        start = rng.uniform(place_.min(), place_.max())
        band = (place_ > start) & (place_ < start + rng.uniform(5, max(height, width)))
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
    """Sky, hills one behind the other, and a tree or none."""
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    picture = rng.uniform(150, 240) * lit((height, width), rng, 0.3) + 0.1 * fractal((height, width), 2.5, rng)
    for level in np.sort(rng.uniform(0.3, 0.9, rng.integers(2, 5))):
        ridge = height * (level + 0.08 * np.sin(columns / width * rng.uniform(4, 16) + rng.uniform(0, 6)))
        ground = rng.uniform(20, 200) + 0.3 * (fractal((height, width), 1.5, rng) - 127)
        picture = np.where(rows > ridge, ground, picture)
    return to_bytes(picture)


@kind("photograph", held_back=True)
def bricks(rng: Rng) -> Grey:
    height, width = some_size(rng)
    rows, columns = np.mgrid[0:height, 0:width]
    tall, long = rng.uniform(12, 40), rng.uniform(25, 80)
    course = rows // tall
    is_joint = (rows % tall < 3) | ((columns + (course % 2) * long / 2) % long < 3)
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
