"""The characters that a line of writing is read as."""

from collections.abc import Sequence

DIGITS = "0123456789"
MARKS = ".,-/:=%+"
OTHER = "?"  # a letter or any other sign: read, but not named
CHARACTERS = DIGITS + MARKS + OTHER
BLANK = len(CHARACTERS)  # the class between two characters, the last one
CLASSES = len(CHARACTERS) + 1


def encode(text: str) -> list[int]:
    """The class of each character. Raises ValueError if one is not in the alphabet."""
    return [CHARACTERS.index(character) for character in text]


def decode(classes: Sequence[int]) -> str:
    """The text of some classes, none of them BLANK."""
    return "".join(CHARACTERS[number] for number in classes)
