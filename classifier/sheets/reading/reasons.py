"""Why a value is left to a person: stable codes, and the sentence that people read."""

from __future__ import annotations

# Codes are stored and stay.
REASONS: dict[str, str] = {
    "empty": "This field must be filled in, but nothing is written here.",
    "faint": "There is something here, but so faint that it may be dirt.",
    "close": "It could also be another number.",
    "not_allowed": "What seems to be written here is not allowed in this field.",
    "unreadable": "This is hard to read.",
    "crossed_out": "Something is crossed out or written over here.",
    "too_few": "There are fewer digits here than this field must have.",
    "too_many": "There are more digits here than this field may have.",
    "gap": "There is an empty box between the digits.",
    "cut_off": "This field is not on the picture as a whole.",
}


def sentence(reason: str) -> str:
    """The sentence of a code; empty for an empty or unknown one."""
    return REASONS.get(reason, "")
