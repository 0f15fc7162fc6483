"""Ways to write 0 and 1."""

from .shapes import Glyph, Hand, Node, Run, oval, ring, style


@style(0, 4)
def oval_zero(hand: Hand) -> Glyph:
    return [[oval(hand, -hand.near(366, 10))]]


@style(0, 1)
def clockwise_zero(hand: Hand) -> Glyph:
    return [[oval(hand, hand.near(366, 10))]]


@style(0, 0.8)
def open_zero(hand: Hand) -> Glyph:
    """The ends do not meet, mostly at the top."""
    return [[oval(hand, hand.between(318, 350) * (1 if hand.chance(0.2) else -1))]]


@style(0, 0.8)
def slashed_zero(hand: Hand) -> Glyph:
    """With a stroke through it, from inside the oval to beyond it on both sides."""
    width, beyond = hand.between(0.24, 0.36), hand.between(-0.25, 0.2)
    reach = 1 + beyond
    right, top = 0.3 + reach * width * 0.72, 0.5 - reach * 0.36
    left, bottom = 0.6 - right, 1 - top
    if hand.chance(0.15):  # in the other direction
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
    """The end swings out to the upper right, towards the next digit."""
    zero = ring(0.28, 0.5, hand.between(0.22, 0.32), 0.49, hand.near(20, 8), -hand.near(365, 6), 11)
    return [[[*zero, (hand.near(0.46, 0.03), hand.near(0.07, 0.02)), (hand.near(0.66), hand.near(-0.02, 0.03))]]]


@style(0, 0.4)
def halved_zero(hand: Hand) -> Glyph:
    """Two bows, one after the other."""
    width = hand.between(0.2, 0.34)
    left = ring(0.3, 0.5, width, 0.5, hand.near(3, 6), hand.near(-182, 6), 7)
    right = ring(0.3 + hand.near(0, 0.015), 0.5, width, 0.5, hand.near(-3, 6), hand.near(182, 6), 7)
    return [[left], [right]]


def one(hand: Hand, flag: Node | None, base: tuple[float, float] | None, bow: float = 0.0) -> Glyph:
    """A stem at x = 0.3. flag: where the flag begins; base: the x of the ends of the base; bow: of the flag."""
    foot = 0.3 + hand.near(0, 0.03)
    stem: Run = [(0.3 + (foot - 0.3) / 2 + hand.near(0, 0.008), 0.5), (foot, 1.0)]
    strokes: Glyph
    if flag is None:
        strokes = [[[(0.3, 0.0), *stem]]]
    elif hand.chance(0.12):  # the flag is a stroke of its own
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
    """As German and other schools teach it: a steep caret whose left leg may reach down more than half the height."""
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
