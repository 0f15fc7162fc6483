"""Ways to write 2 and 3."""

from .shapes import Glyph, Hand, Run, ring, style


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
    """The base is a wave."""
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


def lower_bow(hand: Hand, top: float, start: float) -> Run:
    """The lower bow of 3, from `top` over the right to the lower left."""
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
    """A zigzag of corners."""
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
