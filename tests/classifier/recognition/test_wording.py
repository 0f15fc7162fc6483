"""How shares, digits and ordinals are written."""

from collections.abc import Callable
from typing import Any

import pytest

from classifier.recognition import wording
from classifier.recognition.wording import alternatives, article, bounded_percent, ordinal, p_value, percent

TABLE: list[tuple[Callable[..., str], tuple[Any, ...], str]] = [
    (percent, (0.97534,), "97.53 %"),
    (percent, (0.97534, 1), "97.5 %"),
    (percent, (0.97534, 0), "98 %"),
    (percent, (1.0,), "100.00 %"),
    (percent, (None,), "–"),
    (bounded_percent, (1.0,), "> 99.9 %"),
    (bounded_percent, (0.99999,), "> 99.9 %"),
    (bounded_percent, (0.9991,), "> 99.9 %"),
    (bounded_percent, (0.999,), "99.9 %"),
    (bounded_percent, (0.973,), "97.3 %"),
    (bounded_percent, (0.5,), "50.0 %"),
    (bounded_percent, (0.001,), "0.1 %"),
    (bounded_percent, (0.0009,), "< 0.1 %"),
    (bounded_percent, (0.0,), "< 0.1 %"),
    (bounded_percent, (0.999, 0), "> 99 %"),
    (bounded_percent, (0.99, 0), "99 %"),
    (bounded_percent, (0.88, 0), "88 %"),
    (bounded_percent, (0.01, 0), "1 %"),
    (bounded_percent, (0.001, 0), "< 1 %"),
    (article, (8,), "an"),
    (article, (1,), "a"),
    (alternatives, ([],), ""),
    (alternatives, ([8],), "an 8"),
    (alternatives, ([1, 8],), "a 1 or an 8"),
    (alternatives, ([2, 3, 8],), "a 2, a 3 or an 8"),
    *[(ordinal, (n,), f"{n}{end}") for n, end in ((1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (21, "st"))],
    *[(ordinal, (n,), f"{n}th") for n in (11, 12, 13, 20, 111)],
    (p_value, (0.0499,), "p = 0.049"),
    (p_value, (0.5,), "p = 0.500"),
    (p_value, (2e-9,), "p < 0.001"),
]


@pytest.mark.parametrize(("write", "arguments", "words"), TABLE)
def test_wording(write: Callable[..., str], arguments: tuple[Any, ...], words: str) -> None:
    assert write(*arguments).replace(wording.NO_BREAK_SPACE, " ") == words


def test_a_percentage_is_never_broken_over_two_lines() -> None:
    for share in (0.0, 0.5, 1.0):
        assert " " not in percent(share) + bounded_percent(share)
