"""How shares, digits and ordinals are written."""

from collections.abc import Callable
from typing import Any

import pytest

from classifier.recognition import wording
from classifier.recognition.wording import alternatives, article, bounded_percent, duration, ordinal, p_value, percent

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
    (percent, (0.0,), "0.00 %"),
    (percent, (0.999999,), "> 99.99 %"),  # one mistake in a million is a mistake
    (percent, (0.000001,), "< 0.01 %"),
    (duration, (0.0,), "less than 0.1 ms"),
    (duration, (0.04,), "less than 0.1 ms"),
    (duration, (0.1,), "0.1 ms"),
    (duration, (1,), "1.0 ms"),
    (duration, (9.96,), "10 ms"),
    (duration, (12.4,), "12 ms"),
    (duration, (999.6,), "1.0 s"),
    (duration, (1500,), "1.5 s"),
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


def test_the_longer_time_never_reads_as_the_shorter_one() -> None:
    times = [0.01 * 1.03**step for step in range(500)]
    units = {"ms": 1.0, "s": 1000.0}
    read = [float(number) * units[unit] for *_, number, unit in (duration(each).split() for each in times)]
    assert read == sorted(read)


def test_a_percentage_is_never_broken_over_two_lines() -> None:
    for share in (0.0, 0.5, 1.0):
        assert " " not in percent(share) + bounded_percent(share)
