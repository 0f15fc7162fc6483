"""Where a page's file is in the archive of its stack: what StackPage.place holds."""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.archives.zip_format import Packed


class WaitingPage(NamedTuple):
    """A page to read."""

    key: int  # of its row
    number: int  # in the stack, from 1
    where: Packed
    page: int | None  # of a file with several, from 1


def place_of(where: Packed) -> list[int]:
    """The JSON of a place."""
    return list(where)


def packed(place: Sequence[int]) -> Packed:
    """The inverse of `place_of`."""
    return Packed(*place)
