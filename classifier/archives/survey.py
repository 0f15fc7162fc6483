"""Checks of an archive as a whole, before any member is read."""

from dataclasses import dataclass
from typing import BinaryIO

from classifier.errors import ArchiveRejected

from .directory import BROKEN, entries, find_contents


@dataclass(frozen=True)
class Survey:
    """What the central directory of an archive says."""

    pictures: int  # files to be read, including those that will be rejected
    start: int  # position of the central directory
    labels_at: int | None  # Entry.at of the labels.csv in the highest folder


def survey(file: BinaryIO, *, files_at_most: int, bytes_at_most: int) -> Survey:
    """Checks the central directory of an archive in constant memory.

    Raises ArchiveRejected if the file is not an archive, is damaged, has more than `files_at_most` files, would unpack
    to more than `bytes_at_most` bytes, or has no file.
    """
    contents = find_contents(file)
    lines = pictures = unpacked = packed = 0
    labels: tuple[int, int] | None = None  # depth and position
    for entry in entries(file, contents):
        lines += 1
        unpacked += entry.where.size
        packed += entry.where.packed
        pictures += entry.is_file
        if entry.is_labels:
            depth = entry.path.count("/")
            labels = (depth, entry.at) if labels is None or depth < labels[0] else labels
        if lines > 4 * files_at_most:  # folders and the like may be more than files
            break
    if pictures > files_at_most or lines > 4 * files_at_most:
        count = max(pictures, contents.count)
        raise ArchiveRejected(
            f"This archive holds {count:,} files; at most {files_at_most:,} are read at once. Divide it into several.",
            "too_many_files",
            413,
        )
    if contents.count not in (lines, lines % 0x10000):
        raise ArchiveRejected(BROKEN, "archive_damaged")
    if unpacked > bytes_at_most or packed > contents.start:
        raise ArchiveRejected(
            f"This archive would unpack to more than {bytes_at_most / 2**20:,.0f} MB, the most that is read at once. "
            "Divide it into several, or make the pictures smaller.",
            "archive_bomb",
            413,
        )
    if not pictures:
        raise ArchiveRejected("There is no file in this archive. Put pictures of digits into it.", "archive_empty")
    return Survey(pictures, contents.start, labels[1] if labels else None)
