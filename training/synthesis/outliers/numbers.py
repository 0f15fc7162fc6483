"""Several digits where the network expects one."""

from __future__ import annotations

import numpy as np

from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.glyphs.shapes import STYLES, Glyph, Hand
from training.synthesis.writing import Writing, write

from .arrays import Rng
from .kinds import kind, side_by_side, sketch_of


def random_digit(rng: Rng, digit: int | None = None) -> Glyph:
    """The given digit, else any of the ten with equal chance, in a style drawn by its weight."""
    digit = int(rng.integers(10)) if digit is None else digit
    styles = [style for style in STYLES if style.digit == digit]
    weights = np.array([style.weight for style in styles])
    return styles[rng.choice(len(styles), p=weights / weights.sum())].draw(Hand(rng))


@kind("two digits")
def two_digits(rng: Rng) -> Sketch:
    return sketch_of(side_by_side([random_digit(rng), random_digit(rng)], rng), rng)


@kind("two digits", held_back=True)
def three_digits(rng: Rng) -> Sketch:
    return sketch_of(side_by_side([random_digit(rng) for _ in range(3)], rng), rng)


@kind("two digits", held_back=True)
def two_digits_apart(rng: Rng) -> Sketch:
    """Two digits with a wide gap between them."""
    writing = Writing.sample(rng)
    first, second = (write(random_digit(rng), writing, rng) for _ in range(2))
    gap = rng.uniform(0.9, 1.6)
    return sketch_of([*first, *(path + np.array([gap, rng.normal(0, 0.1)]) for path in second)], rng)


@kind("two digits")
def number(rng: Rng) -> Sketch:
    return sketch_of(side_by_side([random_digit(rng) for _ in range(rng.integers(2, 5))], rng), rng)


@kind("two digits")
def one_above_another(rng: Rng) -> Sketch:
    writing = Writing.sample(rng)
    first, second = (write(random_digit(rng), writing, rng) for _ in range(2))
    drop = rng.uniform(1.1, 1.5)
    return sketch_of([*first, *(path + np.array([rng.normal(0, 0.1), drop]) for path in second)], rng)
