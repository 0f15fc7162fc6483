"""What glyphs are made of, and the table of styles.

A glyph is a list of strokes, a stroke a list of runs, and a run a list of nodes. The pen passes smoothly through the
nodes of a run and turns a corner between two runs. Nodes are x, y in a box of height 1, y downwards.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Node = tuple[float, float]
Run = list[Node]
Stroke = list[Run]
Glyph = list[Stroke]


@dataclass(frozen=True)
class Hand:
    """Draws the values that differ from one writing of a style to the next."""

    rng: np.random.Generator

    def near(self, middle: float, spread: float = 0.04) -> float:
        """A normally distributed value, at most 2.5 standard deviations from the middle. spread: the deviation."""
        return middle + spread * min(max(float(self.rng.standard_normal()), -2.5), 2.5)

    def between(self, low: float, high: float) -> float:
        """A uniformly distributed value."""
        return low + (high - low) * float(self.rng.random())

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return float(self.rng.random()) < share


@dataclass(frozen=True)
class Style:
    digit: int
    weight: float  # how common it is among the styles of this digit
    draw: Callable[[Hand], Glyph]


STYLES: list[Style] = []


def style(digit: int, weight: float = 1.0) -> Callable[[Callable[[Hand], Glyph]], Callable[[Hand], Glyph]]:
    """Adds the decorated function to the table."""

    def register(draw: Callable[[Hand], Glyph]) -> Callable[[Hand], Glyph]:
        STYLES.append(Style(digit, weight, draw))
        return draw

    return register


def ring(x: float, y: float, rx: float, ry: float, start: float, turn: float, nodes: int = 9) -> Run:
    """An arc of an ellipse. start: degrees clockwise from the top; turn: degrees, positive clockwise."""
    angles = np.radians(start + np.linspace(0, turn, nodes))
    return list(zip((x + rx * np.sin(angles)).tolist(), (y - ry * np.cos(angles)).tolist(), strict=True))


def oval(hand: Hand, turn: float) -> Run:
    """An ellipse that begins near the top. turn: degrees, positive clockwise, about 360."""
    return ring(0.3, 0.5, hand.between(0.2, 0.38), 0.5, hand.near(10, 22), turn, 11)
