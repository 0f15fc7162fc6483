"""The marks among digits, written as strokes.

Lengths are in heights of a digit; y is -0.5 at its top and 0.5 at its foot.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.synthesis.characters import HELD_BACK_LETTERS, LETTERS, SIGNS, glyph_of
from training.synthesis.curves import Path
from training.synthesis.glyphs.shapes import ring
from training.synthesis.writing import Writing, write

Rng = np.random.Generator

CURRENCIES = {
    "dollar": ".5,.16 .26,.04 .08,.2 .2,.42 .42,.56 .5,.78 .3,.94 .04,.82 / .28,-.1 .26,1.1",
    "euro": ".62,.14 .4,0 .14,.22 .1,.5 .16,.8 .4,1 .62,.86 / 0,.4 .44,.4 / 0,.6 .4,.6",
    "pound": ".54,.16 .36,0 .2,.2 .22,.6 .04,1|.56,.96 / .04,.54 .42,.54",
    "hash": SIGNS["hash"],
    "asterisk": SIGNS["asterisk"],
    "at": ".6,.35 .4,.3 .3,.55 .42,.7 .6,.6 .64,.34|.64,.64 .78,.7 .92,.4 .7,.05 .3,.05 .04,.4 .1,.8 .45,1 .8,.9",
}


def dot(rng: Rng, x: float, y: float) -> Path:
    """A dab of the pen, or a short stroke."""
    length = rng.uniform(0, 0.09) if rng.random() < 0.7 else rng.uniform(0.05, 0.14)
    angle = rng.uniform(-0.5, 2.2)
    return np.array([[x, y], [x + length * np.cos(angle), y + length * np.sin(angle)]])


def dash_at(rng: Rng, y: float, least: float = 0.2, most: float = 0.6) -> Path:
    width = rng.uniform(least, most)
    tilt = rng.normal(0, 0.04)
    bow = rng.normal(0, 0.02)
    return np.array([[-width / 2, y + tilt], [0, y + bow], [width / 2, y - tilt]])


def point(rng: Rng) -> list[Path]:
    return [dot(rng, 0, rng.uniform(0.36, 0.54))]


def comma(rng: Rng) -> list[Path]:
    top, length, lean = rng.uniform(0.32, 0.48), rng.uniform(0.12, 0.32), rng.uniform(0.02, 0.14)
    if rng.random() < 0.4:  # with a head, bent
        return [np.array([[-0.02, top], [0.03, top + 0.03], [0.02, top + length / 2], [-lean, top + length]])]
    return [np.array([[0.0, top], [-lean * 0.4, top + length / 2], [-lean, top + length]])]


def dash(rng: Rng) -> list[Path]:
    return [dash_at(rng, rng.uniform(-0.14, 0.24))]


def slash(rng: Rng) -> list[Path]:
    lean, top, foot = rng.uniform(0.08, 0.32), rng.uniform(-0.7, -0.4), rng.uniform(0.4, 0.7)
    return [np.array([[lean, top], [rng.normal(0, 0.02), 0], [-lean, foot]])]


def colon(rng: Rng) -> list[Path]:
    return [dot(rng, rng.normal(0.03, 0.03), rng.uniform(-0.28, 0)), dot(rng, 0, rng.uniform(0.22, 0.46))]


def equals(rng: Rng) -> list[Path]:
    middle, apart = rng.uniform(-0.05, 0.15), rng.uniform(0.08, 0.16)
    return [dash_at(rng, middle - apart, 0.3), dash_at(rng, middle + apart, 0.3)]


def percent(rng: Rng) -> list[Path]:
    lean = rng.uniform(0.15, 0.32)
    line = np.array([[lean, rng.uniform(-0.55, -0.4)], [-lean, rng.uniform(0.4, 0.55)]])
    rings = []
    for side in (-1, 1):
        size = rng.uniform(0.09, 0.17)
        x, y = side * rng.uniform(0.2, 0.34), side * rng.uniform(0.22, 0.36)
        rings.append(
            np.array(ring(x, y, size * rng.uniform(0.7, 1.1), size, rng.uniform(0, 360), -rng.uniform(330, 380)))
        )
    return [rings[0], line, rings[1]]


def plus(rng: Rng) -> list[Path]:
    reach, middle = rng.uniform(0.16, 0.34), rng.uniform(-0.04, 0.14)
    across = dash_at(rng, middle, 1.6 * reach, 2.3 * reach)
    down = np.array([[rng.normal(0, 0.04), middle - reach], [rng.normal(0, 0.02), middle + reach]])
    return [across, down]


MARKS: dict[str, Callable[[Rng], list[Path]]] = {
    ".": point,
    ",": comma,
    "-": dash,
    "/": slash,
    ":": colon,
    "=": equals,
    "%": percent,
    "+": plus,
}


def other(rng: Rng, writing: Writing, *, held_back: bool = False) -> list[Path]:
    """A currency sign, a letter or another sign that no number holds."""
    if rng.random() < 0.5:
        line = list(CURRENCIES.values())[rng.integers(len(CURRENCIES))]
    else:
        table = HELD_BACK_LETTERS if held_back else LETTERS
        line = list(table.values())[rng.integers(len(table))]
    return write(glyph_of(line), writing, rng)
