"""Outliers: the table of kinds of pictures that are not digits, and drawing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch, render
from training.synthesis.curves import Path, resample
from training.synthesis.glyphs.shapes import Glyph
from training.synthesis.handwriting import PAD, Seed, place
from training.synthesis.processes import count_one
from training.synthesis.writing import Writing, write

from .arrays import Rng
from .paper import on_paper

GROUPS = ("noise", "scribble", "letter", "sign", "two digits", "photograph")
VERSION = 2  # increase it when the same seed draws other pictures
SHARE_AS_PICTURE = 0.3  # of the sketches become pictures of ink on paper
PRINTED, HELD_BACK_PRINTED = "ACFKMPTUWXadhmprt", "EHLNRVefkncuvwx"  # letters that resemble no digit


@dataclass(frozen=True)
class Kind:
    name: str
    group: str  # one of GROUPS
    make: Callable[[Rng], Sketch | Grey]
    is_held_back: bool  # measured with, never learnt from


class Outlier(NamedTuple):
    kind: str  # the name of a Kind
    content: Sketch | Grey  # as a person would send it


KINDS: dict[str, Kind] = {}


def kind(
    group: str, *, held_back: bool = False
) -> Callable[[Callable[[Rng], Sketch | Grey]], Callable[[Rng], Sketch | Grey]]:
    """Adds the decorated function to the table under its name."""

    def register(make: Callable[[Rng], Sketch | Grey]) -> Callable[[Rng], Sketch | Grey]:
        name = make.__name__.replace("_", " ")
        KINDS[name] = Kind(name, group, make, held_back)
        return make

    return register


def draw_outliers(count: int, seed: Seed, *, held_back: bool = False) -> tuple[NDArray[np.uint8], list[str]]:
    """The network's input for `count` outliers, shape (n, 28, 28), and the kind of each.

    Each group is drawn equally often, and each kind equally often within its group. held_back: draws the kinds
    that are kept for measuring instead of those to learn from. The same seed draws the same outliers.
    """
    drawn = []
    for name, digit in find_outliers(count, seed, held_back=held_back):
        drawn.append((name, digit))
        count_one()
    return np.stack([digit.pixels for _, digit in drawn]), [name for name, _ in drawn]


def find_outliers(count: int, seed: Seed, *, held_back: bool = False) -> Iterator[tuple[str, FoundDigit]]:
    """Yields the kind of each outlier and the digit that preprocessing takes it for. Redraws blank ones."""
    rng = np.random.default_rng(seed)
    framed = 0
    for name, content in endless_outliers(rng, held_back):
        try:
            digit = frame_outlier(content)
        except NoInk:
            continue
        yield name, digit
        framed += 1
        if framed == count:
            return


def draw_outlier_sketches(count: int, seed: Seed, *, held_back: bool = False) -> Iterator[Outlier]:
    """Outliers drawn with the pen alone, for the pad."""
    outliers = endless_outliers(np.random.default_rng(seed), held_back)
    sketches = (outlier for outlier in outliers if isinstance(outlier.content, Sketch))
    for _, sketch in zip(range(count), sketches, strict=False):
        yield sketch


def draw_outliers_of(name: str, count: int, seed: Seed) -> list[Sketch | Grey]:
    """Outliers of one kind."""
    rng = np.random.default_rng(seed)
    return [KINDS[name].make(rng) for _ in range(count)]


def frame_outlier(content: Sketch | Grey) -> FoundDigit:
    """The one digit that preprocessing takes a drawing or picture for. Raises NoInk."""
    if isinstance(content, Sketch):
        return find_digits_in_sketch(content, one_digit=True)[0]
    return find_digits(content, one_digit=True)[0]


def endless_outliers(rng: Rng, held_back: bool) -> Iterator[Outlier]:
    """Yields outliers, one of each group in turn, the groups in a new order each time. They never end."""
    by_group = [
        [kind for kind in KINDS.values() if kind.group == group and kind.is_held_back == held_back] for group in GROUPS
    ]
    while True:
        for number in rng.permutation(len(GROUPS)):
            chosen = by_group[number][rng.integers(len(by_group[number]))]
            content = chosen.make(rng)
            if isinstance(content, Sketch) and rng.random() < SHARE_AS_PICTURE:
                content = on_paper(render(content), rng)
            yield Outlier(chosen.name, content)


def sketch_of(paths: list[Path], rng: Rng) -> Sketch:
    """Paths of any size, placed on a pad as digits are: somewhere, at some size, with some pen."""
    size = rng.uniform(60, 250)
    pen = float(np.clip(size * np.exp(rng.normal(-2.3, 0.35)), 4, 40))
    longest = float(np.ptp(np.vstack(paths), 0).max())
    placed = place([path / longest for path in paths], size, pen, rng)
    return Sketch([resample(path, 5.0).round(1).tolist() for path in placed], PAD, PAD, round(pen, 1))


def side_by_side(glyphs: list[Glyph], rng: Rng) -> list[Path]:
    """Glyphs in a row by one writer, close together, sometimes touching, of slightly different heights."""
    row: list[Path] = []
    writing, x = Writing.sample(rng), 0.0
    for glyph in glyphs:
        paths = write(glyph, writing, rng)
        low, high = np.vstack(paths).min(0), np.vstack(paths).max(0)
        size, drop = rng.uniform(0.85, 1.15), rng.normal(0, 0.06)
        row += [(path - low) * size + [x, drop] for path in paths]
        x += (high[0] - low[0]) * size + rng.uniform(0.03, 0.4)
    return row
