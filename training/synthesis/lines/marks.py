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
    # Taller than a digit and leaning: a bare 1 looks the same otherwise.
    lean, top, foot = rng.uniform(0.14, 0.36), rng.uniform(-0.75, -0.55), rng.uniform(0.5, 0.75)
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


def small_ring(rng: Rng, x: float, y: float) -> Path:
    size = rng.uniform(0.025, 0.05)
    return np.array(ring(x, y, size, size, rng.uniform(0, 360), 360, 6))


def ringed_point(rng: Rng) -> list[Path]:
    return [small_ring(rng, 0, rng.uniform(0.4, 0.52))]


def hooked_comma(rng: Rng) -> list[Path]:
    top, length = rng.uniform(0.36, 0.46), rng.uniform(0.16, 0.3)
    return [np.array([[-0.04, top], [0.04, top - 0.02], [0.05, top + length / 2], [-0.08, top + length]])]


def wavy_dash(rng: Rng) -> list[Path]:
    path, lift = dash_at(rng, rng.uniform(-0.1, 0.2), 0.3), rng.uniform(0.03, 0.07)
    x = np.linspace(path[0, 0], path[-1, 0], 9)
    return [np.column_stack([x, path[1, 1] + lift * np.sin(2 * np.pi * (x - x[0]) / np.ptp(x))])]


def bowed_slash(rng: Rng) -> list[Path]:
    ((top, middle, foot),) = slash(rng)
    return [np.array([top, middle + np.array([rng.choice([-1, 1]) * rng.uniform(0.05, 0.1), 0]), foot])]


def ringed_colon(rng: Rng) -> list[Path]:
    return [small_ring(rng, 0.02, rng.uniform(-0.25, 0)), small_ring(rng, 0, rng.uniform(0.24, 0.44))]


def uneven_equals(rng: Rng) -> list[Path]:
    upper, lower = equals(rng)
    return [upper * [rng.uniform(0.5, 0.8), 1], lower * [rng.uniform(1.0, 1.3), 1]]


def upright_percent(rng: Rng) -> list[Path]:
    first, line, second = percent(rng)
    return [first, second, line * [rng.uniform(0.1, 0.5), 1]]


def uneven_plus(rng: Rng) -> list[Path]:
    across, down = plus(rng)
    moved = np.array([rng.uniform(-0.1, 0.1), rng.uniform(-0.08, 0.08)])
    return [across + moved, down * [1, 1.15]]


HELD_BACK_MARKS: dict[str, Callable[[Rng], list[Path]]] = {
    ".": ringed_point,
    ",": hooked_comma,
    "-": wavy_dash,
    "/": bowed_slash,
    ":": ringed_colon,
    "=": uneven_equals,
    "%": upright_percent,
    "+": uneven_plus,
}
