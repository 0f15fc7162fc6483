"""Digits drawn as strokes: a style from the table, a hand that is never quite the same, a pad to draw on.

They pass the pad's own renderer and framing, so that they look as a person's drawing looks to the network.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.framing import frame_path
from classifier.recognition.preprocessing.pen_path import PenPath
from classifier.recognition.preprocessing.pipeline import sketch_to_model_input
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.glyphs.shapes import STYLES, Glyph, Hand, Stroke

VERSION = 7  # goes up whenever other digits come out
PAD = 280  # px
PENS = (0.03, 0.3)  # of the digit's height: from a hair line to a stub
GRAIN = 0.02  # of the digit's height, between two points of a stroke while it is being shaped
Path = NDArray[np.float64]  # (n, 2)
Seed = int | Sequence[int]

OF_DIGIT = {digit: [style for style in STYLES if style.digit == digit] for digit in range(10)}
WEIGHTS = {digit: np.cumsum([style.weight for style in styles]) for digit, styles in OF_DIGIT.items()}


@dataclass(frozen=True)
class LabelledSketch:
    label: int
    sketch: Sketch


@dataclass(frozen=True)
class Writing:
    """How one digit is written, whatever it is: the writer's habits and the day's haste. Lengths are in heights."""

    jitter: float  # of each node
    stiffness: float  # 0 smooth curves to 1 straight from node to node
    haste: float  # corners are cut within about this length
    tremor: float  # of a trembling hand, from point to point
    ends: float  # how far strokes end beyond or short of where they should
    astray: float  # how far a later stroke lies from where it should
    hooks: float  # share of strokes that begin or end with a hook, where the pen was not lifted yet
    slant: float  # sideways per height, positive to the right at the top
    turn: float  # radians, clockwise
    breadth: float
    bend: float
    upper: float  # how much larger the upper half is than the lower
    taper: float  # how much broader the lower half is than the upper

    @classmethod
    def by(cls, rng: np.random.Generator) -> "Writing":
        care = rng.beta(1.6, 2.6)  # 0 a calligrapher, 1 in great haste; most are neat rather than not
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


def draw_digit(digit: int, rng: np.random.Generator) -> Sketch:
    """One digit, 0 to 9, somewhere on a pad of 280 × 280 px. The same state of `rng` draws the same digit."""
    styles, weights = OF_DIGIT[digit], WEIGHTS[digit]
    chosen = styles[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]
    writing = Writing.by(rng)
    paths = write(chosen.draw(Hand(rng)), writing, rng)
    size = rng.uniform(60, 250)
    pen = float(np.clip(size * np.exp(rng.normal(-2.3, 0.35)), 4, 40)).__round__(1)
    step = float(np.exp(rng.uniform(np.log(2), np.log(0.07 * size))))  # a slow pointer or a fast hand
    placed = place(paths, size, pen, rng)
    return Sketch([evenly(path, step).round(1).tolist() for path in placed], PAD, PAD, pen)


def draw_digits(count: int, seed: Seed) -> Iterator[LabelledSketch]:
    """As many of each digit as of any other (but for the remainder), in mixed order, drawn as they are asked for."""
    rng = np.random.default_rng(seed)
    for label in rng.permutation(np.arange(count) % 10).tolist():
        yield LabelledSketch(label, draw_digit(label, rng))


def to_images(drawn: Iterable[LabelledSketch]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What the network is given of each sketch, shape (n, 28, 28), and the labels, shape (n,)."""
    pairs = [(sketch_to_model_input(each.sketch), each.label) for each in drawn]
    return np.stack([image for image, _ in pairs]), np.array([label for _, label in pairs], np.uint8)


def with_pen(sketch: Sketch, share: float) -> NDArray[np.uint8]:
    """What the network would be given, (28, 28), of a sketch drawn with a pen of that share of its longer side."""
    way = PenPath.of(sketch)
    if way is None:
        raise NoInk("There is nothing to draw.")
    return frame_path(way, sketch.pen, share)


def redrawn(sketch: Sketch, share: float) -> Sketch:
    """The sketch drawn with a pen of that share of its height, on a pad with room for it."""
    way = PenPath.of(sketch)
    if way is None:
        raise NoInk("There is nothing to draw.")
    width, height = way.size.tolist()
    pen = round(max(1.0, share * max(height, width / 2)), 1)  # half: of a digit that fell over
    room = round(pen)
    moved = [[[x + room, y + room] for x, y, *_ in stroke] for stroke in sketch.strokes]
    return Sketch(moved, sketch.width + 2 * room, sketch.height + 2 * room, pen)


def write(glyph: Glyph, writing: Writing, rng: np.random.Generator) -> list[Path]:
    """The ways of the pen through a glyph as this writing has them, about one unit high."""
    paths = [evenly(trace(unsteady(stroke, writing.jitter, rng), writing.stiffness), GRAIN) for stroke in glyph]
    paths = [hurried(path, writing, rng) for path in paths]
    for number in range(1, len(paths)):
        paths[number] = paths[number] + rng.normal(0, writing.astray, 2)
    everything = np.vstack(paths)
    low, size = everything.min(0), np.ptp(everything, 0)
    wobble = Wobble.by(rng)
    cosine, sine = np.cos(writing.turn), np.sin(writing.turn)
    shaped = []
    for path in paths:
        y = (path[:, 1] - low[1]) / max(size[1], 0.1)  # 0 to 1
        x = path[:, 0] - low[0] - size[0] / 2
        y = y + writing.upper * y * (1 - y)
        x = writing.breadth * x * (1 + writing.taper * (y - 0.5))
        y = y - 0.5
        x = x - writing.slant * y + writing.bend * (4 * y**2 - 1)
        moved = wobble.applied(np.column_stack([x, y]))
        shaped.append(moved @ np.array([[cosine, sine], [-sine, cosine]]))
    return shaped


def unsteady(stroke: Stroke, reach: float, rng: np.random.Generator) -> list[Path]:
    """Every node moved a little; each run as an array."""
    return [np.array(run) + rng.normal(0, reach, (len(run), 2)) for run in stroke]


def trace(stroke: Sequence[Path] | Stroke, stiffness: float = 0.0) -> Path:
    """The pen's way through a stroke: smooth along each run, a corner between two."""
    pieces: list[Path] = []
    for run in stroke:
        nodes = np.asarray(run, float)
        if pieces:
            nodes = np.vstack([pieces[-1][-1], nodes])
        pieces.append(smooth(nodes, stiffness))
    return np.vstack(pieces)


T = np.linspace(0, 1, 10, endpoint=False)[:, None, None]


def smooth(nodes: Path, stiffness: float = 0.0) -> Path:
    """A curve through all nodes. Source: Catmull and Rom, "A class of local interpolating splines", 1974.

    stiffness: 0 the curve to 1 straight lines.
    """
    if len(nodes) < 3:
        return nodes
    # The ends are continued as mirrored, so that the curve reaches them.
    padded = np.vstack([2 * nodes[0] - nodes[1], nodes, 2 * nodes[-1] - nodes[-2]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    curve = 0.5 * (
        2 * start
        + (end - before) * T
        + (2 * before - 5 * start + 4 * end - after) * T**2
        + (3 * start - before - 3 * end + after) * T**3
    )  # (between, pieces, 2)
    if stiffness:
        curve += stiffness * (start + (end - start) * T - curve)
    return np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), nodes[-1]])


def hurried(path: Path, writing: Writing, rng: np.random.Generator) -> Path:
    """A stroke's points, GRAIN apart, as a hand in haste makes them: corners cut, ends missed, hooked, trembling."""
    reach = round(writing.haste / GRAIN)
    if reach and len(path) > 2:
        path = rounded(path, min(reach, (len(path) - 1) // 4))
    if len(path) > 8:
        path = miss(miss(path, rng.normal(0, writing.ends))[::-1], rng.normal(0, writing.ends))[::-1]
        if rng.random() < writing.hooks:
            path = with_hook(path, rng)
        if rng.random() < writing.hooks:
            path = with_hook(path[::-1], rng)[::-1]
    if writing.tremor > 0.001:
        path = path + rng.normal(0, writing.tremor, path.shape)
    return path


def rounded(path: Path, reach: int) -> Path:
    """Each point the mean of those `reach` before and behind it; the ends stay."""
    if reach < 1:
        return path
    padded = np.vstack([2 * path[0] - path[reach:0:-1], path, 2 * path[-1] - path[-2 : -reach - 2 : -1]])
    sums = np.vstack([np.zeros(2), np.cumsum(padded, 0)])
    width = 2 * reach + 1
    mean: Path = (sums[width:] - sums[:-width]) / width
    return mean


def miss(path: Path, length: float) -> Path:
    """The stroke with its end continued straight on by so much, or cut short when negative."""
    count = round(abs(length) / GRAIN)
    if length < 0:
        return path[: len(path) - min(count, len(path) // 8)]
    if not count:
        return path
    direction = path[-1] - path[-4]
    direction = direction / max(float(np.hypot(*direction)), 1e-6)
    return np.vstack([path, path[-1] + direction * GRAIN * np.arange(1, count + 1)[:, None]])


def with_hook(path: Path, rng: np.random.Generator) -> Path:
    """A short tick at the stroke's end, at a sharp angle to it."""
    back = path[-4] - path[-1]
    angle = np.arctan2(back[1], back[0]) + rng.choice([-1, 1]) * rng.uniform(0.3, 1.4)
    length = rng.uniform(0.02, 0.08)
    return np.vstack([path, path[-1] + length * np.array([np.cos(angle), np.sin(angle)])])


def place(paths: list[Path], height: float, pen: float, rng: np.random.Generator) -> list[Path]:
    """Scale to a height in px, or as much as the pad has room for, and put it somewhere on the pad."""
    whole = np.vstack(paths)
    low, size = whole.min(0), np.ptp(whole, 0)
    room = PAD - pen - 2
    scale = min(height / size[1], room / size.max())
    corner = pen / 2 + 1 + rng.random(2) * (room - scale * size)
    return [(path - low) * scale + corner for path in paths]


@dataclass(frozen=True)
class Wobble:
    """A slow unsteadiness across the whole digit: two waves in each direction."""

    amplitudes: NDArray[np.float64]  # (2, 2)
    waves: NDArray[np.float64]  # (2, 2), radians per height of the digit
    phases: NDArray[np.float64]  # (2, 2)

    @classmethod
    def by(cls, rng: np.random.Generator) -> "Wobble":
        return cls(rng.normal(0, 0.014, (2, 2)), rng.uniform(4, 10, (2, 2)), rng.uniform(0, 2 * np.pi, (2, 2)))

    def applied(self, path: Path) -> Path:
        other = path[:, ::-1, None]  # each direction is moved by where the pen is in the other: (n, 2, 1)
        moved: Path = path + (self.amplitudes * np.sin(self.waves * other + self.phases)).sum(-1)
        return moved


def evenly(path: Path, step: float) -> Path:
    """The same way with points `step` apart. A way of no length stays one point."""
    pieces = np.diff(path, axis=0)
    lengths = np.concatenate([[0.0], np.cumsum(np.sqrt((pieces**2).sum(1)))])
    count = max(2, round(lengths[-1] / step) + 1) if lengths[-1] else 1
    at = np.linspace(0, lengths[-1], count)
    return np.column_stack([np.interp(at, lengths, path[:, 0]), np.interp(at, lengths, path[:, 1])])
