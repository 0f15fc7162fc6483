"""What the page of results shows of a value."""

from dataclasses import dataclass

from classifier.recognition.wording import bounded_percent
from classifier.sheets.fields.description import Kind
from classifier.sheets.models import Stack, Value

from .lines import State, state_of, who_decided


@dataclass(frozen=True)
class Cell:
    """A value in the table. state: decided, taken or open."""

    value: Value
    state: str
    text: str  # for people; of an open value, what was read
    who: str
    confidence: str


def cell_of(value: Value, stack: Stack) -> Cell:
    """value: with decided_by."""
    state = state_of(value, stack)
    text = value.text
    if value.kind == Kind.CHECK:
        text = "marked" if text else "not marked"
    confidence = "" if state is State.DECIDED else bounded_percent(value.confidence)
    return Cell(value, state, text or "empty", who_decided(value, stack), confidence)
