"""Reading the members of a ZIP within bounds."""

import zlib
from array import array
from dataclasses import dataclass
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from .directory import MemberTrouble, Packed, entries, find_contents, fingerprint
from .zip_format import DEFLATED, LOCAL, MAGIC


@dataclass(frozen=True)
class Members:
    """Where the files of an archive that may be opened stand, by their names, in sixteen bytes each."""

    names: NDArray[np.uint64]  # (n,), rising: fingerprints
    places: NDArray[np.int64]  # (n,), Entry.at of each

    @classmethod
    def sorted(cls, names: "array[int]", places: "array[int]") -> Self:
        """Sorts what a pass over the list of contents has collected, in its order."""
        prints = np.array(names, np.uint64)
        order = np.argsort(prints, kind="stable")
        return cls(prints[order], np.array(places, np.int64)[order])

    def find(self, name: str, at: object = None) -> int | None:
        """Entry.at of the file of this name. Of several it is that at `at`; None when none of them stands there."""
        wanted = np.uint64(fingerprint(name))
        first, end = np.searchsorted(self.names, wanted), np.searchsorted(self.names, wanted, "right")
        places: list[int] = self.places[first:end].tolist()
        if len(places) == 1:
            return places[0]
        return next((place for place in places if place == at), None)


def find_members(file: BinaryIO, largest: int) -> Members:
    """Look an archive through for the files that could be opened, of at most `largest` bytes each.

    Raises ArchiveRejected when it is none.
    """
    names, places = array("Q"), array("q")
    for entry in entries(file, find_contents(file), largest=largest):
        if entry.is_file and not entry.trouble:
            names.append(fingerprint(entry.name))
            places.append(entry.at)
    return Members.sorted(names, places)


def data_offset(file: BinaryIO, where: Packed) -> int:
    """Where a member's bytes begin in the file, after its local header. Raises MemberTrouble."""
    try:
        file.seek(where.offset)
    except OverflowError:  # an offset of 2^63 or more
        raise MemberTrouble("damaged") from None
    head = file.read(LOCAL.size)
    if len(head) < LOCAL.size or not head.startswith(MAGIC):
        raise MemberTrouble("damaged")
    *_, name_size, extra_size = LOCAL.unpack(head)
    return where.offset + LOCAL.size + int(name_size) + int(extra_size)


def unpack(file: BinaryIO, where: Packed) -> bytes:
    """A member's bytes, never more than it says it has. Raises MemberTrouble."""
    file.seek(data_offset(file, where))
    data = file.read(where.packed)
    if len(data) < where.packed:
        raise MemberTrouble("damaged")
    if where.method == DEFLATED:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, where.size + 1)
        except zlib.error as error:
            raise MemberTrouble("damaged") from error
    if len(data) != where.size or zlib.crc32(data) != where.crc:
        raise MemberTrouble("damaged")
    return data
