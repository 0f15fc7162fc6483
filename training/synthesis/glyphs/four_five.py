"""Ways to write 4 and 5."""

from .shapes import Glyph, Hand, Node, Run, Stroke, ring, style


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
    """A triangle: its slope and the stem meet at the top, or nearly."""
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


def belly(hand: Hand, top: float = 0.36) -> Run:
    """The lower part of 5: from the neck over the right to the lower left."""
    height = (1 - top) / 2
    start, turn = hand.near(-42, 12), hand.near(262, 22)
    if hand.chance(0.12):  # it curls inwards and nearly closes
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
    """One rounded stroke; the top is still a straight line to the right."""
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
