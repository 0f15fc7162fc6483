"""Written lines as people send them: strokes on a pad, or a picture. The site has still to find the row in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classifier.recognition.lines.alphabet import OTHER
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.curves import resample

from .composition import Line, compose
from .inking import ink_of
from .papers import photographed
from .scans import Scans
from .texts import random_text

Rng = np.random.Generator
WORD_LETTERS = 2, 8  # least, and most plus one


@dataclass(frozen=True)
class Sent:
    """A drawing or picture of one line, and what is written in it."""

    content: Sketch | Grey
    text: str  # of the alphabet; OTHER alone for a word


def send_line(rng: Rng, scans: Scans, *, is_word: bool = False, held_back: bool = False) -> Sent:
    """Draws a line. The same state of `rng` draws the same line.

    scans: digits that people wrote, for half of the pictures. is_word: letters and signs, no number.
    held_back: signs and papers that are kept for measuring.
    """
    text = OTHER * int(rng.integers(*WORD_LETTERS)) if is_word else random_text(rng)
    on_pad = rng.random() < 0.5
    uses_scans = not on_pad and rng.random() < 0.5
    line = compose(text, rng, scans if uses_scans else None, held_back=held_back)
    return Sent(_sketch(line, rng) if on_pad else _picture(line, rng, held_back), line.text)


def _sketch(line: Line, rng: Rng) -> Sketch:
    """The strokes on a pad, which has some room around them."""
    size = rng.uniform(30, 160)
    paths = [path * each.size + [each.x, each.y] for each in line.characters for path in each.paths]
    points = np.vstack(paths)
    low, high = points.min(0), points.max(0)
    room = size * rng.uniform(0.1, 1.5, 2)
    size = min(size, (4000 - 2 * float(room.max())) / float((high - low).max()))
    width, height = ((high - low) * size + 2 * room).tolist()
    pen = float(np.clip(line.pen * size, 1, 40))
    strokes = [resample((path - low) * size + room, 4.0).round(1).tolist() for path in paths]
    return Sketch(strokes, max(16, round(width)), max(16, round(height)), round(pen, 1))


def _picture(line: Line, rng: Rng, held_back: bool) -> Grey:
    unit = float(np.exp(rng.uniform(np.log(20), np.log(60))))
    ink, boxes = ink_of(line, unit, unit * float(rng.choice([rng.uniform(0.02, 0.4), rng.uniform(0.4, 1.5)])))
    return photographed(ink, boxes, rng, unit, held_back=held_back)
