"""One hand writes a text: characters side by side, with the gaps, sizes and baseline of that hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.synthesis.curves import Path
from training.synthesis.glyphs.rare import RARE_STYLES
from training.synthesis.glyphs.shapes import STYLES, Hand, Style
from training.synthesis.writing import Writing, rewrite, write

from .ingredients import Ingredient
from .marks import HELD_BACK_MARKS, MARKS, other
from .scans import Scan, Scans

Rng = np.random.Generator
BANDS = np.linspace(-0.9, 0.9, 19)  # limits of the rows in which the gap between two characters is measured
FAR = 9.0  # beyond any character
TALL_MARKS = "-+=:/%"  # keep their distance from a digit at all heights; points and commas may go below it
HELD_BACK = 0.3  # share of the digits and marks of a line for measuring that no line for training has
APART = 0.14  # gap between digits that are clearly apart
BACKWARDS = 0.1, 0.35  # share of the hands that draw some strokes from their end, and of these strokes
TRACED = 0.25  # share of the lines with people's digits that have strokes recovered from them instead of their pictures
FAITHFUL = 0.75  # share of the digits that a hand writes in its usual style

# One style of each digit is written in lines for measuring alone.
HELD_BACK_STYLES = {
    "halved_zero",
    "bowed_one",
    "rounded_two",
    "hooked_three",
    "lightning_four",
    "angular_five",
    "crossed_six",
    "hooked_barred_seven",
    "eight_from_the_waist",
    "clockwise_nine",
}
_OF_HANDS = [style for style in (*STYLES, *RARE_STYLES) if style.draw.__name__ not in HELD_BACK_STYLES]
STYLES_OF = {digit: [style for style in _OF_HANDS if style.digit == digit] for digit in range(10)}
USUAL_STYLES_OF = {digit: [style for style in STYLES_OF[digit] if style not in RARE_STYLES] for digit in STYLES_OF}
HELD_BACK_OF = {style.digit: style for style in STYLES if style.draw.__name__ in HELD_BACK_STYLES}


@dataclass(frozen=True)
class Habits:
    """How one hand sets characters side by side. Lengths are in heights of a digit."""

    gap: float  # between two digits, negative where they overlap
    unevenness: float  # standard deviation of the gap
    joins: float  # share of the gaps that the pen crosses on the paper
    size: float  # standard deviation of the logarithm of a digit's size
    small_zero: float  # size of a zero
    drift: float  # standard deviation of the step of the baseline from one character to the next
    climb: float  # rise of the baseline per length
    space: float

    @classmethod
    def sample(cls, rng: Rng) -> Habits:
        """Habits drawn at random."""
        spacing = rng.random()
        if spacing < 0.35:
            gap = rng.uniform(0.12, 0.45)
        elif spacing < 0.65:
            gap = rng.uniform(0.02, 0.14)
        elif spacing < 0.85:
            gap = rng.uniform(-0.1, 0.03)
        else:
            gap = rng.uniform(0.45, 1.2)
        return cls(
            gap=gap,
            unevenness=rng.uniform(0.01, 0.12),
            joins=rng.uniform(0.2, 1.0) if rng.random() < 0.2 else 0.0,
            size=rng.uniform(0.02, 0.18),
            small_zero=rng.uniform(0.4, 0.85) if rng.random() < 0.3 else 1.0,
            drift=rng.uniform(0, 0.12) * rng.random(),
            climb=rng.normal(0, 0.04),
            space=rng.uniform(0.3, 0.9),
        )

    def without(self, ingredient: Ingredient) -> Habits:
        """The same habits without one that an ingredient stands for."""
        if ingredient == Ingredient.TOUCHING:
            return replace(self, gap=max(self.gap, APART))
        if ingredient == Ingredient.JOINED:
            return replace(self, joins=0.0)
        if ingredient == Ingredient.SMALL_ZEROS:
            return replace(self, small_zero=1.0)
        if ingredient == Ingredient.WANDERING:
            return replace(self, size=0.0, drift=0.0, climb=0.0)
        return self


@dataclass
class Placed:
    """A character at its place in a line. Lengths are in heights of a digit, y downwards from the middle of the row."""

    character: str
    x: float
    y: float
    size: float
    paths: list[Path]  # about (0, 0), before size; empty if it is a scan
    scan: Scan | None = None

    def points(self) -> Path:
        """All its points at their place, (n, 2)."""
        own = self.scan.points if self.scan else np.vstack(self.paths)
        return own * self.size + [self.x, self.y]


@dataclass(frozen=True)
class Line:
    """A written line."""

    text: str  # without spaces
    characters: list[Placed]
    pen: float  # width


class Writer:
    """One hand, drawn at random: how it forms each character and sets them side by side."""

    def __init__(self, rng: Rng, scans: Scans | None, held_back: bool, without: Collection[Ingredient]) -> None:
        self._rng, self._held_back = rng, held_back
        self._styles_of = USUAL_STYLES_OF if Ingredient.RARE_FORMS in without else STYLES_OF
        self._writing, self.habits = Writing.sample(rng), reduce(Habits.without, without, Habits.sample(rng))
        self._styles = {digit: self._style_of(digit) for digit in range(10)}
        self._kin = scans.kin(rng) if scans else None
        self.pen = float(np.clip(np.exp(rng.normal(-2.4, 0.35)), 0.03, 0.24))
        self._traces = self._kin is not None and rng.random() < TRACED and Ingredient.TRACED not in without
        self.joins = 0.0 if self._kin and not self._traces else self.habits.joins

    def write(self, character: str, baseline: float) -> Placed:
        """A character at the left of the line, on its baseline."""
        size = float(np.exp(self._rng.normal(0, self.habits.size)))
        if character == "0":
            size *= self.habits.small_zero
        if not character.isdigit():
            return Placed(character, 0.0, baseline, size, self._sign(character))
        # Smaller digits sit on the baseline, or hang a little above it.
        y = baseline + (1 - size) / 2 * self._rng.uniform(0.2, 1.2)
        if self._kin is not None:
            if not self._traces:
                return Placed(character, 0.0, y, size, [], self._kin.digit(int(character)))
            strokes = rewrite(self._kin.strokes(int(character)), self._writing, self._rng)
            return Placed(character, 0.0, y, size, strokes)
        style = self._styles[int(character)]
        if self._rng.random() > FAITHFUL:
            style = self._style_of(int(character))
        return Placed(character, 0.0, y, size, write(style.draw(Hand(self._rng)), self._writing, self._rng))

    def _style_of(self, digit: int) -> Style:
        if self._held_back and self._rng.random() < HELD_BACK:
            return HELD_BACK_OF[digit]
        styles = self._styles_of[digit]
        weights = np.cumsum([style.weight for style in styles])
        return styles[int(np.searchsorted(weights, self._rng.random() * weights[-1], side="right"))]

    def _sign(self, character: str) -> list[Path]:
        if character in MARKS:
            draw = (HELD_BACK_MARKS if self._held_back and self._rng.random() < HELD_BACK else MARKS)[character]
            return [path - path[:, 1:] * [self._writing.slant, 0] for path in draw(self._rng)]
        return other(self._rng, self._writing, held_back=self._held_back)

    def gap(self, before: str, after: str) -> float:
        """The gap between two characters; wider beside a mark."""
        gap = self.habits.gap + self._rng.normal(0, self.habits.unevenness)
        if before.isdigit() and after.isdigit():
            return float(gap)
        return float(max(gap, 0.0) * self._rng.uniform(0.3, 1.2) + self._rng.uniform(0.0, 0.2))


def compose(
    text: str, rng: Rng, scans: Scans | None, *, held_back: bool = False, without: Collection[Ingredient] = ()
) -> Line:
    """Writes a text in one hand, drawn at random.

    scans: digits that people wrote; if given, all digits of the line are among them, as pictures or as strokes
    recovered from these. Otherwise a program writes them.
    held_back: also styles, marks and letters that are kept for measuring. without: what no hand does.
    """
    writer = Writer(rng, scans, held_back, without)
    characters: list[Placed] = []
    right = np.full(len(BANDS) - 1, -FAR)
    baseline = space = 0.0
    for character in text:
        if character == " ":
            space += writer.habits.space
            continue
        baseline += rng.normal(0, writer.habits.drift)
        placed = writer.write(character, baseline)
        before = characters[-1] if characters else None
        _put(placed, right, writer.gap(before.character if before else "", character) + space, before)
        placed.y += placed.x * writer.habits.climb
        characters.append(placed)
        space = 0.0
    if writer.joins:
        _join(characters, writer.joins, rng)
    elif rng.random() < BACKWARDS[0]:
        for each in characters:
            each.paths = [path[::-1] if rng.random() < BACKWARDS[1] else path for path in each.paths]
    return Line(text.replace(" ", ""), characters, writer.pen)


def _put(placed: Placed, right: NDArray[np.float64], gap: float, before: Placed | None) -> None:
    """Moves a character to the right of those before it. right: their right edge in each band, updated."""
    points = placed.points()
    low, high = _edges(points)
    if placed.character in TALL_MARKS:  # under the roof of a 7, a dash would be its bar
        low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
    reach = _spread(right)
    x = float((reach - low).max()) + gap if before is not None else 0.0
    if before is not None:  # at least a little further than the one before, also where it fits below or above
        mine, theirs = float(points[:, 0].mean()), float(before.points()[:, 0].mean())
        x = max(x, theirs + 0.12 - mine)
    placed.x += x
    np.maximum(right, high + x, out=right)


def _edges(points: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The left and right edge in each band; FAR to the right and left where it has no point."""
    band = np.clip(np.searchsorted(BANDS, points[:, 1]) - 1, 0, len(BANDS) - 2)
    low, high = np.full(len(BANDS) - 1, FAR), np.full(len(BANDS) - 1, -FAR)
    np.minimum.at(low, band, points[:, 0])
    np.maximum.at(high, band, points[:, 0])
    return low, high


def _spread(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The right edge in each band and the two beside it, so that nothing nestles too deep."""
    padded = np.r_[-FAR, edges, -FAR]
    return np.asarray(np.maximum(np.maximum(padded[:-2], padded[2:]), padded[1:-1]))


def _join(characters: list[Placed], share: float, rng: Rng) -> None:
    """Draws the pen's path from the end of a digit to the start of the next, as if it had not been lifted."""
    for first, second in pairwise(characters):
        if not (first.character.isdigit() and second.character.isdigit()) or rng.random() > share:
            continue
        start = first.paths[-1][-1] * first.size + [first.x, first.y]
        end = second.paths[0][0] * second.size + [second.x, second.y]
        if np.hypot(*(end - start)) > 0.9:
            continue
        middle = (start + end) / 2 + rng.normal(0, 0.06, 2)
        bridge = np.array([start, middle, end])
        first.paths.append((bridge - [first.x, first.y]) / first.size)
