"""Checking an archive as a whole before anything of it is read."""

from dataclasses import dataclass
from typing import BinaryIO

from classifier.errors import ArchiveRejected

from .directory import BROKEN, entries, find_contents


@dataclass(frozen=True)
class Survey:
    """What an archive holds, as its list of contents says."""

    pictures: int  # files that are to be read, troubles among them
    start: int  # where the list of contents begins
    labels_at: int | None  # the line of labels.csv, the least deep one


def survey(file: BinaryIO, *, files_at_most: int, bytes_at_most: int) -> Survey:
    """Look an archive's list of contents through, in little memory.

    Raises ArchiveRejected: when it is none or damaged, has more than `files_at_most` files, would unpack to more than
    `bytes_at_most` bytes, or holds no file at all.
    """
    contents = find_contents(file)
    lines = pictures = unpacked = packed = 0
    labels: tuple[int, int] | None = None
    for entry in entries(file, contents):
        lines += 1
        unpacked += entry.where.size
        packed += entry.where.packed
        pictures += entry.is_file
        if entry.is_labels:
            depth = entry.path.count("/")
            labels = (depth, entry.at) if labels is None or depth < labels[0] else labels
        if lines > 4 * files_at_most:  # of folders and the like there may be more
            break
    if pictures > files_at_most or lines > 4 * files_at_most:
        held = max(pictures, contents.count)
        raise ArchiveRejected(
            f"This archive holds {held:,} files; at most {files_at_most:,} are read at once. Make several of it.",
            "too_many_files",
            413,
        )
    if contents.count not in (lines, lines % 0x10000):
        raise ArchiveRejected(BROKEN, "archive_damaged")
    if unpacked > bytes_at_most or packed > contents.start:
        raise ArchiveRejected(
            "This archive would unpack to far more than it may: "
            f"at most {bytes_at_most / 2**20:,.0f} MB are read at once. Make several of it, or smaller pictures.",
            "archive_bomb",
            413,
        )
    if not pictures:
        raise ArchiveRejected("There is no file in this archive. Put pictures of digits into it.", "archive_empty")
    return Survey(pictures, contents.start, labels[1] if labels else None)
