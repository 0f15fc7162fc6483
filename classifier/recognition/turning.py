"""Whether a picture is upside down or on its side: decided by the network's answers to the picture and to its turns.

Only a number of several digits is turned. A single shape cannot tell: an L upside down is a 7, an M on its side a 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .classes import Verdict
from .verdict import Judgement

TURNS = (180, 90, 270)  # degrees clockwise
SURE_FROM = 0.9  # confidence of the least sure digit of a turned number
# Digits that are no digit, or another one, when they are turned back: 0, 1, 2, 5 and 8 stay what they are upside down,
# and 6 and 9 become each other, so 1001, 69 or 96 say nothing. On its side a 0, 1, 6, 8 or 9 may be many things.
TELLING = {180: frozenset({3, 4, 7}), 90: frozenset({2, 3, 4, 5, 7}), 270: frozenset({2, 3, 4, 5, 7})}


def may_be_turned(upright: Sequence[Judgement]) -> bool:
    """Whether the network doubts or refuses a part of what it read, so the picture may have to be turned.

    A single unsure digit with a clear first choice is one: on its side, a 5 with a detached cap falls into two parts
    that look like digits.
    """
    if len(upright) == 1 and upright[0].verdict == Verdict.UNSURE:
        return upright[0].confidence < SURE_FROM
    return _has_doubt(upright)


def _has_doubt(answers: Sequence[Judgement]) -> bool:
    return any(answer.verdict != Verdict.DIGIT for answer in answers)


def better_turn(upright: Sequence[Judgement], turned: Mapping[int, Sequence[Judgement]]) -> int:
    """The turn, of TURNS, in which a picture is plainly a number; 0 to leave it upright.

    upright: the answers to its digits from left to right; turned: the answers after each turn. A picture that is read
    without doubt stays upright, and so does one that two turns make different numbers.
    """
    if not may_be_turned(upright):
        return 0
    plain = {turn: answers for turn, answers in turned.items() if _is_plain(turn, answers, len(upright))}
    if len({tuple(answer.label for answer in answers) for answers in plain.values()}) != 1:
        return 0
    return max(plain, key=lambda turn: _least_sure(plain[turn]))


def _is_plain(turn: int, answers: Sequence[Judgement], upright_count: int) -> bool:
    if len(answers) < 2 or _has_doubt(answers) or _least_sure(answers) < SURE_FROM:
        return False
    if turn == 180 and len(answers) != upright_count:  # the same shapes in the other order
        return False
    return not TELLING[turn].isdisjoint(answer.label for answer in answers)


def _least_sure(answers: Sequence[Judgement]) -> float:
    return min(answer.confidence for answer in answers)
