"""What a check has found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "wrong", "not checked"]


@dataclass(frozen=True)
class Finding:
    """sentence: what is so. remedy: what to do about it."""

    state: State
    sentence: str
    remedy: str = ""


def ok(sentence: str) -> Finding:
    return Finding("ok", sentence)


def note(sentence: str, remedy: str = "") -> Finding:
    """Worth knowing, but the site works."""
    return Finding("note", sentence, remedy)


def wrong(sentence: str, remedy: str) -> Finding:
    return Finding("wrong", sentence, remedy)


def not_checked(sentence: str) -> Finding:
    return Finding("not checked", sentence, "Mend what is named above or below, then run this again.")
