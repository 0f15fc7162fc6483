"""Ways to write 8 and 9."""

import numpy as np

from .shapes import Glyph, Hand, Run, ring, style


def eight(hand: Hand, start: float, turn: float, mirrored: bool) -> Run:
    """A figure of eight. start, turn: where it begins and how far it goes, in degrees; the whole figure has 360.

    0 is at the top, where the pen moves left; 90 and 270 are at the waist.
    """
    waist = hand.near(0.46, 0.05)
    upper, lower = hand.between(0.14, 0.28), hand.between(0.18, 0.34)
    if hand.chance(0.15):  # one loop is almost closed
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
    """From the upper left, in the other direction."""
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


def nine_size(hand: Hand) -> float:
    """The share of the height that the loop takes: about half, or less."""
    return hand.between(0.38, 0.6) if hand.chance(0.65) else hand.between(0.2, 0.38)


def nine_loop(hand: Hand, size: float, turn: float) -> Run:
    """The loop, counterclockwise from the upper right; turn: degrees."""
    wide = hand.between(0.18, 0.3) if size > 0.38 else hand.between(0.5, 0.8) * size
    return ring(0.52 - wide, size / 2, wide, size / 2, hand.near(62, 10), -turn, 10)


def nine_stem(hand: Hand, size: float) -> Run:
    """Straight down or leaning, from the loop's right."""
    foot = hand.between(0.3, 0.56)
    return [((0.52 + foot) / 2 + hand.near(0.01, 0.015), (size + 1) / 2), (foot, 1.0)]


def nine_foot(hand: Hand, size: float) -> Run:
    """Curled to the left: slightly, or up again like the foot of a g."""
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
    """From the loop's lower right over the left and the top, then straight down, like a 6 upside down."""
    size = hand.between(0.42, 0.62)
    wide = hand.between(0.2, 0.3)
    loop = ring(0.52 - wide, size / 2, wide, size / 2, hand.near(112, 10), hand.near(325, 8), 10)
    foot = hand.between(0.2, 0.46)
    return [[[*loop, (0.52 - (0.52 - foot) * 0.25, (size + 1) / 2), (foot, 1.0)]]]
