"""What generated lines are made of; one ingredient can be left out to measure what it gains."""

from enum import StrEnum


class Ingredient(StrEnum):
    """Something that generated lines have. The value is its name for people."""

    SCANS = "digits that people wrote"
    TRACED = "pen strokes recovered from digits that people wrote"
    STROKES = "digits that a program writes"
    RARE_FORMS = "rarer forms of digits"
    TOUCHING = "digits close together or overlapping"
    JOINED = "joined digits"
    SMALL_ZEROS = "smaller zeros"
    WANDERING = "sizes and baselines that wander"
    MARKS = "marks and signs"
    WORDS = "words"
    PAPER = "pictures of ink on paper"
