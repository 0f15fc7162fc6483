"""How people write the ten digits: a table of styles, each a short function that lays down its strokes.

A stroke is a list of runs; a run is a smooth curve through its nodes, and where one run ends and the next
begins the pen turns a corner. Nodes are (x, y) in a box of height 1 and about width 0.6, y downwards.
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
    """Where a style asks for what differs from one writing to the next."""

    rng: np.random.Generator

    def near(self, middle: float, spread: float = 0.04) -> float:
        """A value about `middle`, seldom farther than twice the spread."""
        return float(np.clip(self.rng.normal(middle, spread), middle - 2.5 * spread, middle + 2.5 * spread))


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
    return [(float(x + rx * np.sin(angle)), float(y - ry * np.cos(angle))) for angle in angles]


@style(0, 3)
def oval_zero(hand: Hand) -> Glyph:
    width = hand.near(0.3, 0.035)
    return [[ring(0.3, 0.5, width, 0.5, hand.near(5, 12), hand.near(-368, 8), 10)]]


@style(0, 1)
def clockwise_zero(hand: Hand) -> Glyph:
    return [[ring(0.3, 0.5, hand.near(0.28, 0.03), 0.5, hand.near(-10, 12), hand.near(372, 8), 10)]]


@style(0, 0.3)
def slashed_zero(hand: Hand) -> Glyph:
    return [
        [ring(0.3, 0.5, 0.29, 0.5, hand.near(5, 12), hand.near(-366, 6), 10)],
        [[(hand.near(0.5), hand.near(0.18)), (hand.near(0.1), hand.near(0.82))]],
    ]


@style(1, 2)
def bare_one(hand: Hand) -> Glyph:
    lean = hand.near(0, 0.04)
    return [[[(0.3 + lean, 0.0), (0.3 + hand.near(0, 0.01), 0.5), (0.3 - lean, 1.0)]]]


@style(1, 1.2)
def flagged_one(hand: Hand) -> Glyph:
    x = hand.near(0.36)
    return [[[(hand.near(0.12), hand.near(0.26)), (x, 0.0)], [(x, 0.5), (x - 0.01, 1.0)]]]


@style(1, 0.6)
def based_one(hand: Hand) -> Glyph:
    x = hand.near(0.3, 0.02)
    return [
        [[(hand.near(0.1), hand.near(0.24)), (x, 0.0)], [(x, 0.98)]],
        [[(hand.near(0.08), hand.near(0.99, 0.01)), (hand.near(0.54), hand.near(0.99, 0.01))]],
    ]


@style(2, 2)
def flat_two(hand: Hand) -> Glyph:
    bow = ring(0.29, 0.28, hand.near(0.26, 0.03), 0.28, hand.near(-75, 10), 190, 7)
    return [[[*bow, (0.3, 0.72), (0.03, 0.97)], [(0.28, hand.near(0.95, 0.02)), (0.6, hand.near(0.96, 0.03))]]]


@style(2, 1)
def looped_two(hand: Hand) -> Glyph:
    bow = ring(0.31, 0.27, hand.near(0.25, 0.03), 0.27, hand.near(-70, 10), 185, 7)
    return [
        [
            [
                *bow,
                (0.33, 0.68),
                (0.14, 0.92),
                (0.03, 0.93),
                (0.07, 0.81),
                (0.22, hand.near(0.87, 0.02)),
                (0.42, 0.97),
                (0.62, hand.near(0.9)),
            ]
        ]
    ]


@style(2, 1)
def swung_two(hand: Hand) -> Glyph:
    bow = ring(0.3, 0.26, 0.25, 0.26, hand.near(-60, 10), 180, 7)
    return [[[*bow, (0.32, 0.66), (0.1, 0.93), (0.06, 0.98)], [(0.2, 0.91), (0.42, 0.97), (0.62, hand.near(0.9))]]]


@style(3, 2.5)
def round_three(hand: Hand) -> Glyph:
    waist = hand.near(0.47, 0.03)
    upper = ring(0.26, waist / 2, hand.near(0.25, 0.03), waist / 2, hand.near(-65, 10), 235, 7)
    lower = ring(0.25, (1 + waist) / 2, hand.near(0.31, 0.03), (1 - waist) / 2, 10, hand.near(235, 12), 8)
    return [[[*upper[:-1], (hand.near(0.2), waist)], lower]]


@style(3, 0.8)
def flat_topped_three(hand: Hand) -> Glyph:
    lower = ring(0.24, 0.69, hand.near(0.3, 0.03), 0.31, 8, hand.near(235, 12), 8)
    return [[[(0.06, 0.02), (0.52, hand.near(0.01, 0.02))], [(hand.near(0.22), 0.38)], lower]]


@style(4, 2)
def open_four(hand: Hand) -> Glyph:
    bar = hand.near(0.58, 0.04)
    x = hand.near(0.46)
    return [
        [
            [(hand.near(0.14), 0.02), (hand.near(0.1), bar * 0.6), (0.06, bar)],
            [(0.3, bar), (0.64, hand.near(bar, 0.03))],
        ],
        [[(x, hand.near(0.08)), (x, 0.5), (x - hand.near(0.02, 0.02), 1.0)]],
    ]


@style(4, 1)
def curved_four(hand: Hand) -> Glyph:
    x = hand.near(0.5)
    middle = hand.near(0.5)
    return [
        [
            [(hand.near(0.1), 0.0), (0.03, 0.25), (0.1, middle), (0.3, middle + 0.02), (x, hand.near(0.32))],
        ],
        [[(x + 0.02, hand.near(0.03, 0.02)), (x, 0.5), (x - 0.03, 1.0)]],
    ]


@style(4, 1.2)
def closed_four(hand: Hand) -> Glyph:
    x = hand.near(0.42, 0.03)
    bar = hand.near(0.66, 0.03)
    return [[[(x, 0.0), (0.02, bar)], [(0.64, hand.near(bar, 0.02))]], [[(x, hand.near(0.02, 0.02)), (x, 1.0)]]]


@style(5, 2)
def capped_five(hand: Hand) -> Glyph:
    belly = ring(0.26, 0.67, hand.near(0.3, 0.03), 0.33, hand.near(-38, 8), hand.near(268, 12), 9)
    return [
        [[(0.12, 0.03), (0.07, 0.44)], belly],
        [[(0.11, hand.near(0.03, 0.02)), (0.34, hand.near(0.02, 0.015)), (hand.near(0.56), hand.near(0.01, 0.02))]],
    ]


@style(5, 1)
def single_stroke_five(hand: Hand) -> Glyph:
    belly = ring(0.25, 0.68, hand.near(0.3, 0.03), 0.32, hand.near(-35, 8), hand.near(260, 12), 9)
    return [[[(hand.near(0.54), hand.near(0.02, 0.02)), (0.14, 0.03)], [(0.08, 0.45)], belly]]


@style(6, 2)
def round_six(hand: Hand) -> Glyph:
    y = hand.near(0.71, 0.02)
    loop = ring(0.3, y, hand.near(0.26, 0.03), 1 - y, -100, hand.near(-345, 12), 10)
    return [[[(hand.near(0.46, 0.05), 0.0), (0.2, 0.22), (0.07, 0.5), *loop]]]


@style(6, 1)
def straight_six(hand: Hand) -> Glyph:
    y = hand.near(0.73, 0.02)
    loop = ring(0.28, y, hand.near(0.23, 0.03), 1 - y, -100, hand.near(-350, 12), 10)
    return [[[(hand.near(0.32), 0.0), (0.16, 0.28), (0.06, 0.58), *loop]]]


@style(7, 2)
def plain_seven(hand: Hand) -> Glyph:
    foot = hand.near(0.22, 0.06)
    return [[[(0.02, hand.near(0.04, 0.03)), (0.57, 0.02)], [(hand.near(0.38, 0.03), 0.45), (foot, 1.0)]]]


@style(7, 1)
def barred_seven(hand: Hand) -> Glyph:
    height = hand.near(0.5, 0.03)
    return [
        [[(0.02, hand.near(0.04, 0.03)), (0.57, 0.02)], [(hand.near(0.39, 0.02), 0.45), (hand.near(0.22), 1.0)]],
        [[(hand.near(0.17, 0.03), height), (hand.near(0.56, 0.03), hand.near(height - 0.02, 0.02))]],
    ]


@style(7, 0.6)
def hooked_seven(hand: Hand) -> Glyph:
    return [
        [
            [(0.04, hand.near(0.2, 0.03)), (0.06, 0.05)],
            [(0.3, hand.near(0.06, 0.02)), (0.58, 0.01)],
            [(hand.near(0.36, 0.03), 0.45), (hand.near(0.26), 1.0)],
        ]
    ]


@style(8, 2)
def single_stroke_eight(hand: Hand) -> Glyph:
    waist = hand.near(0.47, 0.02)
    top, bottom = waist / 2, (1 + waist) / 2
    wide, wider = hand.near(0.22, 0.025), hand.near(0.27, 0.03)
    return [
        [
            [
                (0.3 + wide * 0.9, top * 0.55),
                (0.32, 0.0),
                (0.3 - wide, top),
                (0.3, waist),
                (0.3 + wider, bottom),
                (0.3, 1.0),
                (0.3 - wider, bottom),
                (0.3, waist),
                (0.3 + wide, top * 0.95),
                (hand.near(0.42, 0.03), hand.near(0.03, 0.02)),
            ]
        ]
    ]


@style(8, 0.8)
def two_ringed_eight(hand: Hand) -> Glyph:
    waist = hand.near(0.46, 0.02)
    upper = ring(0.3, waist / 2, hand.near(0.21, 0.025), waist / 2, 170, -365, 9)
    lower = ring(0.3, (1 + waist) / 2, hand.near(0.27, 0.03), (1 - waist) / 2, hand.near(0, 10), 368, 9)
    return [[upper], [lower]]


@style(9, 2)
def straight_nine(hand: Hand) -> Glyph:
    y = hand.near(0.28, 0.02)
    loop = ring(0.29, y, hand.near(0.24, 0.025), y, 62, hand.near(-335, 10), 10)
    return [[[*loop, (0.53, y * 0.6)], [(0.52, 0.6), (hand.near(0.48, 0.03), 1.0)]]]


@style(9, 1.2)
def curled_nine(hand: Hand) -> Glyph:
    y = hand.near(0.28, 0.02)
    loop = ring(0.29, y, hand.near(0.25, 0.025), y, 60, hand.near(-330, 10), 10)
    foot = [(0.55, 0.6), (0.46, 0.92), (0.28, 1.0), (hand.near(0.07, 0.03), hand.near(0.9, 0.03))]
    return [[[*loop, (0.54, y * 0.7)], foot]]
