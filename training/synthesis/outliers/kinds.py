"""Outliers: kinds of pictures that are not digits, and drawing them."""

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
from training.synthesis.glyphs.shapes import Glyph
from training.synthesis.handwriting import PAD, Path, Seed, Writing, evenly, place, write

from .arrays import Rng
from .paper import on_paper

GROUPS = ("noise", "scribble", "letter", "sign", "two digits", "photograph")
VERSION = 2  # goes up whenever other pictures come out
SHARE_AS_PICTURE = 0.3  # of what is drawn comes as a picture of ink on paper, not as strokes
PRINTED, HELD_BACK_PRINTED = "ACFKMPTUWXadhmprt", "EHLNRVefkncuvwx"  # letters that no digit resembles


@dataclass(frozen=True)
class Kind:
    name: str
    group: str  # of GROUPS
    make: Callable[[Rng], Sketch | Grey]
    is_held_back: bool


class Outlier(NamedTuple):
    kind: str  # a Kind's name
    what: Sketch | Grey  # as a person would put it in


KINDS: dict[str, Kind] = {}


def kind(
    group: str, *, held_back: bool = False
) -> Callable[[Callable[[Rng], Sketch | Grey]], Callable[[Rng], Sketch | Grey]]:
    """Put the decorated maker on the table, under its name."""

    def register(make: Callable[[Rng], Sketch | Grey]) -> Callable[[Rng], Sketch | Grey]:
        name = make.__name__.replace("_", " ")
        KINDS[name] = Kind(name, group, make, held_back)
        return make

    return register


def draw_outliers(count: int, seed: Seed, *, held_back: bool = False) -> tuple[NDArray[np.uint8], list[str]]:
    """What a network is given of things that are no digits, shape (n, 28, 28), and the kind of each.

    As much of each group as of any other, of each kind in it as of any other. held_back: of the kinds that are
    kept for measuring, instead of those to learn from. The same for the same seed.
    """
    drawn = list(find_outliers(count, seed, held_back=held_back))
    return np.stack([found.pixels for _, found in drawn]), [name for name, _ in drawn]


def find_outliers(count: int, seed: Seed, *, held_back: bool = False) -> Iterator[tuple[str, FoundDigit]]:
    """The same one by one, with all that preprocessing noticed. What it turns away as blank is drawn anew."""
    rng = np.random.default_rng(seed)
    made = 0
    for junk in _endlessly(rng, held_back):
        try:
            found = frame_outliers(junk.what)
        except NoInk:
            continue
        yield junk.kind, found
        made += 1
        if made == count:
            return


def draw_outlier_sketches(count: int, seed: Seed, *, held_back: bool = False) -> Iterator[Outlier]:
    """Junk drawn with the pen alone, for the pad."""
    found = (junk for junk in _endlessly(np.random.default_rng(seed), held_back) if isinstance(junk.what, Sketch))
    for _, junk in zip(range(count), found, strict=False):
        yield junk


def draw_outliers_of(name: str, count: int, seed: Seed) -> list[Sketch | Grey]:
    """Junk of one kind."""
    rng = np.random.default_rng(seed)
    return [KINDS[name].make(rng) for _ in range(count)]


def frame_outliers(what: Sketch | Grey) -> FoundDigit:
    """The one digit that it is taken for. Raises NoInk."""
    found = (
        find_digits_in_sketch(what, one_digit=True) if isinstance(what, Sketch) else find_digits(what, one_digit=True)
    )
    return found[0]


def _endlessly(rng: Rng, held_back: bool) -> Iterator[Outlier]:
    by_group = [
        [each for each in KINDS.values() if each.group == group and each.is_held_back == held_back] for group in GROUPS
    ]
    while True:
        for number in rng.permutation(len(GROUPS)):
            chosen = by_group[number][rng.integers(len(by_group[number]))]
            what = chosen.make(rng)
            if isinstance(what, Sketch) and rng.random() < SHARE_AS_PICTURE:
                what = on_paper(render(what), rng)
            yield Outlier(chosen.name, what)


def sketch_of(paths: list[Path], rng: Rng) -> Sketch:
    """Pen's ways of any size, laid on a pad as digits are: somewhere, of some size, with some pen."""
    size = rng.uniform(60, 250)
    pen = float(np.clip(size * np.exp(rng.normal(-2.3, 0.35)), 4, 40))
    longest = float(np.ptp(np.vstack(paths), 0).max())
    whole = [path / longest for path in paths]
    return Sketch(
        [evenly(path, 5.0).round(1).tolist() for path in place(whole, size, pen, rng)], PAD, PAD, round(pen, 1)
    )


def side_by_side(glyphs: list[Glyph], rng: Rng) -> list[Path]:
    """Glyphs in a row, near one another, at times touching, none quite as high as the one before."""
    paths: list[Path] = []
    writing, x = Writing.by(rng), 0.0
    for glyph in glyphs:
        ways = write(glyph, writing, rng)
        low, high = np.vstack(ways).min(0), np.vstack(ways).max(0)
        size, drop = rng.uniform(0.85, 1.15), rng.normal(0, 0.06)
        paths += [(way - low) * size + [x, drop] for way in ways]
        x += (high[0] - low[0]) * size + rng.uniform(0.03, 0.4)
    return paths
