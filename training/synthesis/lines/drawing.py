"""Lines as the reader receives them, each with what is written in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from classifier.recognition.errors import NoInk
from classifier.recognition.lines.alphabet import OTHER
from classifier.recognition.lines.framing import DIGIT, HEIGHT, LONGEST, MARGIN, STEP, framed
from classifier.recognition.preprocessing.background import find_ink

from .composition import Line, compose
from .ingredients import Ingredient
from .inking import directions_of, ink_of
from .papers import photographed
from .scans import Scans
from .texts import number, random_text

Rng = np.random.Generator
VERSION = 8  # increase it when the same seed draws other lines
ON_PAPER = 0.5  # share of the lines that become a picture of ink on paper
SCANS = 0.5  # share of the lines written with digits that people wrote
WORDS = 0.05  # share of the lines that are words
SIZES = (0.16, 13, 30)  # of a digit in the frame: standard deviation of its logarithm, least and most, px


@dataclass(frozen=True)
class LineExample:
    """A line and what is written in it."""

    image: NDArray[np.uint8]  # (32, width, PLANES), see `line_image`
    text: str
    centres: NDArray[np.float32]  # of the characters, px from the left, (n,)


def draw_line(rng: Rng, scans: Scans, *, held_back: bool = False, without: Ingredient | None = None) -> LineExample:
    """Draws one line. The same state of `rng` draws the same line.

    scans: digits that people wrote, for half of the lines: their pictures, or the strokes recovered from them.
    held_back: also styles, signs and papers that are kept for measuring. without: what the lines shall not have.
    """
    while True:
        text = _text(rng, without)
        uses_scans = (rng.random() < SCANS and without != Ingredient.SCANS) or without == Ingredient.STROKES
        missing = {without} if without else set()
        line = compose(text, rng, scans if uses_scans else None, held_back=held_back, without=missing)
        is_picture = rng.random() < ON_PAPER and without != Ingredient.PAPER
        try:
            return _framed(line, rng, held_back, is_picture)
        except NoInk:  # too faint, or too wide
            continue


def _text(rng: Rng, without: Ingredient | None) -> str:
    if rng.random() < WORDS and without != Ingredient.WORDS:
        return OTHER * int(rng.integers(2, 8))
    return number(rng) if without == Ingredient.MARKS else random_text(rng)


def _framed(line: Line, rng: Rng, held_back: bool, is_picture: bool) -> LineExample:
    unit = float(np.exp(rng.uniform(np.log(18), np.log(44)))) if is_picture else 30.0
    margin = unit * rng.uniform(0.1, 0.6)
    ink, boxes = ink_of(line, unit, margin)
    is_scanned = any(character.scan for character in line.characters)
    directions = None if is_picture or is_scanned else directions_of(line, ink.shape, unit, margin)
    if is_scanned and rng.random() < 0.35 and unit > 24:
        ink = np.asarray(Image.fromarray(ink).filter(ImageFilter.MinFilter(3)))  # a finer pen
    if is_picture:
        page = find_ink(photographed(ink, boxes, rng, unit, held_back=held_back))
        if not page.is_light:
            raise NoInk("The paper was taken for ink.")
        levels, peak = page.ink, max(page.peak, 1.0) * rng.uniform(0.85, 1.15)
        ink = np.clip(levels * np.float32(255 / peak), 0, 255).astype(np.uint8)
    return _in_frame(ink, directions, boxes, line, rng)


def _in_frame(
    ink: NDArray[np.uint8], directions: NDArray[np.uint8] | None, boxes: NDArray[np.float64], line: Line, rng: Rng
) -> LineExample:
    """Scales the row about as the site would, but less exactly, and pads it."""
    digits = [n for n, character in enumerate(line.characters) if character.character.isdigit()] or list(
        range(len(boxes))
    )
    top, bottom = boxes[digits, 1].min(), boxes[digits, 3].max()
    spread, least, most = SIZES
    digit = float(np.clip(DIGIT * np.exp(rng.normal(0, spread)), least, most))
    scale = digit / (bottom - top)
    left, right = boxes[:, 0].min(), boxes[:, 2].max()
    before, after = rng.uniform(1, 2 * MARGIN, 2)
    width = -(-int((right - left) * scale + before + after) // STEP) * STEP
    if width > LONGEST:
        raise NoInk("The line is too wide.")
    start = before - left * scale
    offset = HEIGHT / 2 - (top + bottom) / 2 * scale + rng.normal(0, 1.2)
    image = framed(ink, directions, scale, start, offset, width)
    centres = (boxes[:, 0] + boxes[:, 2]) / 2 * scale + start
    return LineExample(image, line.text, centres.astype(np.float32))
