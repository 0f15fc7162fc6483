"""The ZIP of an import, read within limits. Nothing is unpacked to disk, and no name in it becomes a file name."""

import zlib
from array import array
from collections.abc import Iterator
from typing import BinaryIO

from classifier.archives.directory import BROKEN, Contents, Entry, entries, find_contents
from classifier.archives.members import Members, data_offset
from classifier.archives.names import fingerprint
from classifier.archives.rejections import REASONS, MemberRejected
from classifier.archives.zip_format import DEFLATED, Packed
from classifier.errors import ArchiveRejected, ImportRejected, StorageAway
from classifier.transfer.export_format import JSON_NAME
from classifier.transfer.importing.errors import RecordRejected

from .budget import Budget
from .documents import Document

MOST_FILES = 200_000
MOST_RATIO = 200  # of a member's size to its packed size, above RATIO_FROM
RATIO_FROM = 2**20  # bytes
PIECE_BYTES = 2**18

_READABLE = ("", "archive", "empty", "bomb")  # rejections that do not matter here; MOST_RATIO is stricter


class Archive:
    """The ZIP of an export. Raises ImportRejected if it cannot be read."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._file, self._budget = file, budget
        try:
            self._contents = find_contents(file)
            json_entry, self._members = _list_members(file, self._contents)
        except ArchiveRejected as error:
            raise ImportRejected(
                "This ZIP is damaged, incomplete or no ZIP at all. Download it again and retry."
            ) from error
        self._folder = json_entry.path.removesuffix(JSON_NAME)
        try:
            _check(json_entry)
            self._json = MemberStream(file, json_entry.where)
        except (RecordRejected, MemberRejected) as error:
            raise ImportRejected(f"{JSON_NAME} cannot be unpacked. {error} Download the ZIP again and retry.") from None

    def document(self) -> Document:
        return Document(self._json, self._budget)

    def original(self, name: str, most_bytes: int) -> bytes:
        """The bytes of an original. Raises RecordRejected if it is missing, damaged or too large."""
        return b"".join(self._pieces(name, "original", most_bytes))

    def batch(self, name: str, most_bytes: int) -> Iterator[bytes]:
        """Yields the bytes of a batch's archive. Raises RecordRejected, also at the end."""
        return self._pieces(name, "archive", most_bytes)

    def _pieces(self, name: str, noun: str, most_bytes: int) -> Iterator[bytes]:
        entry = self._find(self._folder + name)
        if entry is None:
            raise RecordRejected(f"Its {noun} is not in the ZIP.")
        _check(entry)
        if entry.where.size > most_bytes:
            raise RecordRejected(f"Its {noun} has more than {most_bytes / 2**20:.0f} MB.")
        self._budget.spend(entry.where.size)
        try:
            stream = MemberStream(self._file, entry.where)
            while piece := stream.read(PIECE_BYTES):
                yield piece
        except StorageAway:
            raise
        except (MemberRejected, OSError):
            raise RecordRejected(f"Its {noun} is damaged: its size or its checksum is wrong.") from None

    def _find(self, path: str) -> Entry | None:
        at = self._members.find(path)
        if at is None:
            return None
        entry = next(entries(self._file, self._contents, at))
        return entry if entry.path == path else None


class MemberStream:
    """A member of a ZIP, unpacked while it is read. Raises MemberRejected if it is damaged."""

    def __init__(self, file: BinaryIO, where: Packed) -> None:
        self._file, self._where = file, where
        self._start = self._at = data_offset(file, where)
        self._end = self._start + where.packed
        self._size = self._checksum = 0  # of what has been read
        self._inflater = self._new_inflater()

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end, where the checksum is compared."""
        try:
            data = self._unpack(size)
        except zlib.error as error:
            raise MemberRejected("damaged") from error
        self._checksum = zlib.crc32(data, self._checksum)
        self._size += len(data)
        is_wrong = not data and (self._size, self._checksum) != (self._where.size, self._where.crc)
        if is_wrong or self._size > self._where.size:
            raise MemberRejected("damaged")
        return data

    def seek(self, position: int) -> int:
        self._at, self._size, self._checksum = self._start, 0, 0
        self._inflater = self._new_inflater()
        while self._size < position and self.read(min(PIECE_BYTES, position - self._size)):
            pass
        return self._size

    def _new_inflater(self) -> "zlib._Decompress | None":
        return zlib.decompressobj(-zlib.MAX_WBITS) if self._where.method == DEFLATED else None

    def _unpack(self, size: int) -> bytes:
        if self._inflater is None:
            return self._packed(size)
        while not self._inflater.eof:
            packed = self._inflater.unconsumed_tail or self._packed(PIECE_BYTES)
            if data := self._inflater.decompress(packed, size):
                return data
            if not packed:
                break
        return b""

    def _packed(self, size: int) -> bytes:
        self._file.seek(self._at)  # the file has other readers too
        data = self._file.read(min(size, self._end - self._at))
        self._at += len(data)
        return data


def _list_members(file: BinaryIO, contents: Contents) -> tuple[Entry, Members]:
    """The entry of the JSON, and where all others are. Raises ArchiveRejected, ImportRejected."""
    names, places = array("Q"), array("q")
    json_entry: Entry | None = None
    for entry in entries(file, contents):
        if len(names) == MOST_FILES:
            raise ImportRejected(f"This ZIP has more than {MOST_FILES:,} files. Import it in parts.")
        names.append(fingerprint(entry.path))
        places.append(entry.at)
        is_json = entry.path.rpartition("/")[2] == JSON_NAME  # in a folder, if a person has packed it again
        if is_json and (json_entry is None or len(entry.path) < len(json_entry.path)):
            json_entry = entry
    if contents.count not in (len(names), len(names) % 0x10000):
        raise ArchiveRejected(BROKEN, "archive_damaged")
    if not names:
        raise ImportRejected("There is no file in this ZIP.")
    if json_entry is None:
        raise ImportRejected(f"There is no {JSON_NAME} in this ZIP. Choose the ZIP that you downloaded.")
    return json_entry, Members.sorted(names, places)


def _check(entry: Entry) -> None:
    if entry.rejection not in _READABLE:
        raise RecordRejected(REASONS[entry.rejection])
    if entry.where.size > max(RATIO_FROM, MOST_RATIO * entry.where.packed):
        raise RecordRejected(f"It unpacks to more than {MOST_RATIO} times its size.")
