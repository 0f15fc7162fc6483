"""Words for shares, digits and ordinals, as pages, messages and commands write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
UNKNOWN = "–"


def percent(share: float | None, decimals: int = 2) -> str:
    """A share rounded to `decimals` places, such as "97.53 %"; a dash for None."""
    return UNKNOWN if share is None else f"{share:.{decimals}%}".replace("%", f"{NO_BREAK_SPACE}%")


def bounded_percent(share: float, decimals: int = 1) -> str:
    """A share as `percent` writes it, but never rounded to 0 or 100 %: "> 99.9 %", "< 0.1 %".

    For confidences and other estimates, which are never certain.
    """
    least = 10.0 ** -(decimals + 2)
    if share > 1 - least:
        return f">{NO_BREAK_SPACE}{percent(1 - least, decimals)}"
    if share < least:
        return f"<{NO_BREAK_SPACE}{percent(least, decimals)}"
    return percent(share, decimals)


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
