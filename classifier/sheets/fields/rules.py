"""Whether a text may stand in a field, in words for the person who typed it, and how it is stored."""

from __future__ import annotations

import re
import unicodedata

from classifier.recognition.errors import InvalidInput

from .description import Field, Kind, Rules
from .values import wrong_value

MARKED = "x"  # what is stored for a check box that is marked
_MARKS = {"x", "✓", "✔", "✗", "✘", "1", "y", "yes", "on", "true"}  # what people type for it
_BLANKS = {"", "0", "-", "n", "no", "off", "false"}
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
SHOWN = 30  # characters of a text that a sentence repeats


class ValueRejected(InvalidInput):
    """A text that cannot stand in a field; the message says why."""

    code = "value_rejected"


def fits(text: str, rules: Rules) -> bool:
    """Whether the rules of a field of boxes or a line allow a text. An empty one is allowed unless it is required."""
    return not why_not(text, rules)


def why_not(text: str, rules: Rules) -> str:
    """Why the rules do not allow a text, as a sentence; empty if they allow it."""
    if not text:
        return "This field must be filled in." if rules.is_required else ""
    if not _NUMBER.fullmatch(text):
        return f"“{text[:SHOWN]}” is not a number: write digits, and at most one point."
    if rules.allowed:
        return "" if text in rules.allowed_set else f"{text} is not in the list of allowed values."
    return _wrong_form(text, rules) or wrong_value(text, rules.lowest, rules.highest, rules.checksum)


def _wrong_form(text: str, rules: Rules) -> str:
    digits = len(text.replace(".", ""))
    if not rules.digits_from <= digits <= rules.digits_to:
        least, most = rules.digits_from, rules.digits_to
        wanted = f"{least}" if least == most else f"{least} to {most}"
        return f"{text} has {_counted(digits, 'digit')}; {wanted} {'is' if wanted == '1' else 'are'} expected."
    decimals = len(text.partition(".")[2])
    if decimals != rules.decimals:
        wanted = str(rules.decimals or "none")
        verb = "is" if wanted == "1" else "are"
        return f"{text} has {_counted(decimals, 'decimal')}; {wanted} {verb} expected."
    return ""


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def normalised(text: str, field: Field) -> str:
    """What a person types as it is stored.

    Of boxes and lines: digits, leading zeros kept, a decimal comma as a point; spaces are left out. In boxes the point
    need not be typed, because it is printed. Of check boxes: MARKED or empty. Raises ValueRejected.
    """
    typed = "".join(unicodedata.normalize("NFKC", text).split())
    if field.kind is Kind.CHECK:
        return _mark(typed.lower(), field.rules)
    number = typed.replace(",", ".")
    if field.kind is Kind.BOXES and number.isdecimal():
        number = pointed(number, field.rules.decimals)
    if reason := why_not(number, field.rules):
        raise ValueRejected(reason)
    return number


def _mark(typed: str, rules: Rules) -> str:
    if typed not in _MARKS | _BLANKS:
        raise ValueRejected(f"Write {MARKED} if the box is marked, and nothing if it is not.")
    if typed in _BLANKS and rules.is_required:
        raise ValueRejected("This box must be marked.")
    return MARKED if typed in _MARKS else ""


def pointed(digits: str, decimals: int) -> str:
    """Digits with a point before the last `decimals` of them; unchanged if there are not more than these."""
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if 0 < decimals < len(digits) else digits


def is_restricting(rules: Rules) -> bool:
    """Whether most numbers with the right count of digits are excluded, so that a wrong reading mostly is, too."""
    return bool(rules.allowed or rules.checksum)
