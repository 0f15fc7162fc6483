"""What is wrong with a number, as a sentence: its range and its check digit. Plain values in, a sentence out."""

from __future__ import annotations

from .checksums import holds

NAMES = {"luhn": "Luhn", "mod11": "mod 11", "mod97": "mod 97", "gtin": "EAN/ISBN"}


def wrong_value(text: str, lowest: float | None, highest: float | None, checksum: str) -> str:
    """Why a number is excluded, as a sentence; empty if it is not. text: digits with at most one point."""
    value = float(text)
    if lowest is not None and value < lowest:
        return f"{text} is below {lowest:.15g}, the lowest value."
    if highest is not None and value > highest:
        return f"{text} is above {highest:.15g}, the highest value."
    if not holds(checksum, text.replace(".", "")):
        return f"{text} has a wrong check digit ({NAMES[checksum]}). Compare each digit."
    return ""
