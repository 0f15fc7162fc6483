"""Rarer ways to write 0 to 4."""

from ..shapes import Glyph, Hand, Run, ring
from .table import rare


@rare(2, 0.8)
def large_looped_two(hand: Hand) -> Glyph:
    """With a loop at the lower left as large as half the digit."""
    size = hand.between(0.16, 0.3)
    top = ring(0.3, 0.22, hand.between(0.18, 0.28), 0.22, hand.near(-75, 20), hand.near(175, 14), 7)
    loop = ring(0.16 + size / 3, 1 - size / 2 - 0.02, size * 0.7, size / 2, hand.near(70, 20), hand.near(280, 20), 8)
    return [[[*top, (0.4, 0.6), *loop, (hand.between(0.5, 0.7), hand.near(0.98, 0.03))]]]


@rare(1, 0.6)
def slanted_based_one(hand: Hand) -> Glyph:
    """A short stem on a wide base, often without lifting the pen."""
    left, right = hand.between(-0.06, 0.12), hand.between(0.46, 0.7)
    start: Run = [(0.3 - hand.between(0.08, 0.26), hand.between(0.1, 0.3)), (0.3, 0.0)]
    level = 1.0 + hand.near(0, 0.015)
    return [
        [start, [(0.29, 0.5), (0.3 + hand.near(0, 0.03), level)]],
        [[(left, level), (0.3, level + hand.near(0.0, 0.02)), (right, level)]],
    ]


@rare(4, 0.8)
def u_shaped_four(hand: Hand) -> Glyph:
    """Open at the top and round below, as a 9 without its lid."""
    bottom, right = hand.between(0.4, 0.6), hand.between(0.4, 0.54)
    bowl: Run = [
        (hand.near(0.04, 0.03), hand.near(0.03, 0.03)),
        (0.02, bottom * 0.6),
        (0.12, bottom),
        (0.3, bottom * hand.near(0.98, 0.04)),
        (right, bottom * 0.7),
    ]
    stem: Run = [(right + 0.02, hand.near(0.0, 0.04)), (right + 0.01, 0.5), (right - hand.near(0.02, 0.04), 1.0)]
    return [[[*bowl, stem[0]], stem[1:]]] if hand.chance(0.5) else [[bowl], [stem]]


@rare(4, 0.5)
def tall_barred_four(hand: Hand) -> Glyph:
    """A steep angle with a long low bar, and a short stem through it."""
    bar = hand.between(0.6, 0.8)
    slope: Run = [(hand.between(0.16, 0.34), 0.0), (hand.near(0.02, 0.02), bar)]
    x, end = hand.between(0.34, 0.5), hand.between(0.6, 0.86)
    start = hand.between(0.3, 0.5)
    return [[slope, [(end, bar + hand.near(-0.03, 0.04))]], [[(x + 0.03, start), (x - hand.near(0.02, 0.03), 1.0)]]]


@rare(0, 0.8)
def hasty_zero(hand: Hand) -> Glyph:
    """Narrow or broad, begun anywhere, the ends crossing or apart."""
    return [[ring(0.3, 0.5, hand.between(0.14, 0.46), 0.5, hand.near(0, 70), -hand.between(300, 420), 12)]]


@rare(0, 0.6)
def led_in_zero(hand: Hand) -> Glyph:
    """The pen comes from above or from inside before it goes round."""
    wide = hand.between(0.16, 0.4)
    round_it = ring(0.3, 0.5, wide, 0.5, hand.near(-80, 25), -hand.between(330, 400), 12)
    start = (0.3 + hand.near(0.0, 0.12), hand.between(-0.16, 0.2))
    return [[[start, *round_it]]]


@rare(0, 0.9)
def open_zero(hand: Hand) -> Glyph:
    """Begins at the top and ends below it, inside: a 6 but for the height of its loop."""
    wide, top = hand.between(0.16, 0.38), hand.between(0.1, 0.34)
    start: Run = [(0.3 + hand.near(0.0, 0.08), hand.between(-0.04, 0.02))]
    left: Run = [(0.3 - wide * 0.85, 0.3), (0.3 - wide, 0.6)]
    right: Run = [(0.3, 1.0), (0.3 + wide, 0.68), (0.3 + wide * 0.9, (0.68 + top) / 2 - 0.06)]
    end: Run = [(0.3 + wide * hand.between(-0.1, 0.7), top)]
    return [[[*start, *left, (0.3 - wide * 0.7, 0.88), *right, *end]]]


@rare(2, 0.7)
def long_based_two(hand: Hand) -> Glyph:
    """Low and hasty: its base is a long line, after a sharp corner or a flat loop."""
    right = hand.between(0.34, 0.5)
    top: Run = [
        (hand.near(0.04, 0.04), hand.between(0.06, 0.3)),
        (0.2, hand.near(0.0, 0.02)),
        (right, 0.2),
        (0.3, 0.56),
    ]
    end = (hand.between(0.7, 1.15), hand.between(0.86, 1.02))
    if hand.chance(0.5):
        return [[[*top, (hand.near(0.0, 0.04), 0.98)], [(0.35, hand.near(0.94, 0.04)), end]]]
    loop: Run = [(0.06, 0.96), (-0.06, 0.9), (0.04, 0.8), (0.3, 0.92)]
    return [[[*top, *loop, end]]]


@rare(3, 0.8)
def bracket_three(hand: Hand) -> Glyph:
    """As a closing bracket: a level top, a straight back with hardly a dent, and a foot to the left."""
    waist, dent = hand.between(0.34, 0.5), hand.between(0.02, 0.14)
    right = hand.between(0.34, 0.54)
    top: Run = [(hand.near(0.04, 0.03), hand.between(0.0, 0.08)), (right * 0.6, hand.near(0.0, 0.02)), (right, 0.03)]
    back: Run = [(right - dent * 0.6, waist * 0.6), (right - dent, waist), (right + hand.near(0.04, 0.03), 0.72)]
    foot: Run = [(right * 0.9, 0.95), (right * 0.5, 1.0), (hand.near(0.0, 0.06), hand.near(0.97, 0.04))]
    return [[top, [*back, *foot]]] if hand.chance(0.5) else [[[*top, *back, *foot]]]
