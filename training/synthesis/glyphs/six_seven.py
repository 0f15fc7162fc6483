"""Ways to write 6 and 7."""

from .shapes import Glyph, Hand, Node, Run, Stroke, ring, style


def six(hand: Hand, stem: Run, size: float, turn: float) -> Glyph:
    """A stem, then a loop. size: share of the height that the loop takes; turn: of the loop, degrees."""
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
    """It begins with a hook at the right end of the stem."""
    size = hand.between(0.4, 0.6)
    stem: Run = [(hand.between(0.5, 0.62), hand.between(0.06, 0.16)), (0.42, 0.01), (0.2, 0.16), (0.075, 0.48)]
    return six(hand, stem, size, hand.near(345, 14))


@style(6, 0.5)
def crossed_six(hand: Hand) -> Glyph:
    """The end of the loop crosses the stem."""
    size = hand.between(0.3, 0.56)
    glyph = six(hand, [(hand.between(0.3, 0.54), 0.0), (0.19, 0.24), (0.075, 0.54)], size, hand.near(330, 8))
    glyph[0][0].append((hand.between(-0.1, 0.02), hand.near(1.02 - size, 0.03) + 0.1))
    return glyph


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
