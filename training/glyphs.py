"""How people write the ten digits: a table of styles, each a short function that lays down its strokes.

The styles are those that schools teach (a bare stroke for the 1 here, a long flag and a base there; a bar through
the 7; a slash through the 0) and what becomes of them in a hurry.

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


# --- 0 --------------------------------------------------------------------------------------------
def oval(hand: Hand, turn: float) -> Run:
    """About a whole turn from somewhere near the top; turn: degrees, positive clockwise."""
    return ring(0.3, 0.5, hand.between(0.2, 0.38), 0.5, hand.near(10, 22), turn, 11)


@style(0, 4)
def oval_zero(hand: Hand) -> Glyph:
    return [[oval(hand, -hand.near(366, 10))]]


@style(0, 1)
def clockwise_zero(hand: Hand) -> Glyph:
    return [[oval(hand, hand.near(366, 10))]]


@style(0, 0.8)
def open_zero(hand: Hand) -> Glyph:
    """The ends do not meet, at the top mostly."""
    return [[oval(hand, hand.between(318, 350) * (1 if hand.chance(0.2) else -1))]]


@style(0, 0.8)
def slashed_zero(hand: Hand) -> Glyph:
    """With a stroke through it, from inside the oval to beyond it on both sides."""
    width, beyond = hand.between(0.24, 0.36), hand.between(-0.25, 0.2)
    reach = 1 + beyond
    right, top = 0.3 + reach * width * 0.72, 0.5 - reach * 0.36
    left, bottom = 0.6 - right, 1 - top
    if hand.chance(0.15):  # the other way
        left, right = right, left
    slash: Run = [(right + hand.near(0, 0.02), top + hand.near(0, 0.03)), (left, bottom + hand.near(0, 0.03))]
    zero = ring(0.3, 0.5, width, 0.5, hand.near(10, 20), -hand.near(366, 8), 11)
    if hand.chance(0.15):  # without lifting the pen
        return [[zero, slash]]
    return [[zero], [slash]]


@style(0, 0.6)
def curled_zero(hand: Hand) -> Glyph:
    """The pen begins or ends inside, with a curl at the top."""
    width = hand.between(0.24, 0.36)
    depth = hand.between(0.08, 0.24)
    if hand.chance(0.5):
        entry: Run = [(0.3 + hand.near(-0.02), depth), (0.36, depth * 0.45)]
        return [[[*entry, *ring(0.3, 0.5, width, 0.5, hand.near(12, 6), -hand.near(352, 10), 11)]]]
    return [[[*ring(0.3, 0.5, width, 0.5, hand.near(8, 8), -hand.near(372, 8), 11), (0.2, depth), (0.36, depth)]]]


@style(0, 0.4)
def flourished_zero(hand: Hand) -> Glyph:
    """Its end swings out to the upper right, as where it would go on writing."""
    zero = ring(0.28, 0.5, hand.between(0.22, 0.32), 0.49, hand.near(20, 8), -hand.near(365, 6), 11)
    return [[[*zero, (hand.near(0.46, 0.03), hand.near(0.07, 0.02)), (hand.near(0.66), hand.near(-0.02, 0.03))]]]


@style(0, 0.4)
def halved_zero(hand: Hand) -> Glyph:
    """Two bows, one after the other."""
    width = hand.between(0.2, 0.34)
    left = ring(0.3, 0.5, width, 0.5, hand.near(3, 6), hand.near(-182, 6), 7)
    right = ring(0.3 + hand.near(0, 0.015), 0.5, width, 0.5, hand.near(-3, 6), hand.near(182, 6), 7)
    return [[left], [right]]


# --- 1 --------------------------------------------------------------------------------------------
def one(hand: Hand, flag: Node | None, base: tuple[float, float] | None, bow: float = 0.0) -> Glyph:
    """A stem at x = 0.3 with or without a flag (where it begins) and a base (its two ends)."""
    foot = 0.3 + hand.near(0, 0.03)
    stem: Run = [(0.3 + (foot - 0.3) / 2 + hand.near(0, 0.008), 0.5), (foot, 1.0)]
    strokes: Glyph
    if flag is None:
        strokes = [[[(0.3, 0.0), *stem]]]
    elif hand.chance(0.12):  # the flag is set to the stem's top afterwards
        strokes = [[[(0.3, 0.0), *stem]], [[(0.3 - 0.01, hand.near(0.01, 0.01)), flag]]]
    else:
        middle = ((flag[0] + 0.3) / 2 + bow / 2, flag[1] / 2 + bow)
        strokes = [[[flag, middle, (0.3, 0.0)], stem]]
    if base is not None:
        left, right = base
        level, sag = hand.near(1.0, 0.015), hand.near(0, 0.012)
        line: Run = [(left, level - hand.near(0, 0.015)), ((left + right) / 2, level + sag), (right, level)]
        if hand.chance(0.12):  # without lifting the pen: back to the left, then across
            strokes[0] = [*strokes[0], [(left, level)], line[1:]]
        else:
            strokes.append([line])
    return strokes


def short_flag(hand: Hand) -> Node:
    return 0.3 - hand.between(0.05, 0.24), hand.between(0.1, 0.34)


def long_flag(hand: Hand) -> Node:
    """As taught in German and other schools: a steep caret whose left leg may come down more than half the way."""
    down = hand.between(0.25, 0.85)
    return 0.3 - down * (hand.between(0.4, 0.95) if hand.chance(0.7) else hand.between(0.18, 0.4)), down


def base(hand: Hand) -> tuple[float, float]:
    return 0.3 - hand.between(0.1, 0.34), 0.3 + hand.between(0.1, 0.34)


@style(1, 3)
def bare_one(hand: Hand) -> Glyph:
    return one(hand, None, None)


@style(1, 0.5)
def bowed_one(hand: Hand) -> Glyph:
    bow = hand.near(0, 0.035)
    return [[[(0.3, 0.0), (0.3 + bow, 0.35), (0.3 + bow, 0.7), (0.3 + hand.near(0, 0.04), 1.0)]]]


@style(1, 1.6)
def flagged_one(hand: Hand) -> Glyph:
    return one(hand, short_flag(hand), None, hand.near(0, 0.012))


@style(1, 1.4)
def long_flagged_one(hand: Hand) -> Glyph:
    return one(hand, long_flag(hand), None, hand.near(0.005, 0.02))


@style(1, 1.6)
def based_one(hand: Hand) -> Glyph:
    return one(hand, short_flag(hand), base(hand), hand.near(0, 0.012))


@style(1, 0.6)
def long_flagged_based_one(hand: Hand) -> Glyph:
    return one(hand, long_flag(hand), base(hand), hand.near(0.005, 0.02))


@style(1, 0.5)
def base_alone_one(hand: Hand) -> Glyph:
    return one(hand, None, base(hand))


# --- 2 --------------------------------------------------------------------------------------------
def two_bow(hand: Hand, turn: float) -> Run:
    """The upper part, from the left over the top to the right; its first node may curl in."""
    radius = hand.between(0.2, 0.32)
    bow = ring(hand.near(0.3, 0.02), 0.27, radius, 0.27, hand.near(-72, 16), turn, 7)
    if hand.chance(0.12):
        x, y = bow[0]
        return [(x + 0.09, y + hand.near(0.05, 0.03)), (x + 0.01, y + 0.06), *bow]
    return bow


@style(2, 3)
def flat_two(hand: Hand) -> Glyph:
    end = hand.between(0.5, 0.75), hand.near(0.97, 0.035)
    foot = hand.near(0.03, 0.03)
    sag = hand.near(0.0, 0.015)
    return [
        [
            [*two_bow(hand, hand.near(186, 10)), (hand.near(0.34, 0.03), 0.68), (foot, 0.98)],
            [((foot + end[0]) / 2, (0.98 + end[1]) / 2 + sag), end],
        ]
    ]


@style(2, 1.5)
def looped_two(hand: Hand) -> Glyph:
    """With a loop at the lower left, small or large."""
    size = hand.between(0.5, 1.5)
    return [
        [
            [
                *two_bow(hand, hand.near(184, 8)),
                (0.35, 0.66),
                (0.14 + 0.02 * size, 0.93),
                (0.09 - 0.05 * size, 0.95 - 0.01 * size),
                (0.07 - 0.03 * size, 0.93 - 0.1 * size),
                (0.13 + 0.06 * size, 0.92 - 0.06 * size),
                (hand.near(0.42, 0.03), hand.near(0.97, 0.02)),
                (hand.between(0.54, 0.74), hand.near(0.92, 0.04)),
            ]
        ]
    ]


@style(2, 1.3)
def swung_two(hand: Hand) -> Glyph:
    """Its base a wave."""
    height = hand.between(0.02, 0.09)
    return [
        [
            [*two_bow(hand, hand.near(182, 10)), (0.33, 0.66), (0.12, 0.92), (hand.near(0.04, 0.02), 0.98)],
            [(0.18, 0.97 - height), (0.4, 0.97), (hand.between(0.54, 0.74), hand.near(0.92, 0.04))],
        ]
    ]


@style(2, 0.8)
def rounded_two(hand: Hand) -> Glyph:
    """The turn at the lower left is a narrow bow."""
    return [
        [
            [
                *two_bow(hand, hand.near(184, 8)),
                (0.33, 0.67),
                (0.12, 0.88),
                (0.06, 0.96),
                (0.12, 1.0),
                (0.34, hand.near(0.98, 0.015)),
                (hand.between(0.52, 0.72), hand.near(0.95, 0.03)),
            ]
        ]
    ]


@style(2, 0.7)
def z_like_two(hand: Hand) -> Glyph:
    """Flat at the top, with one rounded corner at the right."""
    top = hand.near(0.03, 0.03)
    end = hand.between(0.5, 0.72), hand.near(0.98, 0.03)
    if hand.chance(0.5):
        return [
            [[(0.05, top + 0.02), (0.36, top), (0.52, 0.1), (0.49, 0.3), (0.03, 0.98)], [(0.3, 0.98), end]],
        ]
    return [[[(0.05, top), (hand.near(0.52, 0.03), hand.near(0.03, 0.02))], [(hand.near(0.05), 0.98)], [end]]]


# --- 3 --------------------------------------------------------------------------------------------
def lower_bow(hand: Hand, top: float, start: float) -> Run:
    """The right and lower part of 3: from `top` round to the lower left."""
    height = (1 - top) / 2
    return ring(hand.near(0.25, 0.02), top + height, hand.between(0.2, 0.36), height, start, hand.near(220, 28), 8)


@style(3, 3)
def round_three(hand: Hand) -> Glyph:
    waist = hand.near(0.46, 0.035)
    upper = ring(0.26, waist / 2, hand.between(0.19, 0.31), waist / 2, hand.near(-65, 16), hand.near(228, 10), 7)
    return [[[*upper[:-1], (hand.between(0.1, 0.3), waist + hand.near(0, 0.015))], lower_bow(hand, waist, 10)]]


@style(3, 0.8)
def smooth_waisted_three(hand: Hand) -> Glyph:
    """In a hurry: the waist is only a dent."""
    waist = hand.near(0.46, 0.03)
    upper = ring(0.26, waist / 2, hand.between(0.2, 0.3), waist / 2, hand.near(-65, 16), 190, 6)
    return [[[*upper, (hand.between(0.24, 0.36), waist + 0.01), *lower_bow(hand, waist, hand.near(28, 6))[1:]]]]


@style(3, 1)
def loop_waisted_three(hand: Hand) -> Glyph:
    """With a small loop at the waist."""
    waist, size = hand.near(0.46, 0.03), hand.between(0.03, 0.09)
    upper = ring(0.26, waist / 2, hand.between(0.2, 0.3), waist / 2, hand.near(-65, 16), 200, 6)
    x = hand.between(0.12, 0.24)
    loop: Run = [(x + size, waist + 0.6 * size), (x, waist + 0.3 * size), (x + size * 0.6, waist - 0.5 * size)]
    return [[[*upper, *loop, *lower_bow(hand, waist, 20)[1:]]]]


@style(3, 1.6)
def flat_topped_three(hand: Hand) -> Glyph:
    waist = hand.near(0.39, 0.05)
    depth = hand.between(0.14, 0.3) if hand.chance(0.8) else hand.between(0.3, 0.42)
    top: Run = [(hand.near(0.06, 0.03), hand.near(0.03, 0.03)), (hand.near(0.52, 0.04), hand.near(0.02, 0.02))]
    return [[top, [(depth, waist)], lower_bow(hand, waist - 0.01, hand.near(6, 6))]]


@style(3, 0.6)
def angular_three(hand: Hand) -> Glyph:
    """All corners, as a zigzag."""
    waist = hand.near(0.46, 0.03)
    right = hand.near(0.52, 0.03)
    return [
        [
            [(hand.near(0.06, 0.03), hand.near(0.06, 0.03)), (0.34, 0.0), (right, hand.near(0.14, 0.03))],
            [(hand.between(0.14, 0.3), waist)],
            [(0.46, waist + 0.07), (0.55, 0.72), (0.4, 0.96), (hand.near(0.04, 0.03), hand.near(0.96, 0.03))],
        ]
    ]


@style(3, 0.6)
def hooked_three(hand: Hand) -> Glyph:
    """Both ends curl inwards."""
    waist = hand.near(0.46, 0.03)
    upper = ring(0.27, waist / 2, hand.between(0.22, 0.3), waist / 2, hand.near(-95, 8), 262, 8)
    height = (1 - waist) / 2
    lower = ring(0.26, waist + height, hand.between(0.26, 0.34), height, 10, hand.near(262, 8), 9)
    return [[[*upper[:-1], (hand.between(0.14, 0.28), waist)], lower]]


# --- 4 --------------------------------------------------------------------------------------------
@style(4, 2.2)
def open_four(hand: Hand) -> Glyph:
    """An L, then a stem across it or where it ends."""
    is_short = hand.chance(0.35)  # the stem
    bar = hand.between(0.6, 0.8) if is_short and hand.chance(0.5) else hand.between(0.48, 0.68)
    x = hand.between(0.34, 0.54)
    end = x if hand.chance(0.2) else x + hand.between(0.03, 0.26)
    left = hand.near(0.05, 0.03)
    top = hand.near(0.03, 0.03)
    angle: Run = [(left + hand.between(-0.02, 0.24), top), (left + hand.between(0, 0.06), bar * 0.6), (left, bar)]
    across: Run = [((left + end) / 2, bar + hand.near(0, 0.012)), (end, bar + hand.near(0, 0.03))]
    start = hand.between(0.14, bar - 0.08) if is_short else hand.between(0.0, 0.14)
    stem: Run = [(x + hand.near(0.01, 0.02), start), (x, 0.5 + start / 2), (x - hand.near(0.02, 0.03), 1.0)]
    return [[angle, across], [stem]]


@style(4, 1)
def bowl_four(hand: Hand) -> Glyph:
    """A bowl in place of the L."""
    x, bottom = hand.between(0.42, 0.54), hand.between(0.42, 0.6)
    bowl: Run = [
        (hand.between(0.02, 0.14), hand.near(0.02, 0.02)),
        (hand.near(0.04, 0.02), bottom * 0.55),
        (0.1, bottom * 0.92),
        (0.28, bottom),
        (x + hand.near(0.0, 0.03), bottom * hand.between(0.72, 1.0)),
    ]
    return [[bowl], [[(x + 0.02, hand.near(0.03, 0.03)), (x, 0.5), (x - hand.near(0.03, 0.03), 1.0)]]]


@style(4, 1)
def single_stroke_four(hand: Hand) -> Glyph:
    """Down, across, up to the stem's top and down again, never lifting the pen; open at the top."""
    bar, x = hand.between(0.46, 0.62), hand.between(0.42, 0.52)
    begin: Run = [(hand.between(0.04, 0.18), 0.02), (0.05, bar * 0.7)]
    foot: Node = (x - hand.near(0.03, 0.03), 1.0)
    if hand.chance(0.5):  # the way up is a thin loop beside the stem
        up: Run = [(0.1, bar), (0.26, bar * 0.98), (x - 0.03, bar * 0.5), (x + 0.01, hand.near(0.06, 0.03))]
        return [[[*begin, *up], [(x, 0.5), foot]]]
    corner: Run = [*begin, (hand.near(0.05, 0.02), bar)]
    return [[corner, [(x, bar + hand.near(-0.02, 0.02))], [(x + 0.01, hand.between(0.05, 0.2))], [(x, 0.6), foot]]]


@style(4, 2)
def closed_four(hand: Hand) -> Glyph:
    """A triangle: its slope and the stem share the top, or nearly."""
    x = hand.between(0.36, 0.5)
    bar = hand.between(0.58, 0.74)
    end = x + hand.between(0.05, 0.3)
    apart = abs(hand.near(0, 0.025))
    slope: Stroke = [
        [(x - apart, hand.near(0.0, 0.02)), (hand.near(0.02, 0.02), bar)],
        [(end, bar + hand.near(0, 0.025))],
    ]
    return [slope, [[(x, hand.near(0.0, 0.03)), (x + hand.near(0, 0.02), 1.0)]]]


@style(4, 0.8)
def stem_topped_four(hand: Hand) -> Glyph:
    """A triangle whose stem stands out at the top or begins at the slope."""
    x, bar = hand.between(0.36, 0.46), hand.between(0.56, 0.7)
    begin = hand.between(0.1, 0.34)
    slope: Stroke = [[(x + hand.near(0.04, 0.03), 0.0), (0.02, bar)], [(hand.between(0.56, 0.74), bar)]]
    return [slope, [[(x + 0.01, begin), (x - hand.near(0.01, 0.02), 1.0)]]]


@style(4, 0.7)
def lightning_four(hand: Hand) -> Glyph:
    """In one stroke: up the slope from the bar's left or down it, along the bar, then the stem through its middle."""
    x, bar = hand.between(0.36, 0.46), hand.between(0.6, 0.72)
    if hand.chance(0.5):  # from the stem's foot up, down the slope, along the bar
        return [[[(x, 1.0), (x + 0.01, 0.5), (x + 0.02, 0.0)], [(0.02, bar)], [(hand.between(0.55, 0.75), bar)]]]
    return [  # from the bar's right end to its left, up the slope, down the stem
        [[(hand.between(0.55, 0.75), bar), (0.02, bar + hand.near(0, 0.015))], [(x, 0.0)], [(x, 0.5), (x, 1.0)]]
    ]


# --- 5 --------------------------------------------------------------------------------------------
def belly(hand: Hand, top: float = 0.36) -> Run:
    """The lower part of 5: from the neck over the right to the lower left."""
    height = (1 - top) / 2
    start, turn = hand.near(-42, 12), hand.near(262, 22)
    if hand.chance(0.12):  # it rolls in and nearly closes
        turn = hand.between(290, 335)
    return ring(hand.near(0.25, 0.02), top + height, hand.between(0.22, 0.36), height, start, turn, 10)


def cap(hand: Hand) -> Run:
    y, end = hand.near(0.02, 0.02), hand.between(0.4, 0.72)
    begin = hand.near(0.11, 0.03) if hand.chance(0.7) else hand.between(-0.16, 0.06)
    return [(begin, y), (0.32, y + hand.near(0, 0.015)), (end, y + hand.near(-0.01, 0.03))]


@style(5, 2)
def capped_five(hand: Hand) -> Glyph:
    neck: Run = [(hand.between(0.08, 0.16), 0.03), (hand.near(0.07, 0.02), hand.between(0.36, 0.48))]
    return [[neck, belly(hand)], [cap(hand)]]


@style(5, 0.9)
def cap_apart_five(hand: Hand) -> Glyph:
    """The cap does not touch: above, or to the right of the neck."""
    neck: Run = [(0.12, hand.between(0.06, 0.14)), (hand.near(0.07, 0.02), 0.44)]
    shift = hand.between(0.0, 0.14)
    return [[neck, belly(hand)], [[(x + shift, y - 0.02) for x, y in cap(hand)]]]


@style(5, 1.6)
def single_stroke_five(hand: Hand) -> Glyph:
    start: Run = [(hand.between(0.42, 0.66), hand.near(0.02, 0.03)), (hand.near(0.14, 0.02), hand.near(0.03, 0.02))]
    return [[start, [(hand.near(0.08, 0.02), hand.between(0.38, 0.48))], belly(hand)]]


@style(5, 0.9)
def s_like_five(hand: Hand) -> Glyph:
    """In one swing, its corners rounded; the top still goes straight to the right."""
    start: Run = [
        (hand.between(0.48, 0.66), hand.near(0.01, 0.03)),
        (0.34, hand.near(0.03, 0.015)),
        (0.16, 0.07),
        (hand.near(0.09, 0.02), 0.24),
        (0.14, 0.37),
    ]
    return [[[*start, *belly(hand, 0.37)[1:]]]]


@style(5, 0.5)
def angular_five(hand: Hand) -> Glyph:
    """The belly's shoulder is a corner, or flat."""
    y = hand.near(0.42, 0.03)
    lower: Run = [(0.5, y + 0.12), (0.53, 0.7), (0.4, 0.95), (hand.near(0.05, 0.03), hand.near(0.96, 0.03))]
    start: Run = [(hand.between(0.45, 0.65), 0.02), (0.1, 0.03)]
    return [[start, [(hand.near(0.08, 0.02), y)], [(hand.between(0.26, 0.36), y - 0.02), *lower]]]


# --- 6 --------------------------------------------------------------------------------------------
def six(hand: Hand, stem: Run, size: float, turn: float) -> Glyph:
    """A stem, then a loop of so much of the height; turn: how far round, degrees."""
    radius = size / 2
    wide = hand.between(0.2, 0.32)
    return [[[*stem, *ring(0.06 + wide, 1 - radius, wide, radius, -96, -turn, 11)]]]


@style(6, 2.2)
def round_six(hand: Hand) -> Glyph:
    size = hand.between(0.42, 0.66)
    stem: Run = [(hand.between(0.34, 0.58), hand.near(0, 0.015)), (0.2, 0.2), (0.085, 0.46 if size < 0.6 else 0.4)]
    return six(hand, stem, size, hand.near(345, 14))


@style(6, 1.2)
def straight_six(hand: Hand) -> Glyph:
    size = hand.between(0.28, 0.58)
    top = hand.between(0.08, 0.45)
    return six(hand, [(top, 0.0), (top * 0.5 + 0.04, 0.3), (0.065, 0.55)], size, hand.near(350, 12))


@style(6, 0.8)
def curled_six(hand: Hand) -> Glyph:
    """The loop rolls in."""
    size = hand.between(0.46, 0.66)
    radius, wide = size / 2, hand.between(0.24, 0.34)
    loop = ring(0.06 + wide, 1 - radius, wide, radius, -96, -hand.near(270, 10), 8)
    x, y = 0.06 + wide, 1 - radius
    curl: Run = [(x - 0.25 * wide, y - 0.75 * radius), (x - 0.55 * wide, y + hand.near(0, 0.04))]
    if hand.chance(0.5):
        curl.append((x - 0.2 * wide, y + 0.35 * radius))
    return [[[(hand.between(0.34, 0.56), 0.0), (0.18, 0.2), (0.08, 0.46), *loop, *curl]]]


@style(6, 0.8)
def open_six(hand: Hand) -> Glyph:
    """The loop does not close."""
    size = hand.between(0.32, 0.62)
    return six(hand, [(hand.between(0.3, 0.56), 0.0), (0.18, 0.2), (0.075, 0.5)], size, hand.between(255, 325))


@style(6, 0.6)
def hooked_six(hand: Hand) -> Glyph:
    """It starts with a hook, at the right end of the stem."""
    size = hand.between(0.4, 0.6)
    stem: Run = [(hand.between(0.5, 0.62), hand.between(0.06, 0.16)), (0.42, 0.01), (0.2, 0.16), (0.075, 0.48)]
    return six(hand, stem, size, hand.near(345, 14))


@style(6, 0.5)
def crossed_six(hand: Hand) -> Glyph:
    """The loop's end goes out through the stem."""
    size = hand.between(0.3, 0.56)
    glyph = six(hand, [(hand.between(0.3, 0.54), 0.0), (0.19, 0.24), (0.075, 0.54)], size, hand.near(330, 8))
    glyph[0][0].append((hand.between(-0.1, 0.02), hand.near(1.02 - size, 0.03) + 0.1))
    return glyph


# --- 7 --------------------------------------------------------------------------------------------
def seven_top(hand: Hand) -> Run:
    """From the left to the corner at the upper right: straight, sagging or a wave."""
    left, right = hand.near(0.02, 0.03), hand.near(0.57, 0.04)
    rise = hand.near(0.02, 0.035)
    kind = hand.between(0, 1)
    if kind < 0.6:
        return [(left, rise), (right, 0.02)]
    if kind < 0.75:
        return [(left, rise), ((left + right) / 2, rise / 2 + hand.near(0.02, 0.02)), (right, 0.0)]
    if kind < 0.85:  # an arch
        return [(left, hand.between(0.08, 0.16)), (left + 0.14, 0.02), (right - 0.12, 0.0), (right, 0.07)]
    wave = hand.between(0.02, 0.06)
    return [(left, rise + wave), (left + 0.13, rise - wave * 0.4), (left + 0.36, rise + wave), (right, 0.0)]


def seven_stem(hand: Hand, right: float) -> Run:
    """From the corner down: straight or curved."""
    foot = hand.between(0.08, 0.44)
    if hand.chance(0.4):
        return [(foot, 1.0)]
    if hand.chance(0.15):  # the foot swings to the left
        return [((right + foot) / 2 + 0.03, 0.5), (foot + 0.05, 0.88), (foot - hand.between(0.02, 0.1), 1.0)]
    bow = hand.between(0.0, 0.1)
    return [((right + foot) / 2 - bow, 0.5 - bow / 3), (foot, 1.0)]


def hook(hand: Hand, corner: Node) -> Run:
    """The serif at the left end of the top."""
    return [(corner[0] + hand.near(0.01, 0.03), corner[1] + hand.between(0.08, 0.26)), corner]


def bar(hand: Hand) -> Stroke:
    """The stroke through a 7's stem, level or rising, straight or a wave."""
    y = hand.near(0.52, 0.05) if hand.chance(0.65) else hand.between(0.5, 0.76)
    half = hand.between(0.1, 0.28)
    x, rise = 0.37 - 0.25 * (y - 0.5) + hand.near(0.02, 0.04), hand.near(0.015, 0.035)
    kind = hand.between(0, 1)
    if kind < 0.15:  # a wave
        return [[(x - half, y + rise), (x - half / 3, y - 0.03), (x + half / 3, y + 0.03), (x + half, y - rise)]]
    if kind < 0.3:  # a bow, or begun with a hook
        return [[(x - half, y + hand.between(0.02, 0.09)), (x - half / 2, y), (x + half, y - rise)]]
    return [[(x - half, y + rise), (x + half, y - rise)]]


@style(7, 3)
def plain_seven(hand: Hand) -> Glyph:
    top = seven_top(hand)
    return [[top, seven_stem(hand, top[-1][0])]]


@style(7, 2.2)
def barred_seven(hand: Hand) -> Glyph:
    top = seven_top(hand)
    return [[top, seven_stem(hand, top[-1][0])], bar(hand)]


@style(7, 1)
def hooked_seven(hand: Hand) -> Glyph:
    top = seven_top(hand)
    return [[hook(hand, top[0]), top[1:], seven_stem(hand, top[-1][0])]]


@style(7, 0.8)
def hooked_barred_seven(hand: Hand) -> Glyph:
    top = seven_top(hand)
    return [[hook(hand, top[0]), top[1:], seven_stem(hand, top[-1][0])], bar(hand)]


@style(7, 0.5)
def rounded_seven(hand: Hand) -> Glyph:
    """The corner is a bow."""
    foot = hand.between(0.14, 0.34)
    run: Run = [(hand.near(0.02, 0.02), hand.near(0.04, 0.03)), (0.32, 0.01), (0.52, 0.06), (0.48, 0.26)]
    seven: Glyph = [[[*run, (0.32, 0.6), (foot, 1.0)]]]
    return [*seven, bar(hand)] if hand.chance(0.3) else seven


# --- 8 --------------------------------------------------------------------------------------------
def eight(hand: Hand, start: float, turn: float, mirrored: bool) -> Run:
    """A figure of eight. start, turn: where on its way it begins and how far it goes, a whole way being 360.

    At 0 it is at the top, going left; at 90 and 270 at the waist.
    """
    waist = hand.near(0.46, 0.05)
    upper, lower = hand.between(0.14, 0.28), hand.between(0.18, 0.34)
    if hand.chance(0.15):  # one of the loops is hardly open
        upper, lower = (hand.between(0.03, 0.12), lower) if hand.chance(0.4) else (upper, hand.between(0.03, 0.14))
    pinch = hand.between(1.0, 1.6)  # how far the crossing spreads: a hard X or a soft one
    angles = np.radians(start + np.linspace(0, turn, 15))
    height = np.cos(angles)  # 1 at the top, -1 at the bottom
    side = -np.sin(2 * angles)
    side = np.sign(side) * np.abs(side) ** (1 / pinch)
    is_upper = height > 0
    y = np.where(is_upper, waist * (1 - height), waist - (1 - waist) * height)
    x = 0.3 + (-1 if mirrored else 1) * side * np.where(is_upper, upper, lower)
    return list(zip(x.tolist(), y.tolist(), strict=True))


@style(8, 3)
def single_stroke_eight(hand: Hand) -> Glyph:
    """From the upper right over the top and down the S, then back up."""
    return [[eight(hand, hand.near(-25, 12), hand.near(364, 8), False)]]


@style(8, 1)
def reversed_eight(hand: Hand) -> Glyph:
    """From the upper left, the other way round."""
    return [[eight(hand, hand.near(-20, 14), hand.near(364, 8), True)]]


@style(8, 0.6)
def eight_from_the_waist(hand: Hand) -> Glyph:
    return [[eight(hand, hand.near(90, 8) + (180 if hand.chance(0.5) else 0), hand.near(366, 8), hand.chance(0.5))]]


@style(8, 1)
def open_topped_eight(hand: Hand) -> Glyph:
    """Its ends do not meet at the upper right, or cross there."""
    if hand.chance(0.5):
        return [[eight(hand, hand.near(-30, 6), hand.between(328, 350), False)]]
    run = eight(hand, hand.near(-32, 6), hand.near(354, 5), False)
    return [[[*run, (run[-1][0] + hand.between(0.0, 0.08), hand.between(-0.08, 0.02))]]]


@style(8, 1)
def two_ringed_eight(hand: Hand) -> Glyph:
    """A ring on a ring; they touch, overlap, or just miss each other."""
    waist, gap = hand.near(0.46, 0.03), hand.near(0.0, 0.02)
    upper = ring(0.3, waist / 2, hand.between(0.16, 0.27), waist / 2 - gap / 2, hand.near(10, 40), -hand.near(362, 8))
    low = (1 + waist) / 2
    lower = ring(
        0.3 + hand.near(0, 0.02), low, hand.between(0.2, 0.32), (1 - waist) / 2 - gap / 2, hand.near(0, 30), -364
    )
    return [[upper], [lower]]


# --- 9 --------------------------------------------------------------------------------------------
def nine_size(hand: Hand) -> float:
    """How much of the height the loop takes: about half, or little."""
    return hand.between(0.38, 0.6) if hand.chance(0.65) else hand.between(0.2, 0.38)


def nine_loop(hand: Hand, size: float, turn: float) -> Run:
    """The loop, counterclockwise from the upper right; turn: how far round, degrees."""
    wide = hand.between(0.18, 0.3) if size > 0.38 else hand.between(0.5, 0.8) * size
    return ring(0.52 - wide, size / 2, wide, size / 2, hand.near(62, 10), -turn, 10)


def nine_stem(hand: Hand, size: float) -> Run:
    """Straight down or leaning, from the loop's right."""
    foot = hand.between(0.3, 0.56)
    return [((0.52 + foot) / 2 + hand.near(0.01, 0.015), (size + 1) / 2), (foot, 1.0)]


def nine_foot(hand: Hand, size: float) -> Run:
    """Curled to the left: a little, or up again like a g's."""
    reach = hand.between(0.0, 1.0)
    broad = hand.between(0.0, 0.2) if hand.chance(0.4) else 0.0  # the foot sweeps far to the left
    foot: Run = [
        (0.53, hand.near(0.66, 0.03)),
        (hand.near(0.46, 0.03), 0.9),
        (0.3, 1.0),
        (0.16 - 0.1 * reach - broad, 0.97 - 0.05 * reach),
    ]
    if reach > 0.5:
        foot.append((hand.near(0.02, 0.03) - broad, hand.between(0.76, 0.9)))
    return foot


@style(9, 2.4)
def straight_nine(hand: Hand) -> Glyph:
    size = nine_size(hand)
    return [[[*nine_loop(hand, size, hand.near(338, 12)), (0.525, size * 0.3)], nine_stem(hand, size)]]


@style(9, 1.8)
def curled_nine(hand: Hand) -> Glyph:
    size = nine_size(hand)
    loop = nine_loop(hand, size, hand.near(336, 12))
    if hand.chance(0.5):  # the pen turns a corner at the top, or swings round
        return [[[*loop, (0.525, size * 0.3)], nine_foot(hand, size)]]
    return [[[*loop[:-1], (0.5, size * 0.2), (0.54, size * 0.6), *nine_foot(hand, size)]]]


@style(9, 0.8)
def open_nine(hand: Hand) -> Glyph:
    """The loop does not reach the stem."""
    size = nine_size(hand)
    loop = nine_loop(hand, size, hand.between(255, 315))
    stem = nine_stem(hand, size) if hand.chance(0.6) else nine_foot(hand, size)
    if hand.chance(0.5):
        return [[loop], [[(hand.near(0.53, 0.015), hand.between(0.0, 0.12)), *stem]]]
    return [[loop, [(hand.near(0.53, 0.01), hand.between(0.05, 0.15))], stem]]


@style(9, 0.8)
def two_stroke_nine(hand: Hand) -> Glyph:
    """A ring, and a stem drawn beside it."""
    size = nine_size(hand)
    wide = hand.between(0.18, 0.28)
    loop = ring(0.52 - wide, size / 2, wide, size / 2, hand.near(30, 40), -hand.near(364, 8), 10)
    stem = nine_stem(hand, size) if hand.chance(0.65) else nine_foot(hand, size)
    return [[loop], [[(hand.near(0.525, 0.012), hand.between(-0.03, 0.2)), *stem]]]


@style(9, 0.7)
def clockwise_nine(hand: Hand) -> Glyph:
    """From the loop's lower right over the left and the top, then straight on down, as a 6 turned round."""
    size = hand.between(0.42, 0.62)
    wide = hand.between(0.2, 0.3)
    loop = ring(0.52 - wide, size / 2, wide, size / 2, hand.near(112, 10), hand.near(325, 8), 10)
    foot = hand.between(0.2, 0.46)
    return [[[*loop, (0.52 - (0.52 - foot) * 0.25, (size + 1) / 2), (foot, 1.0)]]]
