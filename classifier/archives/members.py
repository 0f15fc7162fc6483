"""Reading of the members of a ZIP within limits."""

import io
import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from .directory import entries, find_contents, shown
from .names import fingerprint
from .rejections import MemberRejected
from .zip_format import DEFLATED, LOCAL, LOCAL_MAGIC, STORED, Packed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE = 2**20  # bytes read at once to check a checksum


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


class StoredMember(io.RawIOBase):
    """A member that the archive has as it is: a file whose bytes are read when they are asked for."""

    def __init__(self, file: BinaryIO, where: Packed) -> None:
        """file: of the archive, which must stay open. Raises MemberRejected unless the whole member is sound."""
        self._file, self._start, self._size, self._at = file, data_offset(file, where), where.size, 0
        crc = 0
        while piece := self.read(PIECE):
            crc = zlib.crc32(piece, crc)
        if where.method != STORED or self._at != where.packed or crc != where.crc:
            raise MemberRejected("damaged")
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._at)
        data = self._file.read(min(len(view), max(0, self._size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


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
