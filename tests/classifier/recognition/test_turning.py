"""A picture is turned only if that makes it plainly a number; everything else stays upright."""

import pytest

from classifier.recognition.classes import Verdict
from classifier.recognition.turning import better_turn
from classifier.recognition.verdict import Judgement


def answers(text, confidence=0.99):
    """Answers to the digits of a text: "?" is unsure, "-" is not a digit."""
    verdicts = {"?": Verdict.UNSURE, "-": Verdict.NOT_A_DIGIT}
    return [
        Judgement(verdicts.get(each, Verdict.DIGIT), "", int(each) if each.isdigit() else 8, confidence, [0.1] * 10, [])
        for each in text
    ]


def turn_of(upright, **turned):
    return better_turn(answers(upright), {int(turn[1:]): answers(text) for turn, text in turned.items()})


@pytest.mark.parametrize(
    ("upright", "turned", "turn"),
    [
        ("21-?", {"_180": "7412", "_90": "-", "_270": "?"}, 180),
        ("-", {"_180": "-", "_90": "7412", "_270": "-"}, 90),
        ("-", {"_180": "-", "_90": "?", "_270": "25"}, 270),
        ("??", {"_180": "10", "_270": "74"}, 270),
    ],
)
def test_a_doubtful_picture_that_is_plainly_a_number_is_turned(upright, turned, turn):
    assert turn_of(upright, **turned) == turn


@pytest.mark.parametrize(
    ("upright", "turned"),
    [
        ("7412", {"_180": "7412"}),  # read without doubt
        ("", {"_180": "74"}),
        ("6?", {"_180": "69"}),
        ("??", {"_180": "96"}),
        ("--", {"_180": "88"}),
        ("1?01", {"_180": "1001"}),
        ("2-", {"_180": "52"}),
        ("-", {"_90": "1001"}),
        ("21--", {"_180": "741?"}),
        ("21--", {"_180": "741-"}),
        ("21-", {"_180": "7412"}),  # the same shapes are as many digits
        ("-", {"_180": "7"}),  # an L
        ("-", {"_90": "3"}),  # an M
        ("-", {"_90": "74", "_270": "47"}),
        ("--", {}),
    ],
)
def test_everything_else_stays_upright(upright, turned):
    assert turn_of(upright, **turned) == 0


def test_a_single_unsure_digit_with_a_clear_first_choice_stays():
    """A 5 with a detached cap is two shapes on its side."""
    assert better_turn(answers("?", 0.97), {90: answers("17")}) == 0
    assert better_turn(answers("?", 0.3), {90: answers("17")}) == 90


def test_the_least_sure_digit_decides():
    sure, less = answers("74"), [*answers("7"), *answers("4", 0.85)]
    assert better_turn(answers("--"), {180: sure}) == 180
    assert better_turn(answers("--"), {180: less}) == 0
