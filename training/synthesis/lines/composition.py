"""One hand writes a text: characters side by side, with the gaps, sizes and baseline of that hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthesis.curves import Path
from training.synthesis.glyphs.rare import RARE_STYLES
from training.synthesis.glyphs.shapes import STYLES, Hand, Style
from training.synthesis.writing import Writing, write

from .marks import MARKS, other
from .scans import Scan, Scans

Rng = np.random.Generator
BANDS = np.linspace(-0.9, 0.9, 19)  # limits of the rows in which the gap between two characters is measured
FAR = 9.0  # beyond any character

STYLES_OF = {digit: [style for style in (*STYLES, *RARE_STYLES) if style.digit == digit] for digit in range(10)}


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
        elif spacing < 0.7:
            gap = rng.uniform(0.02, 0.14)
        elif spacing < 0.92:
            gap = rng.uniform(-0.1, 0.03)
        else:
            gap = rng.uniform(0.45, 1.1)
        return cls(
            gap=gap,
            unevenness=rng.uniform(0.01, 0.1),
            joins=rng.uniform(0.2, 1.0) if rng.random() < 0.2 else 0.0,
            size=rng.uniform(0.02, 0.14),
            small_zero=rng.uniform(0.4, 0.85) if rng.random() < 0.3 else 1.0,
            drift=rng.uniform(0, 0.06),
            climb=rng.normal(0, 0.04),
            space=rng.uniform(0.3, 0.9),
        )


@dataclass
class Placed:
    """A character at its place in the line. Lengths are in heights of a digit, y downwards from the middle of the row."""

    character: str
    x: float
    y: float
    size: float
    paths: list[Path]  # about (0, 0), before size; empty if it is a scan
    scan: Scan | None = None

    def points(self) -> Path:
        """All its points, at their place."""
        return self._own_points() * self.size + [self.x, self.y]

    def _own_points(self) -> Path:
        return self.scan.points if self.scan else np.vstack(self.paths)


@dataclass(frozen=True)
class Line:
    """A written line. Boxes of its characters follow from their points."""

    text: str  # without spaces
    characters: list[Placed]
    pen: float  # width


def compose(text: str, rng: Rng, scans: Scans | None, *, held_back: bool = False) -> Line:
    """Writes a text in one hand, drawn at random.

    scans: digits that people wrote; if given, all digits of the line are among them. Otherwise a program writes them.
    """
    writing, habits = Writing.sample(rng), Habits.sample(rng)
    styles = {digit: _style_of(digit, rng) for digit in range(10)}
    kin = scans.kin(rng) if scans else None
    characters: list[Placed] = []
    right = np.full(len(BANDS) - 1, -FAR)
    baseline, space = 0.0, 0.0
    for character in text:
        if character == " ":
            space += habits.space
            continue
        size = float(np.exp(rng.normal(0, habits.size)))
        scan, paths = None, []
        if character.isdigit():
            if kin is not None:
                scan = kin.digit(int(character))
            else:
                style = styles[int(character)] if rng.random() < 0.75 else _style_of(int(character), rng)
                paths = write(style.draw(Hand(rng)), writing, rng)
            if character == "0":
                size *= habits.small_zero
        elif character in MARKS:
            paths = [path - path[:, 1:] * [writing.slant, 0] for path in MARKS[character](rng)]
        else:
            paths = other(rng, writing, held_back=held_back)
        baseline += rng.normal(0, habits.drift)
        placed = Placed(character, 0.0, baseline, size, paths, scan)
        if character.isdigit():  # smaller digits sit on the line, or hang a little above it
            placed.y += (1 - size) / 2 * rng.uniform(0.2, 1.2)
        gap = habits.gap + rng.normal(0, habits.unevenness)
        if not character.isdigit() or (characters and not characters[-1].character.isdigit()):
            gap = max(gap, 0.0) * rng.uniform(0.3, 1.2) + rng.uniform(0.0, 0.2)
        _put(placed, right, gap + space, characters[-1] if characters else None)
        placed.y += placed.x * habits.climb
        characters.append(placed)
        space = 0.0
    pen = float(np.clip(np.exp(rng.normal(-2.4, 0.35)), 0.03, 0.24))
    if kin is None and habits.joins:
        _join(characters, habits.joins, rng)
    return Line(text.replace(" ", ""), characters, pen)


def _style_of(digit: int, rng: Rng) -> Style:
    styles = STYLES_OF[digit]
    weights = np.cumsum([style.weight for style in styles])
    return styles[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]


def _put(placed: Placed, right: NDArray[np.float64], gap: float, before: Placed | None) -> None:
    """Moves a character to the right of those before it. right: their right edge in each band, updated."""
    points = placed.points()
    low, high = _edges(points)
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
    return np.maximum(np.maximum(padded[:-2], padded[2:]), padded[1:-1])


def _join(characters: list[Placed], share: float, rng: Rng) -> None:
    """Draws the pen's path from the end of a digit to the start of the next, as if it had not been lifted."""
    for first, second in zip(characters, characters[1:], strict=False):
        if not (first.character.isdigit() and second.character.isdigit()) or rng.random() > share:
            continue
        start = first.paths[-1][-1] * first.size + [first.x, first.y]
        end = second.paths[0][0] * second.size + [second.x, second.y]
        if np.hypot(*(end - start)) > 0.9:
            continue
        middle = (start + end) / 2 + rng.normal(0, 0.06, 2)
        bridge = np.array([start, middle, end])
        first.paths.append((bridge - [first.x, first.y]) / first.size)
