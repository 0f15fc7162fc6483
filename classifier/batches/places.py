"""How far a batch is read, and what is read at once."""

from typing import NamedTuple

from classifier.archives.directory import Entry


class Place(NamedTuple):
    """How far a batch has been read."""

    position: int  # Batch.position
    page: int = 0  # Batch.page


class File(NamedTuple):
    """A member to read, or one of its pages."""

    entry: Entry
    page: int | None = None  # from 1; None for a member with one page


class Piece(NamedTuple):
    """What is decoded, answered and stored at once."""

    start: Place
    end: Place
    files: list[File]
