"""Archives that are stored, and the folder of those that arrive."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.db.models.fields.files import FieldFile

from classifier.archives.members import data_offset
from classifier.archives.rejections import MemberRejected
from classifier.archives.zip_format import Packed

PIECE_BYTES = 2**20  # of a member, read at once


class Archive:
    """A stored archive, open to be read. The decoding server reads members in the file at `path`."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self.file, self.path = file, path

    def bring(self, wanted: Iterable[Packed], beat: Callable[[], None]) -> None:
        """Has these members in the file at `path`. beat: called again and again if that takes long."""


class RemoteArchive(Archive):
    """An archive in a storage on another machine: `path` is a file with holes, in which members are where they were.

    So a large archive is never copied as a whole: its list of contents and each member are read by ranges.
    """

    def __init__(self, file: BinaryIO, members_file: BinaryIO, copy: IO[bytes]) -> None:
        """members_file: the archive again, so that reading members does not disturb what `file` has read ahead."""
        super().__init__(file, copy.name)
        self._source, self._copy = members_file, copy
        self._brought = set[int]()  # offsets

    def bring(self, wanted: Iterable[Packed], beat: Callable[[], None]) -> None:
        for where in wanted:
            if where.offset not in self._brought:
                self._bring(where)
                self._brought.add(where.offset)
                beat()
        self._copy.flush()

    def _bring(self, where: Packed) -> None:
        try:
            end = data_offset(self._source, where) + where.packed
        except MemberRejected:  # the decoding server will find a hole and say the same
            return
        self._source.seek(where.offset)
        self._copy.seek(where.offset)
        left = end - where.offset
        while left and (piece := self._source.read(min(left, PIECE_BYTES))):
            self._copy.write(piece)
            left -= len(piece)


@contextmanager
def opened(stored: FieldFile) -> Iterator[Archive]:
    """A stored archive. Raises FileNotFoundError, or another OSError if the storage cannot be reached."""
    storage, name = stored.storage, stored.name or ""
    try:
        path = storage.path(name)
    except NotImplementedError:
        with storage.open(name) as one, storage.open(name) as other, NamedTemporaryFile(dir=incoming_folder()) as copy:
            yield RemoteArchive(cast(BinaryIO, one.file), cast(BinaryIO, other.file), copy)
    else:
        with open(path, "rb") as file:
            yield Archive(file, path)


def incoming_folder() -> str:
    """The folder of uploads, on the same disk as stored files, so storing one only renames it."""
    return str(settings.FILE_UPLOAD_TEMP_DIR)


def new_file() -> tuple[BinaryIO, str]:
    """A new empty file in the folder of uploads, and its path."""
    handle, path = tempfile.mkstemp(dir=incoming_folder(), suffix=".zip")
    return os.fdopen(handle, "w+b"), path
