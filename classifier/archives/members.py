"""Reading of the members of a ZIP within limits."""

import zlib
from array import array
from dataclasses import dataclass
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from .directory import entries, find_contents, shown
from .names import fingerprint
from .rejections import MemberRejected
from .zip_format import DEFLATED, LOCAL, LOCAL_MAGIC, Packed


@dataclass(frozen=True)
class Members:
    """The n files of an archive that may be opened, by name, in sixteen bytes each."""

    names: NDArray[np.uint64]  # (n,), fingerprints in ascending order
    places: NDArray[np.int64]  # (n,), Entry.at of each

    @classmethod
    def sorted(cls, names: "array[int]", places: "array[int]") -> Self:
        """names, places: in the order of the central directory."""
        prints = np.array(names, np.uint64)
        order = np.argsort(prints, kind="stable")
        return cls(prints[order], np.array(places, np.int64)[order])

    def find(self, name: str, at: object = None) -> int | None:
        """Entry.at of the file of a name; of several, the one at `at`. None without such a file."""
        wanted = np.uint64(fingerprint(name))
        first, end = np.searchsorted(self.names, wanted), np.searchsorted(self.names, wanted, "right")
        places: list[int] = self.places[first:end].tolist()
        if len(places) == 1:
            return places[0]
        return next((place for place in places if place == at), None)


def find_members(file: BinaryIO, largest: int) -> Members:
    """Collects the files of an archive that may be opened, of at most `largest` bytes each. Raises ArchiveRejected."""
    names, places = array("Q"), array("q")
    for entry in entries(file, find_contents(file), largest=largest):
        if entry.is_file and not entry.rejection:
            for name in dict.fromkeys(map(shown, entry.readings)):  # an export may name the file by any of them
                names.append(fingerprint(name))
                places.append(entry.at)
    return Members.sorted(names, places)


def data_offset(file: BinaryIO, where: Packed) -> int:
    """The position of a member's bytes in the file, after its local header. Raises MemberRejected."""
    try:
        file.seek(where.offset)
    except OverflowError:  # an offset of 2^63 or more
        raise MemberRejected("damaged") from None
    head = file.read(LOCAL.size)
    if len(head) < LOCAL.size or not head.startswith(LOCAL_MAGIC):
        raise MemberRejected("damaged")
    *_, name_size, extra_size = LOCAL.unpack(head)
    return where.offset + LOCAL.size + int(name_size) + int(extra_size)


def unpack(file: BinaryIO, where: Packed) -> bytes:
    """The bytes of a member, which are never more than its entry says. Raises MemberRejected."""
    file.seek(data_offset(file, where))
    data = file.read(where.packed)
    if len(data) < where.packed:
        raise MemberRejected("damaged")
    if where.method == DEFLATED:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, where.size + 1)
        except zlib.error as error:
            raise MemberRejected("damaged") from error
    if len(data) != where.size or zlib.crc32(data) != where.crc:
        raise MemberRejected("damaged")
    return data


def beginning(file: BinaryIO, where: Packed, length: int) -> bytes:
    """The first bytes of a member, `length` or fewer. Raises MemberRejected."""
    file.seek(data_offset(file, where))
    data = file.read(min(where.packed, length))
    if where.method == DEFLATED:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, length)
        except zlib.error as error:
            raise MemberRejected("damaged") from error
    return data
