"""Shapes that glyphs are made of, and the table of styles."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Node = tuple[float, float]
Run = list[Node]
Stroke = list[Run]
Glyph = list[Stroke]


@dataclass(frozen=True)
class Hand:
    """Where a style asks for what differs from one writing to the next."""

    rng: np.random.Generator

    def near(self, middle: float, spread: float = 0.04) -> float:
        """A value about `middle`, never farther than 2.5 times the spread."""
        return middle + spread * min(max(float(self.rng.standard_normal()), -2.5), 2.5)

    def between(self, low: float, high: float) -> float:
        """Any value of a range, each as likely."""
        return low + (high - low) * float(self.rng.random())

    def chance(self, share: float) -> bool:
        """Whether this time; `share` of the times."""
        return float(self.rng.random()) < share


@dataclass(frozen=True)
class Style:
    digit: int
    weight: float  # how usual it is among this digit's styles
    draw: Callable[[Hand], Glyph]


STYLES: list[Style] = []


def style(digit: int, weight: float = 1.0) -> Callable[[Callable[[Hand], Glyph]], Callable[[Hand], Glyph]]:
    """Put the decorated function on the table."""

    def register(draw: Callable[[Hand], Glyph]) -> Callable[[Hand], Glyph]:
        STYLES.append(Style(digit, weight, draw))
        return draw

    return register


def ring(x: float, y: float, rx: float, ry: float, start: float, turn: float, nodes: int = 9) -> Run:
    """A piece of an ellipse. start: degrees clockwise from the top; turn: degrees, positive clockwise."""
    angles = np.radians(start + np.linspace(0, turn, nodes))
    return list(zip((x + rx * np.sin(angles)).tolist(), (y - ry * np.cos(angles)).tolist(), strict=True))


def oval(hand: Hand, turn: float) -> Run:
    """About a whole turn from somewhere near the top; turn: degrees, positive clockwise."""
    return ring(0.3, 0.5, hand.between(0.2, 0.38), 0.5, hand.near(10, 22), turn, 11)
