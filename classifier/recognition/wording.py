"""Numbers and digits in words, as pages and messages write them."""

from __future__ import annotations

from collections.abc import Sequence


def an(label: int) -> str:
    """A digit with its article."""
    return f"an {label}" if label == 8 else f"a {label}"


def percent(share: float) -> str:
    """A share as in a sentence; never rounded to a certainty."""
    text = "> 99 %" if share > 0.99 else "< 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def in_words(digits: Sequence[int]) -> str:
    """ "a 1, a 7 or an 8" """
    named = [f"an {digit}" if digit == 8 else f"a {digit}" for digit in digits]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def fine_percent(share: float) -> str:
    """With two decimals: networks differ in the second."""
    return f"{share:.2%}".replace("%", " %")


def ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}" + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
