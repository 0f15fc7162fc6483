"""The file of an import: an archive or a JSON document, opened within bounds."""

import io
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from classifier.errors import ImportRefused
from classifier.transfer.export_format import BATCHES, JSON_NAME, ORIGINALS

from .documents import BROKEN, PIECE, Budget, Document, Unusable

MOST_FILES = 200_000  # in one ZIP
LIST_BYTES = 64 * 2**20  # of a ZIP's list of contents
RATIO = 200  # times that a member may be larger than what is packed
SMALL = 2**20  # bytes below which it may be any times larger


class Archive:
    """An export's ZIP. Raises ImportRefused when it is none that can be read."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._budget = budget
        _check_contents(file)
        try:
            self._zip = ZipFile(file)
        except BROKEN as error:
            raise ImportRefused("This ZIP is damaged and cannot be opened. Download it again and retry.") from error
        names = (name for name in self._zip.namelist() if name.rpartition("/")[2] == JSON_NAME)
        found = min(names, key=len, default=None)  # whoever packed it again may have put a folder round it
        if found is None:
            raise ImportRefused(f"There is no {JSON_NAME} in this ZIP. Choose the ZIP as it was downloaded.")
        self._folder = found.removesuffix(JSON_NAME)
        member = self._zip.getinfo(found)
        try:
            _check_member(member)
            self._json = self._zip.open(member)
        except Unusable as error:
            raise ImportRefused(f"{JSON_NAME} cannot be read. {error}") from None
        except BROKEN as error:
            raise ImportRefused(f"{JSON_NAME} cannot be unpacked. Download the ZIP again and retry.") from error

    def document(self) -> Document:
        return Document(cast(BinaryIO, self._json), self._budget)

    def original(self, name: object, most_bytes: int) -> bytes:
        """A member in the folder of originals. Raises Unusable, with a sentence, when it cannot be had."""
        with self._opened(name, ORIGINALS, "Its original", most_bytes) as (file, size):
            data = file.read(size + 1)
            file.read(1)  # past the end, where the checksum is looked at
        if len(data) != size:
            raise Unusable("Its original is damaged: it is not as long as the ZIP says.")
        return data

    def batch(self, name: object, most_bytes: int) -> Iterator[bytes]:
        """A member in the folder of batches, piece by piece. Raises Unusable, also at its end."""
        with self._opened(name, BATCHES, "Its archive", most_bytes) as (file, size):
            while size >= 0 and (piece := file.read(PIECE)):
                size -= len(piece)
                yield piece
        if size:
            raise Unusable("Its archive is damaged: it is not as long as the ZIP says.")

    @contextmanager
    def _opened(self, name: object, folder: str, what: str, most_bytes: int) -> Iterator[tuple[IO[bytes], int]]:
        """A member in a folder of the export, and its bytes; Unusable for whatever is wrong with it, inside too."""
        if not isinstance(name, str) or not re.fullmatch(rf"{folder}[\w-]{{1,80}}(\.\w{{1,10}})?", name, re.ASCII):
            raise Unusable(f"{what} has a name that is none of an export.")
        try:
            member = self._zip.getinfo(self._folder + name)
        except KeyError:
            raise Unusable(f"{what} is not in the ZIP.") from None
        _check_member(member)
        if member.file_size > most_bytes:
            raise Unusable(f"{what} has more than {most_bytes / 2**20:.0f} MB.")
        self._budget.spend(member.file_size)
        try:
            with self._zip.open(member) as file:
                yield file, member.file_size
        except BROKEN:
            raise Unusable(f"{what} is damaged: it does not match its checksum.") from None

    def close(self) -> None:
        self._json.close()
        self._zip.close()


def _check_member(member: ZipInfo) -> None:
    if member.flag_bits & 0x41:
        raise Unusable("It is encrypted.")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Unusable("It is packed in a way that is not read here.")
    if member.file_size > max(SMALL, RATIO * member.compress_size):
        raise Unusable("It is packed far smaller than anything that is meant to be read.")


_END, _END_BYTES = b"PK\5\6", 22
_END64, _LOCATOR64 = b"PK\6\6", b"PK\6\7"


def _check_contents(file: BinaryIO) -> None:
    """Look how long a ZIP's list of contents is before it is read into memory. Source: PKWARE's APPNOTE, 4.3."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - _END_BYTES - 0xFFFF - 20 - 56)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise ImportRefused("This is no ZIP, or it ends too early. Download it again and retry.")
    count, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR64 and (wide := tail.rfind(_END64, 0, at)) >= 0:
        fields = tail[wide + 32 : wide + 48]
        if len(fields) == 16:
            count, length = struct.unpack("<QQ", fields)
    file.seek(0)
    if count > MOST_FILES or length > LIST_BYTES:
        raise ImportRefused(f"This ZIP has more than {MOST_FILES:,} files, too many for one import.")
    if count == 0:
        raise ImportRefused("There is no file in this ZIP.")
