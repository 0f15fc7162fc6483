"""The central directory of a ZIP, read with random access: archives may have 100,000 members."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from classifier.errors import ArchiveRejected

from .names import readings
from .rejections import rejection
from .zip_format import (
    END,
    END64,
    END64_LOCATOR,
    END64_LOCATOR_MAGIC,
    END64_MAGIC,
    END_MAGIC,
    ENTRY,
    ENTRY_MAGIC,
    MAGIC,
    MISSING,
    Packed,
)

LABELS_NAME = "labels.csv"
NAME_AT_MOST = 255  # characters of a name that are kept: its end
NOT_PICTURES = {".ds_store", "thumbs.db", "desktop.ini"}  # which systems add to every folder

BROKEN = "The list of contents of this archive is damaged. Make it again and retry."
_TRUNCATED = (
    "The end of this archive is missing: it was probably not sent or saved as a whole. Make it again and retry."
)


class Entry(NamedTuple):
    """An entry of the central directory."""

    name: str  # for people: printable, folders divided by /, at most NAME_AT_MOST characters
    path: str  # the whole name
    readings: tuple[str, ...]  # what the whole name may mean, `path` first; see names.readings
    at: int  # position of the entry in the file
    next: int  # position of the next entry
    where: Packed
    rejection: str  # of REASONS, if it is not to be opened
    is_file: bool  # False for folders and for files that systems add
    is_labels: bool


@dataclass(frozen=True)
class Contents:
    """The position of the central directory."""

    start: int
    end: int
    count: int  # of entries, as the archive says
    shift: int  # bytes before the archive, as in a self-extracting program


def find_contents(file: BinaryIO) -> Contents:
    """Locates the central directory. Raises ArchiveRejected if the file is not an archive, or truncated."""
    length = file.seek(0, io.SEEK_END)
    tail_at = max(0, length - END.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read()
    end_at = _last_record(tail)
    if end_at < 0:
        file.seek(0)
        if file.read(4) == MAGIC:
            raise ArchiveRejected(_TRUNCATED, "archive_truncated")
        raise ArchiveRejected("This is not a ZIP archive. Send a ZIP, or the pictures themselves.", "no_archive")
    _, disk, first_disk, _, count, size, offset, _ = END.unpack_from(tail, end_at)
    if disk not in (0, 0xFFFF) or first_disk not in (0, 0xFFFF):
        raise ArchiveRejected("This is one part of an archive in several files. Pack it as one.", "archive_split")
    contents_end = tail_at + end_at
    locator = tail[max(0, end_at - END64_LOCATOR.size) : end_at]
    if len(locator) == END64_LOCATOR.size and locator.startswith(END64_LOCATOR_MAGIC):
        contents_end, count, size, offset = _end64(file, contents_end - END64_LOCATOR.size, locator, length)
    start = contents_end - size
    if start < 0 or start - offset < 0:
        raise ArchiveRejected(BROKEN, "archive_damaged")
    return Contents(start, contents_end, count, start - offset)


def _last_record(tail: bytes) -> int:
    """The position of the record that ends an archive, -1 without one. Its comment may contain anything."""
    position = len(tail)
    while (position := tail.rfind(END_MAGIC, 0, position)) >= 0:
        if position + END.size <= len(tail):
            *_, comment_size = END.unpack_from(tail, position)
            if position + END.size + comment_size <= len(tail):
                return position
    return -1


def _end64(file: BinaryIO, locator_at: int, locator: bytes, length: int) -> tuple[int, int, int, int]:
    """The 64-bit end record: its position, and the count, size and offset of the central directory.

    locator: the record at `locator_at` that points to it; length: of the file. Raises ArchiveRejected.
    """
    position = locator_at - END64.size
    file.seek(max(0, position))
    record = file.read(END64.size)
    if not record.startswith(END64_MAGIC):  # it is longer, so it begins where the locator says
        _, _, position, _ = END64_LOCATOR.unpack(locator)
        file.seek(min(position, length))
        record = file.read(END64.size)
    if len(record) < END64.size or not record.startswith(END64_MAGIC):
        raise ArchiveRejected(BROKEN, "archive_damaged")
    *_, count, size, offset = END64.unpack(record)
    return position, count, size, offset


def entries(file: BinaryIO, contents: Contents, at: int | None = None, largest: int = 2**62) -> Iterator[Entry]:
    """The entries of the central directory. at: position of the first; largest: bytes that a member may have.

    Raises ArchiveRejected where the directory breaks off; entries before that are valid.
    """
    position = contents.start if at is None else at
    while position < contents.end:
        if file.tell() != position:  # the caller has read from the file meanwhile, or there was a comment
            file.seek(position)
        entry = _read_entry(file, position, contents, largest)
        yield entry
        position = entry.next


def _read_entry(file: BinaryIO, position: int, contents: Contents, largest: int) -> Entry:
    head = file.read(ENTRY.size)
    if len(head) < ENTRY.size or not head.startswith(ENTRY_MAGIC):
        raise ArchiveRejected(BROKEN, "archive_damaged")
    record = ENTRY.unpack(head)
    made_by, flags, method, crc = record[1], record[3], record[4], record[7]
    packed, size, name_size, extra_size, comment_size, disk, _, mode, offset = record[8:]
    raw, extra = file.read(name_size), file.read(extra_size)
    following = position + ENTRY.size + name_size + extra_size + comment_size
    if len(raw) < name_size or len(extra) < extra_size or following > contents.end:
        raise ArchiveRejected(BROKEN, "archive_damaged")
    fields = _extra_fields(extra) if extra else {}
    is_known = disk in (0, 0xFFFF)
    if MISSING in (size, packed, offset):
        try:
            size, packed, offset = _with_64_bits(fields.get(1, b""), size, packed, offset)
        except struct.error:
            is_known = False
    paths = readings(raw, flags, fields)
    path = paths[0]
    where = Packed(offset + contents.shift, packed, size, crc, method)
    last = path.rpartition("/")[2]
    is_added = path.startswith("__MACOSX/") or last.lower() in NOT_PICTURES or last.startswith("._")
    is_labels = last.lower() == LABELS_NAME and not path.endswith("/") and not is_added
    return Entry(
        name=shown(path),
        path=path,
        readings=paths,
        at=position,
        next=following,
        where=where,
        rejection=rejection(path, flags, made_by >> 8, mode >> 16, where, largest) if is_known else "damaged",
        is_file=not (path.endswith("/") or is_added or is_labels),
        is_labels=is_labels,
    )


def shown(path: str) -> str:
    """A path, or the end of a long one."""
    return path if len(path) <= NAME_AT_MOST else "…" + path[1 - NAME_AT_MOST :]


def _extra_fields(extra: bytes) -> dict[int, bytes]:
    fields, position = {}, 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        fields[kind] = extra[position + 4 : position + 4 + size]
        position += 4 + size
    return fields


def _with_64_bits(field: bytes, *values: int) -> list[int]:
    """Size, packed size and offset, those that are MISSING from a field of 64-bit numbers. Raises struct.error."""
    numbers: list[int] = []
    position = 0
    for value in values:
        if value == MISSING:
            numbers += struct.unpack_from("<Q", field, position)
            position += 8
        else:
            numbers.append(value)
    return numbers
