"""Digits drawn as strokes: a style from the table, a hand that is never quite the same, a pad to draw on.

They pass the pad's own renderer and framing, so that they look as a person's drawing looks to the network.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.preprocessing import sketch_to_model_input
from classifier.strokes import Sketch, render

from .glyphs import STYLES, Glyph, Hand, Stroke

PAD = 280  # px
STEP = 5.0  # px between two points of a stroke, about what a pointer reports
Path = NDArray[np.float64]  # (n, 2)


@dataclass(frozen=True)
class LabelledSketch:
    label: int
    sketch: Sketch


def draw_digit(digit: int, rng: np.random.Generator) -> Sketch:
    """One digit, 0 to 9, somewhere on a pad of 280 × 280 px. The same state of `rng` draws the same digit."""
    styles = [style for style in STYLES if style.digit == digit]
    weights = np.array([style.weight for style in styles])
    chosen = styles[rng.choice(len(styles), p=weights / weights.sum())]
    glyph = unsteady(chosen.draw(Hand(rng)), rng)
    paths = [trace(stroke) for stroke in glyph]
    pen = float(rng.choice([10, 14, 18, 18, 24]))
    return Sketch([path.round(1).tolist() for path in place(paths, pen, rng)], PAD, PAD, pen)


def draw_digits(count: int, seed: int) -> Iterator[LabelledSketch]:
    """As many of each digit as of any other (but for the remainder), in mixed order, drawn as they are asked for."""
    rng = np.random.default_rng(seed)
    for label in rng.permutation(np.arange(count) % 10).tolist():
        yield LabelledSketch(label, draw_digit(label, rng))


def to_images(drawn: Iterable[LabelledSketch]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What the network is given of each sketch, shape (n, 28, 28), and the labels, shape (n,)."""
    pairs = [(sketch_to_model_input(render(each.sketch)), each.label) for each in drawn]
    return np.stack([image for image, _ in pairs]), np.array([label for _, label in pairs], np.uint8)


def unsteady(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Move every node a little."""
    reach = abs(rng.normal(0.012, 0.006))
    return [
        [[(x + rng.normal(0, reach), y + rng.normal(0, reach)) for x, y in run] for run in stroke] for stroke in glyph
    ]


def trace(stroke: Stroke) -> Path:
    """The pen's way through a stroke: smooth along each run, a corner between two."""
    pieces: list[Path] = []
    for run in stroke:
        nodes = np.array(run)
        if pieces:
            nodes = np.vstack([pieces[-1][-1], nodes])
        pieces.append(smooth(nodes))
    return np.vstack(pieces)


def smooth(nodes: Path, between: int = 12) -> Path:
    """A curve through all nodes. Source: Catmull and Rom, "A class of local interpolating splines", 1974."""
    if len(nodes) < 3:
        return nodes
    # The ends are continued as mirrored, so that the curve reaches them.
    padded = np.vstack([2 * nodes[0] - nodes[1], nodes, 2 * nodes[-1] - nodes[-2]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, between, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )  # (between, pieces, 2)
    return np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), nodes[-1]])


def place(paths: list[Path], pen: float, rng: np.random.Generator) -> list[Path]:
    """Give a glyph its slant, turn, breadth, bend and size, and put it somewhere on the pad."""
    everything = np.vstack(paths)
    middle = (everything.min(0) + everything.max(0)) / 2
    slant, turn = np.clip(rng.normal(0.12, 0.14), -0.2, 0.45), np.clip(rng.normal(0, 0.06), -0.15, 0.15)
    breadth, bend = np.clip(rng.normal(1.05, 0.13), 0.75, 1.4), rng.normal(0, 0.025)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    wobble = Wobble.by(rng)
    bent = []
    for path in paths:
        x, y = (path - middle).T
        x = breadth * x - slant * y + bend * (4 * y**2 - 1)  # (n,)
        bent.append(wobble.applied(np.column_stack([x, y]) @ rotation.T))
    whole = np.vstack(bent)
    low, size = whole.min(0), np.ptp(whole, 0)
    room = PAD - 2 * pen
    scale = min(rng.uniform(110, 215) / size[1], room / size.max())
    corner = pen + rng.uniform(0, 1, 2) * (room - scale * size)
    return [evenly((path - low) * scale + corner, STEP) for path in bent]


@dataclass(frozen=True)
class Wobble:
    """A slow unsteadiness across the whole digit: two waves in each direction."""

    amplitudes: NDArray[np.float64]  # (2, 2)
    waves: NDArray[np.float64]  # (2, 2), radians per height of the digit
    phases: NDArray[np.float64]  # (2, 2)

    @classmethod
    def by(cls, rng: np.random.Generator) -> "Wobble":
        return cls(rng.normal(0, 0.012, (2, 2)), rng.uniform(4, 10, (2, 2)), rng.uniform(0, 2 * np.pi, (2, 2)))

    def applied(self, path: Path) -> Path:
        other = path[:, ::-1, None]  # each direction is moved by where the pen is in the other: (n, 2, 1)
        moved: Path = path + (self.amplitudes * np.sin(self.waves * other + self.phases)).sum(-1)
        return moved


def evenly(path: Path, step: float) -> Path:
    """The same way with points `step` px apart. A way of no length stays one point."""
    lengths = np.r_[0, np.cumsum(np.hypot(*np.diff(path, axis=0).T))]
    count = max(2, round(lengths[-1] / step) + 1) if lengths[-1] else 1
    at = np.linspace(0, lengths[-1], count)
    return np.column_stack([np.interp(at, lengths, path[:, 0]), np.interp(at, lengths, path[:, 1])])
