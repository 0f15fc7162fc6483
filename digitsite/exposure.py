"""Settings that are only for trying the site out: with them, it answers nobody but the machine that it runs on."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

KEY_CHARACTERS, KEY_DIFFERENT = 32, 8  # a key of fewer characters, or of fewer different ones, can be guessed
GUESSED = ("changeme", "change-me", "change_me", "django-insecure-")
REFUSAL = (
    "This site is not ready for others: {}. Its operator has to change this in the settings (.env.example explains "
    "them). Until then it answers only on the machine that it runs on.\n"
)


def weaknesses() -> list[str]:
    """What in the settings is only for trying out, in words that continue a sentence."""
    weaknesses = {
        "DEBUG is on": settings.DEBUG,
        "SECRET_KEY can be guessed": _is_guessable(settings.SECRET_KEY),
        "ALLOWED_HOSTS allows every name": "*" in settings.ALLOWED_HOSTS,
    }
    return [weakness for weakness, is_so in weaknesses.items() if is_so]


def _is_guessable(key: str) -> bool:
    return len(key) < KEY_CHARACTERS or len(set(key)) < KEY_DIFFERENT or any(each in key.lower() for each in GUESSED)


def refuse(start_response: Any, weaknesses: list[str], request_id: str) -> Iterable[bytes]:
    """Answers a request from another machine."""
    body = REFUSAL.format("; ".join(weaknesses)).encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response("503 Service Unavailable", [*headers, ("Cache-Control", "no-store"), ("X-Request-ID", request_id)])
    return [body]
