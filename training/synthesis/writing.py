"""How one person writes at one moment, and writing a glyph that way."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from training.synthesis.glyphs.shapes import Glyph, Stroke

from .curves import GRAIN, Path, cut_corners, extend, resample, trace, with_hook


@dataclass(frozen=True)
class Writing:
    """The writer's habits and haste, the same for every stroke of a digit. Lengths are in heights of the digit."""

    jitter: float  # displacement of each node
    stiffness: float  # 0 smooth curves to 1 straight lines between nodes
    haste: float  # corners are cut within about this length
    tremor: float  # displacement from point to point by a trembling hand
    ends: float  # how far strokes end beyond or short of the glyph's
    astray: float  # displacement of each stroke after the first
    hooks: float  # share of strokes that begin or end with a hook, because the pen was still down
    slant: float  # sideways per height, positive to the right at the top
    turn: float  # radians, clockwise
    breadth: float
    bend: float
    upper: float  # how much larger the upper half is than the lower
    taper: float  # how much broader the lower half is than the upper

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Self:
        """A writer drawn at random."""
        care = rng.beta(1.6, 2.6)  # 0 a calligrapher, 1 in great haste; most are neat
        draw = rng.standard_normal(8)
        share = rng.random(4)
        return cls(
            jitter=0.004 + 0.026 * care,
            stiffness=float(share[0] ** 4),
            haste=0.16 * care * share[1],
            tremor=0.012 * share[2] ** 6,
            ends=0.01 + 0.06 * care,
            astray=0.005 + 0.05 * care,
            hooks=0.12 * care,
            slant=float(np.clip(0.1 + 0.16 * draw[0], -0.3, 0.55)),
            turn=float(np.clip(0.09 * draw[1], -0.26, 0.26)),
            breadth=float(np.clip(np.exp(0.02 + 0.26 * draw[2]), 0.45, 2.0)),
            bend=0.03 * float(draw[3]),
            upper=float(np.clip(0.16 * draw[4], -0.35, 0.35)),
            taper=float(np.clip(0.15 * draw[5], -0.35, 0.35)),
        )


def write(glyph: Glyph, writing: Writing, rng: np.random.Generator) -> list[Path]:
    """The pen's paths through a glyph, one for each stroke, about one unit high."""
    paths = [resample(trace(unsteady(stroke, writing.jitter, rng), writing.stiffness), GRAIN) for stroke in glyph]
    paths = [hurry(path, writing, rng) for path in paths]
    for number in range(1, len(paths)):
        paths[number] = paths[number] + rng.normal(0, writing.astray, 2)
    everything = np.vstack(paths)
    low, size = everything.min(0), np.ptp(everything, 0)
    wobble = Wobble.sample(rng)
    return [wobbled_and_turned(proportioned(path, low, size, writing), wobble, writing.turn) for path in paths]


def rewrite(paths: list[Path], writing: Writing, rng: np.random.Generator) -> list[Path]:
    """The paths of a digit that a person wrote, as the same person might write it another time."""
    wobble = Wobble.sample(rng)
    return [wobbled_and_turned(path, wobble, writing.turn / 2) for path in paths]


def unsteady(stroke: Stroke, reach: float, rng: np.random.Generator) -> list[Path]:
    """The runs of a stroke as arrays, every node moved a little. reach: standard deviation in each direction."""
    return [np.array(run) + rng.normal(0, reach, (len(run), 2)) for run in stroke]


def hurry(path: Path, writing: Writing, rng: np.random.Generator) -> Path:
    """The stroke as a hurried hand draws it: corners cut, ends missed, hooked, trembling. Points are GRAIN apart."""
    reach = round(writing.haste / GRAIN)
    if reach and len(path) > 2:
        path = cut_corners(path, min(reach, (len(path) - 1) // 4))
    if len(path) > 8:
        path = extend(extend(path, rng.normal(0, writing.ends))[::-1], rng.normal(0, writing.ends))[::-1]
        if rng.random() < writing.hooks:
            path = with_hook(path, rng)
        if rng.random() < writing.hooks:
            path = with_hook(path[::-1], rng)[::-1]
    if writing.tremor > 0.001:
        path = path + rng.normal(0, writing.tremor, path.shape)
    return path


def proportioned(path: Path, low: Path, size: Path, writing: Writing) -> Path:
    """The path in the writer's breadth, slant and proportions, centred. low, size: of the whole glyph, (2,)."""
    y = (path[:, 1] - low[1]) / max(size[1], 0.1)  # 0 to 1
    x = path[:, 0] - low[0] - size[0] / 2
    y = y + writing.upper * y * (1 - y)
    x = writing.breadth * x * (1 + writing.taper * (y - 0.5))
    y = y - 0.5
    x = x - writing.slant * y + writing.bend * (4 * y**2 - 1)
    return np.column_stack([x, y])


@dataclass(frozen=True)
class Wobble:
    """A slow unsteadiness across the whole digit: two waves in each direction."""

    amplitudes: NDArray[np.float64]  # (2, 2)
    waves: NDArray[np.float64]  # (2, 2), radians per height of the digit
    phases: NDArray[np.float64]  # (2, 2)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Self:
        return cls(rng.normal(0, 0.014, (2, 2)), rng.uniform(4, 10, (2, 2)), rng.uniform(0, 2 * np.pi, (2, 2)))

    def applied(self, path: Path) -> Path:
        other = path[:, ::-1, None]  # x moves with the pen's y, and y with its x: (n, 2, 1)
        moved: Path = path + (self.amplitudes * np.sin(self.waves * other + self.phases)).sum(-1)
        return moved


def wobbled_and_turned(path: Path, wobble: Wobble, turn: float) -> Path:
    cosine, sine = np.cos(turn), np.sin(turn)
    turned: Path = wobble.applied(path) @ np.array([[cosine, sine], [-sine, cosine]])
    return turned
