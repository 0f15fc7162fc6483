"""Lines, dots and scribbles."""

from __future__ import annotations

import numpy as np

from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.curves import Path, smooth
from training.synthesis.handwriting import PAD

from .arrays import Rng
from .kinds import kind, sketch_of


@kind("sign")
def lying_line(rng: Rng) -> Sketch:
    """A horizontal line; a vertical one is a 1."""
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


def wander(steps: int, curl: float, rng: Rng) -> Path:
    """A path that turns at random. curl: standard deviation of the change of the turn, radians per step."""
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
    """One smooth line through many points."""
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
    """Hatching back and forth, in one direction or two."""
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
    """A patch filled with ink."""
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
    path = np.column_stack([t * rng.uniform(0.08, 0.25) + np.cos(t), rng.uniform(0.7, 2) * np.sin(t)])
    return sketch_of([path * (1 + 0.2 * np.sin(t * rng.uniform(0.1, 0.5)))[:, None]], rng)


@kind("scribble")
def scattered_strokes(rng: Rng) -> Sketch:
    paths = []
    for _ in range(rng.integers(4, 12)):
        start = rng.uniform(0, 1, 2)
        paths.append(smooth(np.vstack([start, start + rng.normal(0, 0.3, (rng.integers(1, 4), 2))])))
    return sketch_of([np.clip(path, -0.1, 1.1) for path in paths], rng)


@kind("scribble")
def round_and_round(rng: Rng) -> Sketch:
    """Many rings on top of each other."""
    turns = rng.uniform(3, 9)
    t = np.linspace(0, 2 * np.pi * turns, int(30 * turns))
    reach = 1 + 0.35 * np.sin(t * rng.uniform(0.1, 0.45) + rng.uniform(0, 6))
    drift = np.outer(t, rng.normal(0, 0.02, 2))
    return sketch_of([np.column_stack([np.cos(t), np.sin(t)]) * reach[:, None] + drift], rng)


@kind("scribble", held_back=True)
def spiral(rng: Rng) -> Sketch:
    turns = rng.uniform(2.5, 6)
    t = np.linspace(0, 2 * np.pi * turns, int(40 * turns))
    path = np.column_stack([np.cos(t), np.sin(t) * rng.choice([-1, 1])]) * (t + rng.uniform(0, 2))[:, None]
    return sketch_of([path], rng)


@kind("scribble", held_back=True)
def waves(rng: Rng) -> Sketch:
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.5, 6), 150)
    path = np.column_stack([t / 4, np.sin(t) * (1 + 0.2 * np.sin(t / 3))])
    return sketch_of([path * [0.12, 0.25] + [0, 0.4]], rng)


@kind("scribble", held_back=True)
def net(rng: Rng) -> Sketch:
    """Horizontal and vertical lines, slightly bent."""
    paths = []
    for axis in (0, 1):
        for at in np.linspace(0, 1, rng.integers(3, 7)):
            nodes = np.column_stack([np.linspace(0, 1, 4), at + rng.normal(0, 0.03, 4)])
            paths.append(smooth(nodes[:, ::-1] if axis else nodes))
    return sketch_of(paths, rng)


@kind("scribble", held_back=True)
def wandering_pieces(rng: Rng) -> Sketch:
    """A few short random paths near each other."""
    return sketch_of(
        [wander(int(rng.integers(30, 80)), 0.15, rng) + rng.uniform(-25, 25, 2) for _ in range(rng.integers(3, 6))], rng
    )
