"""Writing a ZIP while it is sent: to something that cannot be wound back, in little memory however many members."""

import io
import marshal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PACKING = 1  # zlib's level: the fastest, and 28×28 pictures are mostly ground
KEPT_IN_MEMORY = 2**20  # bytes of the list of members; what is more goes to a temporary file
_KEPT = (
    "filename",
    "date_time",
    "compress_type",
    "create_system",
    "create_version",
    "extract_version",
    "flag_bits",
    "external_attr",
    "header_offset",
    "CRC",
    "compress_size",
    "file_size",
)


class Sink(io.RawIOBase):
    """Takes what is written until it is taken on; cannot seek, so zipfile writes sizes behind each member."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0  # bytes waiting

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self.size += len(part)
        return len(part)

    def take(self) -> bytes:
        parts, self._parts, self.size = self._parts, [], 0
        return b"".join(parts)


class _Members:
    """What zipfile keeps of each member until the end, 500 bytes of objects, as 100 bytes of a file."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - closed with the archive
        self._count = 0

    def append(self, member: ZipInfo) -> None:
        marshal.dump(tuple(getattr(member, name) for name in _KEPT), cast(Any, self._file))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ZipInfo]:
        self._file.seek(0)
        for _ in range(self._count):
            member = ZipInfo()
            for name, value in zip(_KEPT, marshal.load(self._file), strict=True):  # noqa: S302 - written above
                setattr(member, name, value)
            yield member

    def close(self) -> None:
        self._file.close()


class _NoNames(dict[str, ZipInfo]):
    """zipfile warns of a name that it has had before; ours differ, and to know them all takes memory."""

    def __setitem__(self, name: str, member: ZipInfo) -> None:
        pass


def streamed_zip(members: Callable[[ZipFile], Iterator[None]], piece: int) -> Iterator[bytes]:
    """The bytes of a ZIP in pieces of about `piece` bytes.

    members: writes the members one after the other, and yields whenever what it has written may be sent. Those that
    it opens by name alone are packed, those by a ZipInfo as that says.
    """
    sink = Sink()
    with closing(_Members()) as listing, ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=PACKING) as archive:
        archive.filelist = listing  # type: ignore[assignment]
        archive.NameToInfo = _NoNames()
        with closing(cast(Any, members(archive))) as writing:
            for _ in writing:
                if sink.size >= piece:
                    yield sink.take()
        archive.close()
        yield sink.take()
