"""A folder of backups: which are whole, and one process at a time that writes."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from . import manifest, parts
from .blobs import Blobs
from .errors import BackupError

UNFINISHED = ".unfinished"
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")


class Target:
    """The folder that an operator names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = Blobs(folder / "files")

    def backups(self) -> list[Path]:
        """The folders of the whole backups, oldest first."""
        whole = (path for path in self.folder.glob("*") if NAME.fullmatch(path.name))
        return sorted(path for path in whole if (path / manifest.NAME).exists())

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A new unfinished backup, which nobody sees until `publish`. Its folder is removed if the block fails.

        Removes what interrupted backups have left. Raises BackupError if another process writes here.
        """
        self.blobs.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"Another backup is being written to {self.folder}. Wait until it is done.") from None
            for left in self.folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(left)
            unfinished = self.folder / f"{UNFINISHED}-{os.getpid()}"
            (unfinished / "rows").mkdir(parents=True)
            try:
                yield unfinished
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)

    def publish(self, unfinished: Path) -> Path:
        """Makes a whole backup visible, in one step. Returns its folder."""
        for folder in (unfinished / "rows", unfinished):
            parts.folder_to_disk(folder)
        self.blobs.to_disk()
        name = f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
        names = (name if number == 1 else f"{name}-{number}" for number in range(1, 1000))
        folder = next(path for each in names if not (path := self.folder / each).exists())
        unfinished.rename(folder)
        parts.folder_to_disk(self.folder)
        return folder

    def remove(self, backup: Path) -> None:
        """Removes a backup; it becomes invisible in one step. Its files stay until nobody needs them."""
        gone = self.folder / f"{UNFINISHED}-{backup.name}"
        backup.rename(gone)
        shutil.rmtree(gone)


def find(source: Path) -> tuple[Target, Path]:
    """The backup that an operator names by its folder, or the newest of a target. Raises BackupError."""
    if (source / manifest.NAME).exists():
        return Target(source.parent), source
    target = Target(source)
    if not (whole := target.backups()):
        raise BackupError(f"There is no whole backup in {source}.")
    return target, whole[-1]
