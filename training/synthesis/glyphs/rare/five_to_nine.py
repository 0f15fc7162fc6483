"""Rarer ways to write 5 to 9."""

from ..shapes import Glyph, Hand, Run, ring
from .table import rare


@rare(9, 0.8)
def p_shaped_nine(hand: Hand) -> Glyph:
    """The stem on the left, or through the middle of the loop, as in a P."""
    size = hand.between(0.4, 0.62)
    x = hand.between(0.08, 0.22)
    stem: Run = [(x, hand.between(0.0, 0.12)), (x - hand.near(0, 0.02), 0.5), (x - hand.near(0.03, 0.05), 1.0)]
    wide = hand.between(0.2, 0.3)
    if hand.chance(0.5):  # a round loop that begins at the stem's foot or top
        loop = ring(
            x + wide * hand.between(0.7, 1.0), size / 2, wide, size / 2, hand.near(285, 15), hand.near(330, 25), 11
        )
        return [[stem], [loop]] if hand.chance(0.5) else [[stem[::-1], loop]]
    bow: Run = [
        (x - 0.02, 0.06),
        (x + wide, -0.02),
        (x + 2 * wide, size * 0.45),
        (x + wide * 0.9, size),
        (x - 0.02, size * 0.92),
    ]
    return [[stem], [bow]] if hand.chance(0.6) else [[stem[::-1], bow]]


@rare(9, 0.7)
def hanging_nine(hand: Hand) -> Glyph:
    """A closed ring; the stem begins below it or at its right, with a turn or a curl."""
    size = hand.between(0.36, 0.56)
    wide = hand.between(0.2, 0.34)
    loop = ring(0.3, size / 2, wide, size / 2, hand.near(40, 30), -hand.between(350, 400), 12)
    x = 0.3 + wide * hand.between(0.2, 0.9)
    foot = hand.between(0.2, 0.5)
    down: Run = [(x, size * hand.between(0.85, 1.0)), (x + hand.near(0.04, 0.03), (size + 1) / 2), (foot, 1.0)]
    if hand.chance(0.4):
        down.append((foot - hand.between(0.1, 0.3), hand.between(0.88, 1.0)))
    return [[[*loop, *down]]] if hand.chance(0.6) else [[loop], [down]]


@rare(9, 0.7)
def flat_topped_nine(hand: Hand) -> Glyph:
    """As a printed a or q: the loop's top is a line that ends at the stem."""
    size = hand.between(0.4, 0.6)
    bowl: Run = [
        (0.5, hand.near(0.04, 0.03)),
        (0.2, hand.near(0.02, 0.02)),
        (0.03, size / 2),
        (0.18, size),
        (0.48, size * hand.between(0.5, 0.85)),
    ]
    stem: Run = [(0.52, hand.near(0.02, 0.03)), (0.53, 0.5), (hand.between(0.44, 0.56), 1.0)]
    if hand.chance(0.35):
        stem += [(hand.between(0.58, 0.7), hand.between(0.9, 1.0))]
    return [[bowl, stem[1:]]] if hand.chance(0.3) else [[bowl], [stem]]


@rare(9, 0.6)
def g_like_nine(hand: Hand) -> Glyph:
    """The foot curls far to the left and up."""
    size = hand.between(0.36, 0.56)
    wide = hand.between(0.18, 0.3)
    loop = ring(0.52 - wide, size / 2, wide, size / 2, hand.near(62, 12), -hand.near(338, 14), 10)
    foot: Run = [
        (0.54, 0.68),
        (0.46, 0.92),
        (0.28, 1.0),
        (hand.near(0.06, 0.05), 0.94),
        (hand.near(0.0, 0.06), hand.between(0.7, 0.86)),
    ]
    return [[[*loop, (0.525, size * 0.3)], foot]]


@rare(7, 1.0)
def t_shaped_seven(hand: Hand) -> Glyph:
    """A stem with a bar, and hardly any top."""
    x = hand.near(0.34, 0.03)
    start = hand.between(0.02, 0.2)
    top: Run = [(x - start, hand.between(0.0, 0.12)), (x - start / 2, hand.near(0.0, 0.02)), (x + 0.02, 0.06)]
    stem: Run = [(x, 0.5), (x - hand.near(0.03, 0.06), 1.0)]
    y, half = hand.between(0.42, 0.68), hand.between(0.16, 0.34)
    across: Run = [
        (x - half, y + hand.near(0.03, 0.04)),
        (x + half * hand.between(0.7, 1.2), y - hand.near(0.02, 0.04)),
    ]
    return [[[*top, *stem]], [across]]


@rare(7, 0.8)
def bowed_seven(hand: Hand) -> Glyph:
    """A round top, and a bar that is a bow or runs into the stem."""
    foot = hand.between(0.08, 0.34)
    run: Run = [
        (hand.near(0.02, 0.03), hand.between(0.06, 0.2)),
        (0.14, hand.near(0.01, 0.02)),
        (0.36, hand.near(0.0, 0.02)),
        (0.54, hand.near(0.09, 0.03)),
        (0.5, 0.28),
        ((0.5 + foot) / 2, 0.62),
        (foot, 1.0),
    ]
    y, half = hand.between(0.44, 0.62), hand.between(0.12, 0.28)
    lift = hand.between(-0.08, 0.08)
    across: Run = [(0.36 - half, y + lift / 2), (0.36, y - lift), (0.36 + half, y + lift / 2 - 0.03)]
    return [[run], [across]] if hand.chance(0.8) else [[run]]


@rare(7, 0.5)
def wide_barred_seven(hand: Hand) -> Glyph:
    """The top slopes or sags, the bar is long and low."""
    right = hand.between(0.44, 0.62)
    top: Run = [(0.0, hand.between(0.0, 0.16)), (right / 2, hand.near(0.06, 0.04)), (right, hand.near(0.02, 0.03))]
    foot = hand.between(0.14, 0.4)
    y, half = hand.between(0.5, 0.74), hand.between(0.22, 0.42)
    x = right + (foot - right) * y
    return [
        [top, [(foot + (right - foot) * 0.4, 0.55), (foot, 1.0)]],
        [[(x - half, y), (x + half, y - hand.near(0.02, 0.05))]],
    ]


@rare(5, 0.6)
def long_capped_five(hand: Hand) -> Glyph:
    """The cap is a long bow to the right, which may reach over the next digit."""
    lower = ring(0.24, 0.68, hand.between(0.2, 0.32), 0.31, hand.near(-50, 12), hand.near(255, 20), 10)
    neck: Run = [(hand.near(0.12, 0.03), hand.near(0.06, 0.02)), (hand.near(0.07, 0.02), 0.42)]
    end = hand.between(0.6, 0.95)
    cap: Run = [(0.12, hand.near(0.05, 0.02)), (end / 2 + 0.06, hand.near(0.06, 0.03)), (end, hand.near(-0.02, 0.05))]
    if hand.chance(0.5):
        return [[neck, lower], [cap]]
    return [[cap[::-1], neck[1:], lower]]


@rare(8, 0.6)
def alpha_eight(hand: Hand) -> Glyph:
    """Crossing low or high, its ends far apart at the top."""
    waist = hand.between(0.36, 0.6)
    return [
        [
            [
                (hand.between(0.46, 0.62), hand.between(0.0, 0.14)),
                (0.3, hand.near(0.0, 0.02)),
                (0.1, waist / 2),
                (0.3, waist),
                (0.5, (1 + waist) / 2 + 0.05),
                (0.28, 1.0),
                (0.05, (1 + waist) / 2 + 0.04),
                (0.28, waist),
                (hand.between(0.44, 0.6), waist * 0.55),
                (hand.between(0.48, 0.7), hand.between(-0.04, 0.16)),
            ]
        ]
    ]


@rare(6, 1.4)
def small_looped_six(hand: Hand) -> Glyph:
    """A long stem, upright or leaning either way, with a small loop at its foot."""
    size = hand.between(0.14, 0.36)
    wide = size * hand.between(0.45, 1.0)
    x = hand.between(0.1, 0.3)
    lean = hand.near(0.04, 0.12)
    bow = hand.near(0.03, 0.04)
    stem: Run = [(x + lean, 0.0), (x + lean / 2 - bow, 0.5), (x - 0.01, 1 - size * 0.6)]
    loop = ring(x + wide * 0.9, 1 - size / 2, wide, size / 2, hand.near(250, 15), -hand.between(220, 360), 9)
    return [[[*stem, *loop]]]


@rare(6, 0.5)
def looping_six(hand: Hand) -> Glyph:
    """The loop crosses the stem and ends at its left, or high up."""
    size = hand.between(0.3, 0.5)
    wide = hand.between(0.16, 0.3)
    loop = ring(0.3, 1 - size / 2, wide, size / 2, hand.near(265, 15), -hand.between(330, 440), 12)
    return [[[(hand.between(0.3, 0.55), 0.0), (0.16, 0.4), *loop]]]


@rare(6, 1.2)
def hooked_six(hand: Hand) -> Glyph:
    """Begins with a hook, as a 2 does; its loop is small, open, or only a turn of the pen."""
    size, wide = hand.between(0.14, 0.36), hand.between(0.07, 0.2)
    x = hand.between(0.06, 0.2)
    hook: Run = [
        (x - hand.between(0.02, 0.16), hand.between(0.03, 0.16)),
        (x + 0.02, hand.near(0.0, 0.015)),
        (x + hand.between(0.04, 0.1), hand.between(0.06, 0.14)),
    ]
    stem: Run = [
        (x + hand.near(0.03, 0.05), 0.5),
        (x + hand.near(0.02, 0.04), 1 - size * 0.6),
        (x + wide * 0.5, hand.near(0.98, 0.015)),
    ]
    loop: Run = [
        (x + wide * 2, 1 - size * 0.55),
        (x + wide * 1.4, 1 - size),
        (x + wide * hand.between(0.5, 1.1), 1 - size * hand.between(0.3, 0.85)),
    ]
    if hand.chance(0.4):  # the pen runs on through the foot
        loop.append((x + wide * hand.between(0.9, 1.6), hand.near(1.0, 0.04)))
    return [[[*hook, *stem, *loop]]] if hand.chance(0.7) else [[[*hook[1:], *stem, *loop]]]


@rare(8, 0.7)
def crossed_eight(hand: Hand) -> Glyph:
    """An S, then a long stroke from its foot to the upper right, where the loop stays open."""
    waist = hand.between(0.4, 0.56)
    start: Run = [(hand.between(0.36, 0.56), hand.between(0.0, 0.1)), (0.22, 0.0), (0.05, waist * 0.45)]
    middle: Run = [(0.2, waist * 0.95), (0.42, (1 + waist) / 2 - 0.04), (0.36, 0.96), (0.16, 1.0)]
    last: Run = [
        (0.0, (1 + waist) / 2 + 0.1),
        (0.16, waist * 1.15),
        (hand.between(0.56, 0.95), hand.between(-0.1, 0.12)),
    ]
    return [[[*start, *middle, *last]]]


@rare(5, 0.7)
def retraced_five(hand: Hand) -> Glyph:
    """Without lifting the pen: first to the right end of its cap, then back along it."""
    lower = ring(0.22, 0.7, hand.between(0.2, 0.34), 0.29, hand.near(-50, 12), hand.near(265, 25), 9)
    right = hand.between(0.5, 0.85)
    start = (right - hand.between(0.08, 0.4), hand.between(0.06, 0.24))
    cap: Run = [start, (right, hand.near(0.0, 0.02)), (0.14, hand.between(0.02, 0.12))]
    return [[cap, [(0.08, hand.near(0.42, 0.03)), *lower]]]


@rare(6, 1.0)
def leaning_hooked_six(hand: Hand) -> Glyph:
    """A hook, a stem that leans to the right as it goes down, and a small loop beside its foot."""
    lean = hand.between(0.04, 0.26)
    size, wide = hand.between(0.16, 0.36), hand.between(0.08, 0.2)
    hook: Run = [(-hand.between(0.04, 0.2), hand.between(0.0, 0.14)), (0.02, hand.near(0.01, 0.015))]
    stem: Run = [(0.06 + lean * 0.15, 0.2), (0.02 + lean * 0.6, 0.6), (lean + wide * 0.3, hand.near(0.96, 0.02))]
    loop: Run = [
        (lean + wide, hand.near(1.0, 0.015)),
        (lean + wide * hand.between(1.6, 2.2), 1 - size * 0.6),
        (lean + wide * 1.2, 1 - size),
        (lean + wide * hand.between(0.3, 0.7), 1 - size * 0.5),
    ]
    if hand.chance(0.5):  # the pen swings out to the right
        loop += [(lean + wide * 1.2, 1 - size * 0.12), (lean + wide * hand.between(2.0, 3.2), 1 - size * 0.4)]
    return [[[*hook, *stem, *loop]]]


@rare(7, 0.5)
def footed_seven(hand: Hand) -> Glyph:
    """Narrow; the stem ends in a turn to the right."""
    right, foot = hand.between(0.22, 0.44), hand.between(0.02, 0.24)
    top: Run = [(hand.near(0.0, 0.02), hand.between(0.02, 0.16)), (right * 0.5, hand.near(0.0, 0.02)), (right, 0.04)]
    stem: Run = [((right + foot) / 2 + 0.03, 0.5), (foot, hand.near(0.93, 0.02))]
    turn: Run = [(foot + 0.03, 1.0), (foot + hand.between(0.05, 0.14), hand.between(0.9, 0.99))]
    return [[[*top, *stem, *turn]]]
