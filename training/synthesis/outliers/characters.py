"""Letters and signs."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.characters import HELD_BACK_LETTERS, HELD_BACK_SIGNS, LETTERS, SIGNS, glyph_of
from training.synthesis.curves import smooth
from training.synthesis.writing import Writing, write

from .arrays import Rng
from .kinds import HELD_BACK_PRINTED, PRINTED, kind, side_by_side, sketch_of
from .paper import on_paper


def random_character(table: dict[str, str], rng: Rng) -> Sketch:
    line = list(table.values())[rng.integers(len(table))]
    return sketch_of(write(glyph_of(line), Writing.sample(rng), rng), rng)


@kind("letter")
def letter(rng: Rng) -> Sketch:
    return random_character(LETTERS, rng)


@kind("letter", held_back=True)
def other_letter(rng: Rng) -> Sketch:
    return random_character(HELD_BACK_LETTERS, rng)


@kind("letter")
def strange_character(rng: Rng) -> Sketch:
    """Three to six lines, hooks and bows on a grid, of no alphabet."""
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
    """One of the letters in the font that Pillow includes, upright or leaning."""
    font = ImageFont.load_default(size=float(rng.integers(60, 160)))
    canvas = Image.new("L", (280, 280))
    ImageDraw.Draw(canvas).text((140, 140), letters[rng.integers(len(letters))], font=font, fill=255, anchor="mm")
    lean = rng.normal(0, 0.12)
    leaning = canvas.transform(canvas.size, Image.Transform.AFFINE, (1, lean, -140 * lean, 0, 1, 0))
    return on_paper(np.asarray(leaning.crop(leaning.getbbox())), rng)


@kind("sign")
def sign(rng: Rng) -> Sketch:
    return random_character(SIGNS, rng)


@kind("sign", held_back=True)
def other_sign(rng: Rng) -> Sketch:
    return random_character(HELD_BACK_SIGNS, rng)
