"""Writing a ZIP while it is sent, with zipstream-ng: members of any length, read piece by piece.

zipstream-ng keeps about 600 bytes of each member until the end, where the list of contents follows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZIP_STORED

from zipstream import ZipStream

COMPRESSION_LEVEL = 1  # zlib's fastest; JSON and 28×28 pictures, which are mostly background, shrink well all the same


@dataclass(frozen=True)
class Member:
    """A file to be written into a ZIP. `pieces` are its bytes; they are read when it is written."""

    name: str
    pieces: Iterable[bytes]
    is_compressed: bool = False


def streamed_zip(members: Iterable[Member]) -> Iterator[bytes]:
    """Yields the bytes of a ZIP with these members, in pieces of any length."""
    archive = ZipStream()
    for member in members:
        if member.is_compressed:
            method, level = ZIP_DEFLATED, COMPRESSION_LEVEL
        else:
            method, level = ZIP_STORED, None
        archive.add(member.pieces, member.name, compress_type=method, compress_level=level)
        yield from archive.all_files()
    yield from archive.finalize()
