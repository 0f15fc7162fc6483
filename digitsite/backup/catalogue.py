"""The files of a backup while it is written, in a small database on disk: a million names take no memory."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self


class Entry(NamedTuple):
    """A file of a backup. Those that the storage has lost have neither size nor checksum."""

    name: str  # in the storage
    size: int | None  # bytes
    modified: str | None
    sha256: str | None


class Catalogue:
    """The files of the previous backup, and those found so far for this one."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("CREATE TABLE earlier (name TEXT PRIMARY KEY, size, modified, sha256)")
        self._database.execute("CREATE TABLE found (name TEXT PRIMARY KEY, size, modified, sha256, is_named DEFAULT 0)")
        self._database.execute("CREATE TABLE needed (sha256 TEXT PRIMARY KEY)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def remember(self, earlier: Iterable[list[Any]]) -> None:
        """Takes over the list of the previous backup."""
        self._database.executemany("INSERT OR REPLACE INTO earlier VALUES (?, ?, ?, ?)", earlier)

    def earlier(self, name: str) -> Entry | None:
        row = self._database.execute("SELECT name, size, modified, sha256 FROM earlier WHERE name = ?", (name,))
        return Entry(*stored) if (stored := row.fetchone()) else None

    def has(self, name: str) -> bool:
        """Whether the file has been found for this backup."""
        return bool(self._database.execute("SELECT 1 FROM found WHERE name = ?", (name,)).fetchone())

    def add(self, entry: Entry) -> None:
        """Adds a file that has been found, or that the storage has lost."""
        self._database.execute("INSERT INTO found (name, size, modified, sha256) VALUES (?, ?, ?, ?)", entry)

    def forget_names(self) -> None:
        """Begins to ask anew which files are named by the rows of the backup."""
        self._database.execute("UPDATE found SET is_named = 0")

    def name(self, name: str) -> None:
        """Marks a file as named by a row of the backup. Others were deleted before its rows were read."""
        self._database.execute("UPDATE found SET is_named = 1 WHERE name = ?", (name,))

    def lines(self) -> Iterator[str]:
        """The files that rows name, in the order of their names."""
        asking = "SELECT name, size, modified, sha256 FROM found WHERE is_named ORDER BY name"
        for row in self._database.execute(asking):
            yield json.dumps(row, separators=(",", ":"))

    def lost(self) -> list[str]:
        """The names of files that rows name and the storage does not have."""
        asking = "SELECT name FROM found WHERE is_named AND sha256 IS NULL ORDER BY name"
        return [name for (name,) in self._database.execute(asking)]

    def need(self, entries: Iterable[list[Any]]) -> None:
        """Notes the files of a backup that stays."""
        self._database.executemany("INSERT OR IGNORE INTO needed VALUES (?)", ((each[3],) for each in entries))

    def is_needed(self, sha256: str) -> bool:
        return bool(self._database.execute("SELECT 1 FROM needed WHERE sha256 = ?", (sha256,)).fetchone())
