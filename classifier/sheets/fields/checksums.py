"""Check digits. Each function says whether a text of digits ends in the right one."""

from __future__ import annotations

from collections.abc import Callable


def luhn(digits: str) -> bool:
    """Credit cards and many customer numbers. Source: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


def mod_11(digits: str) -> bool:
    """Weights 2, 3, 4 … from the right, the check digit's weight being 1, as of ISBN-10 without the sign X."""
    return sum(int(digit) * weight for weight, digit in enumerate(reversed(digits), 1)) % 11 == 0


def mod_97(digits: str) -> bool:
    """Two check digits. Source: ISO/IEC 7064, MOD 97-10."""
    return int(digits) % 97 == 1


def gtin(digits: str) -> bool:
    """EAN-8, EAN-13, UPC and ISBN-13. Source: GS1 General Specifications, 7.9."""
    return sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(reversed(digits))) % 10 == 0


# Names are stored and stay.
CHECKSUMS: dict[str, Callable[[str], bool]] = {"luhn": luhn, "mod11": mod_11, "mod97": mod_97, "gtin": gtin}


def holds(name: str, digits: str) -> bool:
    """Whether the checksum of this name holds; true without a name. digits: two or more, otherwise it does not hold."""
    return not name or (len(digits) > 1 and CHECKSUMS[name](digits))
