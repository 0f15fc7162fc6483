"""The files of all backups in a target, each once, named after its checksum."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from . import parts
from .errors import Damaged

PIECE = 2**20  # bytes that are read at once


class Blobs:
    """The folder `files` of a target."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changed: set[Path] = set()

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str, size: int) -> bool:
        try:
            return self.path(sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    def add(self, source: BinaryIO, draft: Path) -> tuple[str, int, bool]:
        """Stores a copy. Returns its SHA-256, its size in bytes, and whether it is new here.

        draft: where it is written until it is whole and has been read back.
        """
        digest, size = hashlib.sha256(), 0
        with draft.open("wb") as file:
            for piece in pieces(source):
                file.write(piece)
                digest.update(piece)
                size += len(piece)
            sha256 = digest.hexdigest()
            if self.has(sha256, size):
                return sha256, size, False
            parts.to_disk(file)
        with draft.open("rb") as file:
            if hash_of(file) != sha256:
                raise Damaged(f"{draft} differs from what was written; the target's disk may be failing")
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, path)
        self._changed.add(path.parent)
        return sha256, size, True

    def to_disk(self) -> None:
        """Has the disk write the names of new files."""
        for folder in (*self._changed, self.folder):
            parts.folder_to_disk(folder)
        self._changed.clear()

    def open(self, sha256: str) -> BinaryIO:
        """Raises Damaged if it is missing."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise Damaged(f"{self.path(sha256)} is missing") from None

    def check(self, sha256: str) -> None:
        """Raises Damaged unless the file is as it was stored."""
        with self.open(sha256) as file:
            if hash_of(file) != sha256:
                raise Damaged(f"{self.path(sha256)} differs from its checksum")

    def remove_except(self, is_needed: Callable[[str], bool]) -> int:
        """Removes the files that no backup needs. Returns how many."""
        unneeded = [path for path in self.folder.glob("??/*") if not is_needed(path.name)]
        for path in unneeded:
            path.unlink()
        return len(unneeded)


def pieces(source: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: source.read(PIECE), b"")


def hash_of(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    for piece in pieces(source):
        digest.update(piece)
    return digest.hexdigest()
