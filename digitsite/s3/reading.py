"""A file that is read by ranges: from an archive of 500 MB, a picture takes as many bytes as it has."""

import io
from collections.abc import Callable
from typing import Any

LEAST = 128 * 1024  # bytes in one request
MOST = 4 * 2**20  # the same, while a file is read on and on
BUFFER = 16 * 1024  # from which single fields of an archive are read


class RangeReader(io.RawIOBase):
    """Reads ranges as they are needed, larger ones while each follows the other, and keeps the last."""

    def __init__(self, read_range: Callable[[int, int], bytes], size: int) -> None:
        """read_range: returns the bytes from a start to an end; size: of the file."""
        self._read_range, self._size = read_range, size
        self._at = 0
        self._kept_at, self._kept = 0, b""
        self._ahead = LEAST

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        if self._at < 0:
            raise ValueError("negative position")
        return self._at

    def readinto(self, into: Any) -> int:
        wanted = min(len(into), self._size - self._at)
        if wanted <= 0:
            return 0
        if not self._kept_at <= self._at < self._kept_at + len(self._kept):
            self._fetch(wanted)
        start = self._at - self._kept_at
        part = self._kept[start : start + wanted]
        into[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _fetch(self, wanted: int) -> None:
        follows = self._kept and self._at == self._kept_at + len(self._kept)
        self._ahead = min(2 * self._ahead, MOST) if follows else LEAST
        self._kept = b""  # first, for its memory
        end = min(self._at + max(wanted, self._ahead), self._size)
        self._kept_at, self._kept = self._at, self._read_range(self._at, end)
        if len(self._kept) != end - self._at:
            raise OSError(f"The store returned {len(self._kept)} bytes instead of {end - self._at}.")


def buffered(reader: RangeReader) -> io.BufferedReader:
    return io.BufferedReader(reader, BUFFER)
