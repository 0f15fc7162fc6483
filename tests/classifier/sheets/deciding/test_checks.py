"""The checks of the promise: which values they are, and what is said of them."""

import random
import re
import uuid

import pytest
from django.utils import timezone

from classifier.sheets.deciding.checks import Checks, checks, wilson
from classifier.sheets.models import is_chosen_as_check
from tests.filled_stacks import page_of, stack_of, value_of


def test_every_hundredth_value_is_chosen_and_always_the_same_ones():
    draw = random.Random(7)
    ids = [uuid.UUID(int=draw.getrandbits(128), version=4) for _ in range(10_000)]
    chosen = [each for each in ids if is_chosen_as_check(each)]
    assert 60 < len(chosen) < 140
    assert all(is_chosen_as_check(uuid.UUID(str(each))) for each in chosen)


@pytest.mark.parametrize(
    ("wrong", "total", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 100, 0.0215, 0.1118), (10, 10, 0.7225, 1)],
)
def test_interval(wrong, total, low, high):
    """Expected values: statsmodels.stats.proportion.proportion_confint(…, method="wilson")."""
    assert wilson(wrong, total) == pytest.approx((low, high), abs=1e-4)


def test_only_decided_checks_within_the_tolerance_count(owner):
    stack = stack_of(owner)
    now = timezone.now()
    for text, risk, more in (
        ("1", 0.001, {"is_check": True, "decided": now, "read": "1"}),
        ("2", 0.001, {"is_check": True, "decided": now, "read": "7"}),
        ("3", 0.001, {"is_check": True}),
        ("4", 0.001, {"decided": now, "read": "9"}),  # changed in the results: a person chose it
        ("5", 0.3, {"is_check": True, "decided": now, "read": "6"}),  # doubtful
    ):
        value_of(page_of(stack), "points", text, risk, **more)
    assert checks(stack) == Checks(200, checked=2, wrong=1, left=1)
    stack.one_in = 3
    assert checks(stack) == Checks(3, checked=3, wrong=2, left=1)


@pytest.mark.parametrize(
    ("checked", "wrong", "said"),
    [
        (0, 0, "None of the fields that were taken unseen has been checked yet"),
        (12, 0, "12 .* none was wrong: 0.00 % .* too few to confirm it"),
        (1000, 0, "1,000 .* none was wrong: .* is kept"),
        (100, 9, "100 .* 9 were wrong: 9.00 % .* more than the promised one in 200"),
    ],
)
def test_the_sentence_compares_them_with_the_promise(checked, wrong, said):
    assert re.search(said, Checks(200, checked, wrong, 0).sentence.replace("\N{NO-BREAK SPACE}", " "))
