"""The steps of a training run, and how the code that carries one out says how far it is."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """A step, in the order in which a run takes them. The values are stored."""

    START = "start"
    READ = "read"
    DIGITS = "digits"
    BOXED = "boxed"
    OUTLIERS = "outliers"
    LINES = "lines"
    LOAD = "load"
    TRIAL = "trial"
    FIT = "fit"
    TEST = "test"
    DRAWINGS = "drawings"
    PHOTOGRAPHS = "photographs"
    SCORE = "score"
    FILES = "files"
    REGISTER = "register"
    MEASURE = "measure"


Advance = Callable[[float], None]  # receives how much of the work of a step is done so far
# Begins a step with this much work: pictures, images, or 1 if it cannot be counted.
Begin = Callable[[Step, float], Advance]
Count = Callable[[float], Advance]  # a Begin of one step


def not_counted(done: float) -> None:
    """An Advance that nobody listens to."""


def not_followed(step: Step, work: float) -> Advance:
    """A Begin that nobody listens to."""
    return not_counted


def not_begun(work: float) -> Advance:
    """A Count that nobody listens to."""
    return not_counted


def after(begun: float, advance: Advance) -> Advance:
    """Returns the Advance of a part of a step that follows `begun` of its work."""
    return lambda done: advance(begun + done)
