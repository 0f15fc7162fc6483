"""Several digits where one is expected."""

from __future__ import annotations

import numpy as np

from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.glyphs.shapes import STYLES, Glyph, Hand
from training.synthesis.handwriting import Writing, write

from .arrays import Rng
from .kinds import kind, side_by_side, sketch_of


def a_digit(rng: Rng, digit: int | None = None) -> Glyph:
    """Of any style, each digit as likely."""
    digit = int(rng.integers(10)) if digit is None else digit
    styles = [style for style in STYLES if style.digit == digit]
    weights = np.array([style.weight for style in styles])
    return styles[rng.choice(len(styles), p=weights / weights.sum())].draw(Hand(rng))


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
