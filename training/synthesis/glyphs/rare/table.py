"""Rarer ways to write digits."""

from collections.abc import Callable

from ..shapes import Glyph, Hand, Style

RARE_STYLES: list[Style] = []


def rare(digit: int, weight: float) -> Callable[[Callable[[Hand], Glyph]], Callable[[Hand], Glyph]]:
    """Adds the decorated function to the table."""

    def register(draw: Callable[[Hand], Glyph]) -> Callable[[Hand], Glyph]:
        RARE_STYLES.append(Style(digit, weight, draw))
        return draw

    return register
