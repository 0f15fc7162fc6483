"""Digits written on the pad by a program: a style from the table, an unsteady hand, some size and pen.

The sketches pass the pad's own renderer and framing, so the network receives them as it receives a person's.
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
from training.synthesis.glyphs.rare import RARE_STYLES
from training.synthesis.glyphs.shapes import STYLES, Hand

from .curves import Path, resample
from .writing import Writing, write

VERSION = 8  # increase it when the same seed draws other digits
PAD = 280  # px
PENS = (0.03, 0.3)  # widths in heights of the digit: from a hair line to a stub
Seed = int | Sequence[int]

RARE = 0.3  # what networks learn from: weight of a rare style, in multiples of its weight in lines of writing
STYLES_OF = {digit: [style for style in (*STYLES, *RARE_STYLES) if style.digit == digit] for digit in range(10)}


@dataclass(frozen=True)
class LabelledSketch:
    label: int
    sketch: Sketch


def draw_digit(digit: int, rng: np.random.Generator, *, rare: float = 0.0) -> Sketch:
    """One digit, 0 to 9, somewhere on a pad of 280 × 280 px. The same state of `rng` draws the same digit.

    rare: the weight of rare styles, in multiples of their own; 0 leaves them out.
    """
    styles = STYLES_OF[digit]
    weights = np.cumsum([style.weight * (rare if style in RARE_STYLES else 1) for style in styles])
    chosen = styles[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]
    writing = Writing.sample(rng)
    paths = write(chosen.draw(Hand(rng)), writing, rng)
    size = rng.uniform(60, 250)
    pen = float(np.clip(size * np.exp(rng.normal(-2.3, 0.35)), 4, 40)).__round__(1)
    step = float(np.exp(rng.uniform(np.log(2), np.log(0.07 * size))))  # px: a slow pointer or a fast hand
    placed = place(paths, size, pen, rng)
    return Sketch([resample(path, step).round(1).tolist() for path in placed], PAD, PAD, pen)


def draw_digits(count: int, seed: Seed, *, rare: float = 0.0) -> Iterator[LabelledSketch]:
    """Draws `count` digits lazily, in mixed order, each of 0 to 9 equally often except for the remainder.

    rare: as for `draw_digit`.
    """
    rng = np.random.default_rng(seed)
    for label in rng.permutation(np.arange(count) % 10).tolist():
        yield LabelledSketch(label, draw_digit(label, rng, rare=rare))


def to_images(drawn: Iterable[LabelledSketch]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The network's input for each sketch, shape (n, 28, 28), and the labels, shape (n,)."""
    pairs = [(sketch_to_model_input(digit.sketch), digit.label) for digit in drawn]
    return np.stack([image for image, _ in pairs]), np.array([label for _, label in pairs], np.uint8)


def with_pen(sketch: Sketch, share: float) -> NDArray[np.uint8]:
    """The network's input, (28, 28), had the sketch been drawn with a pen of this share of its longer side.

    Raises NoInk if the sketch is empty.
    """
    return frame_path(_pen_path(sketch), sketch.pen, share)


def redrawn(sketch: Sketch, share: float) -> Sketch:
    """The sketch drawn with a pen of this share of its height, on a pad enlarged by the pen's width on all sides.

    Raises NoInk if the sketch is empty.
    """
    width, height = _pen_path(sketch).size.tolist()
    pen = round(max(1.0, share * max(height, width / 2)), 1)  # half the width: for a digit that lies on its side
    room = round(pen)
    moved = [[[x + room, y + room] for x, y, *_ in stroke] for stroke in sketch.strokes]
    return Sketch(moved, sketch.width + 2 * room, sketch.height + 2 * room, pen)


def _pen_path(sketch: Sketch) -> PenPath:
    path = PenPath.of(sketch)
    if path is None:
        raise NoInk("There is nothing to draw.")
    return path


def place(paths: list[Path], height: float, pen: float, rng: np.random.Generator) -> list[Path]:
    """Scales paths to a height in px, or to the room on the pad if less, and moves them somewhere on the pad."""
    whole = np.vstack(paths)
    low, size = whole.min(0), np.ptp(whole, 0)
    room = PAD - pen - 2
    scale = min(height / size[1], room / size.max())
    corner = pen / 2 + 1 + rng.random(2) * (room - scale * size)
    return [(path - low) * scale + corner for path in paths]
