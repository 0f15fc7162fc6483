"""Drawn outliers: letters, words, signs, scribbles, and two digits at once."""

import numpy as np

from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.characters import HELD_BACK_LETTERS, LETTERS, glyph_of
from training.synthesis.curves import Path, smooth
from training.synthesis.outliers.kinds import sketch_of
from training.synthesis.outliers.numbers import random_digit, side_by_side
from training.synthesis.writing import Writing, write

from .letters import LOOKALIKES, OTHER_HANDS
from .table import Made, Rng, kind

SHAPES = ("square", "bar", "pentagon", "rhombus", "box", "crescent", "cross", "frame")


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
    """A shape drawn by hand: not quite closed and slightly turned."""
    name = SHAPES[rng.integers(len(SHAPES))]
    if name in ("square", "bar", "frame"):
        high = {"square": 1.0, "bar": 0.35, "frame": 0.7}[name]
        paths = [np.array([[0, 0], [1, 0], [1, high], [0, high], [0, 0]], float)]
        if name == "frame":
            paths.append(paths[0] * 0.6 + [0.2, 0.2 * high])
    elif name in ("pentagon", "rhombus"):
        corners = 5 if name == "pentagon" else 4
        angles = np.linspace(0, 2 * np.pi, corners + 1) - np.pi / 2
        paths = [np.column_stack([np.cos(angles) * (1 if corners == 5 else 0.7), np.sin(angles)])]
    elif name == "box":
        face = np.array([[0, 0.3], [0.7, 0.3], [0.7, 1], [0, 1], [0, 0.3]])
        paths = [face, np.array([[0, 0.3], [0.3, 0], [1, 0], [0.7, 0.3]]), np.array([[1, 0], [1, 0.7], [0.7, 1]])]
    elif name == "crescent":
        angles = np.linspace(-2, 2, 12)
        outer = np.column_stack([-np.cos(angles / 1.3), np.sin(angles / 1.3)])
        inner = np.column_stack([-np.cos(angles / 1.3) * 0.5 + outer[0, 0] * 0.5, np.sin(angles / 1.3)])
        paths = [smooth(np.vstack([outer, inner[::-1]]))]
    else:
        paths = [np.array([[0, 0.35], [0.9, 0.35]]), np.array([[0.45, 0], [0.45, 1.3]])]
    turn = rng.normal(0, 0.12)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return sketch_of([(path + rng.normal(0, 0.025, path.shape)) @ turned.T for path in paths], rng)


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
    paths = [np.array([[0, 0], [1, 0.0]]), np.array([[1 - head, -head * 0.8], [1, 0], [1 - head, head * 0.8]])]
    if rng.random() < 0.3:
        paths.append(np.array([[head, -head * 0.8], [0, 0], [head, head * 0.8]]))
    angle = rng.choice([0, np.pi, np.pi / 2, -np.pi / 2]) + rng.normal(0, 0.3)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return sketch_of([(path + rng.normal(0, 0.02, path.shape)) @ turned.T for path in paths], rng)


@kind("sign")
def star_of_lines(rng: Rng) -> Made:
    """Three to five lines through one point, or a star of two triangles."""
    if rng.random() < 0.4:
        angles = np.arange(4) * 2 * np.pi / 3 + np.pi / 2
        one = np.column_stack([np.cos(angles), np.sin(angles)])
        return sketch_of([one + rng.normal(0, 0.03, one.shape), -one + rng.normal(0, 0.03, one.shape)], rng)
    count = rng.integers(3, 6)
    paths = []
    for angle in np.arange(count) * np.pi / count + rng.uniform(0, 1):
        reach = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.7, 1)
        paths.append(np.array([-reach, reach]) + rng.normal(0, 0.04, 2))
    return sketch_of(paths, rng)


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
    """A quick, shrinking wave with loops, often over a line."""
    t = np.linspace(0, 2 * np.pi * rng.uniform(3, 7), 160)
    high = np.exp(-t / t[-1] * rng.uniform(0.5, 2)) * (1 + 0.6 * np.sin(t * rng.uniform(0.2, 0.6) + rng.uniform(0, 6)))
    path = np.column_stack([t * 0.22 + 0.25 * np.cos(t * rng.uniform(0.8, 1.2)), high * np.sin(t)])
    line = np.array([[path[:, 0].min(), 1.2], [path[:, 0].max(), rng.uniform(0.8, 1.2)]])
    return sketch_of([path, line] if rng.random() < 0.6 else [path], rng)


@kind("scribble")
def struck_out(rng: Rng) -> Made:
    """A crossed-out digit."""
    paths = write(random_digit(rng), Writing.sample(rng), rng)
    low, high = np.vstack(paths).min(0), np.vstack(paths).max(0)
    turns = int(rng.integers(5, 12))
    across = np.where(np.arange(turns) % 2, -0.1, 1.1) + rng.normal(0, 0.05, turns)
    line = np.column_stack([across, np.linspace(rng.uniform(0, 0.3), rng.uniform(0.7, 1), turns)])
    return sketch_of([*paths, low + line * (high - low)], rng)


@kind("two digits")
def over_one_another(rng: Rng) -> Made:
    """Two overlapping digits, as if the first had not been erased."""
    writing = Writing.sample(rng)
    one, two = (write(random_digit(rng), writing, rng) for _ in range(2))
    width = float(np.ptp(np.vstack(one)[:, 0]))
    shift = np.array([rng.uniform(0.35, 0.8) * max(width, 0.3), rng.normal(0, 0.15)])
    return sketch_of([*one, *(path + shift for path in two)], rng)


@kind("two digits")
def beside_one_another(rng: Rng) -> Made:
    writing = Writing.sample(rng)
    paths: list[Path] = []
    right = 0.0
    for _ in range(2):
        new = write(random_digit(rng), writing, rng)
        low, high = np.vstack(new).min(0), np.vstack(new).max(0)
        paths += [path - [low[0] - right, 0] for path in new]
        right += high[0] - low[0] + rng.uniform(0.1, 0.8)
    return sketch_of(paths, rng)
