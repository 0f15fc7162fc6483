"""What a request says. Anything that was not asked for is an InvalidInput, never a server error."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from classifier.recognition.errors import InvalidInput


def content_of(request: Request) -> dict[str, Any]:
    """The JSON object in a request. Raises InvalidInput, and ParseError if it is no JSON."""
    if not isinstance(request.data, dict) or request.content_type.startswith("multipart/"):
        raise InvalidInput("Send a JSON object.")
    return request.data


def text_in(content: dict[str, Any], name: str) -> str:
    """A text of the object. Raises InvalidInput if it is missing or something else."""
    value = content.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"“{name}” is a text.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInput(f"“{name}” has a character that cannot be stored.")
    return value


def id_in(text: str, name: str) -> UUID:
    """An id in the query or in a form. Raises InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"“{name}” is an id.") from None


def time_in(content: dict[str, Any], name: str) -> datetime:
    """A time with its zone, in ISO 8601. Raises InvalidInput."""
    try:
        time = parse_datetime(text_in(content, name))
    except ValueError:  # such as month 13
        time = None
    if time is None or time.tzinfo is None:
        raise InvalidInput(f"“{name}” is a time such as 2026-05-04T09:30:00Z.")
    return time


def flag_in(content: dict[str, Any], name: str) -> bool:
    """True or false; false if it is missing. Raises InvalidInput."""
    value = content.get(name, False)
    if not isinstance(value, bool):
        raise InvalidInput(f"“{name}” is true or false.")
    return value


def number_in(content: dict[str, Any], name: str, least: int, most: int, default: int | None = None) -> int:
    """A whole number. Raises InvalidInput."""
    value = content.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(f"“{name}” is a whole number from {least} to {most:,}.")
    return value


def number_of_form(request: Request, name: str) -> int | None:
    """A whole number among the fields of a form; None if it is missing or empty. Raises InvalidInput."""
    text = request.POST.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(f"“{name}” is a whole number.")
    return int(text) if text else None
