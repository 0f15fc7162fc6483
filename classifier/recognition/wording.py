"""Words for shares, digits and ordinals, as pages, messages and commands write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
UNKNOWN = "–"


def percent(share: float | None, decimals: int = 2) -> str:
    """A counted share, such as "97.53 %"; a dash for None.

    Only a share of exactly 0 or 1 reads as 0 or 100 %: one mistake in a million is "> 99.99 %".
    """
    if share is None:
        return UNKNOWN
    return _rounded(share, decimals) if share in (0, 1) else _within(share, decimals)


def bounded_percent(share: float) -> str:
    """A confidence or another estimate, such as "97.5 %": never 0 or 100 %, because it is never certain.

    It has one decimal place on every page, so the same confidence always reads the same.
    """
    return _within(share, 1)


def _within(share: float, decimals: int) -> str:
    least = 10.0 ** -(decimals + 2)
    if share > 1 - least:
        return f">{NO_BREAK_SPACE}{_rounded(1 - least, decimals)}"
    if share < least:
        return f"<{NO_BREAK_SPACE}{_rounded(least, decimals)}"
    return _rounded(share, decimals)


def _rounded(share: float, decimals: int) -> str:
    return f"{share:.{decimals}%}".replace("%", f"{NO_BREAK_SPACE}%")


def duration(milliseconds: float) -> str:
    """A time, such as "1.5 ms", "12 ms" or "1.5 s". The longer of two times never reads as the shorter one."""
    if milliseconds < 0.1:
        return f"less than 0.1{NO_BREAK_SPACE}ms"
    if milliseconds < 9.95:
        return f"{milliseconds:.1f}{NO_BREAK_SPACE}ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f}{NO_BREAK_SPACE}ms"
    return f"{milliseconds / 1000:.1f}{NO_BREAK_SPACE}s"


def article(digit: int) -> str:
    """The indefinite article of a digit: "an" of 8, "a" of the others."""
    return "an" if digit == 8 else "a"


def with_article(digit: int) -> str:
    """A digit with its article, such as "an 8"."""
    return f"{article(digit)} {digit}"


def alternatives(digits: Sequence[int]) -> str:
    """Digits joined by "or", such as "a 1, a 7 or an 8"; empty for no digits."""
    *others, last = map(with_article, digits) if digits else [""]
    return f"{', '.join(others)} or {last}" if others else last


def ordinal(number: int) -> str:
    """A positive number as an ordinal in figures, such as "2nd"."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}" + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def p_value(p: float) -> str:
    """The p-value of a test, such as "p = 0.049": rounded down, so a significant one never reads as 0.05."""
    return f"p = {math.floor(1000 * p) / 1000:.3f}" if p >= 0.001 else "p < 0.001"
