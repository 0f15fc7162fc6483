"""The central directory of a ZIP, read with random access: archives may have 100,000 members."""

import hashlib
import io
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from classifier.errors import ArchiveRejected
from classifier.recognition.errors import ClassifierError

from .zip_format import DEFLATED, END, END64, END64_LOCATOR, ENTRY, MAGIC, MISSING, STORED

NAME_AT_MOST = 255  # characters that are kept of a name: its end
NOT_PICTURES = {".ds_store", "thumbs.db", "desktop.ini"}  # what systems put into every folder
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar")
RATIO_AT_MOST = 300  # times its packed size that a member may unpack to, once it is larger than RATIO_FROM
RATIO_FROM = 2**20  # bytes

# Why a member is not read: a stable name, and the sentence for whoever sent it.
REASONS = {
    "unsafe_name": "Its name leads out of the archive (it starts with / or holds ..), so it was not opened.",
    "link": "It is a link to another file, not a picture.",
    "encrypted": "It is protected by a password. Pack it again without one.",
    "packing": "It is packed in a way that cannot be read here. Pack it again as a plain ZIP.",
    "too_large": "It is larger than a picture may be here.",
    "bomb": "It would unpack to several hundred times its size, so it was not opened.",
    "archive": "It is an archive inside the archive. Unpack it first.",
    "empty": "This file is empty.",
    "damaged": "Its part of the archive is damaged. Pack it again.",
}
BROKEN = "The list of contents of this archive is damaged. Make it again and retry."
_TRUNCATED = (
    "The end of this archive is missing: it was probably not sent or saved as a whole. Make it again and retry."
)


class Packed(NamedTuple):
    """Where a member's bytes are, and what they must come to."""

    offset: int  # of its local header in the file
    packed: int  # bytes
    size: int  # bytes, unpacked
    crc: int
    method: int


class Entry(NamedTuple):
    """One line of the list of contents."""

    name: str  # for people: printable, folders divided by /, at most NAME_AT_MOST characters
    path: str  # the same, whole
    at: int  # where its line begins, in the file
    next: int  # where the next one begins
    where: Packed
    trouble: str  # of REASONS, when it is not to be opened
    is_file: bool  # False: a folder, or what systems leave behind
    is_labels: bool


@dataclass(frozen=True)
class Contents:
    """Where the list of contents stands."""

    start: int
    end: int
    count: int
    shift: int  # bytes before the archive's own beginning, as in a program that unpacks itself


def find_contents(file: BinaryIO) -> Contents:
    """Raises ArchiveRejected when the file is no archive, or its end is missing."""
    length = file.seek(0, io.SEEK_END)
    tail_at = max(0, length - END.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read()
    found = _last_record(tail)
    if found < 0:
        file.seek(0)
        if file.read(4) == MAGIC:
            raise ArchiveRejected(_TRUNCATED, "archive_truncated")
        raise ArchiveRejected("This is no ZIP archive. Send a ZIP, or the pictures themselves.", "no_archive")
    _, disk, first_disk, _, count, size, offset, _ = END.unpack_from(tail, found)
    end_at = tail_at + found
    if disk not in (0, 0xFFFF) or first_disk not in (0, 0xFFFF):
        raise ArchiveRejected("This is one part of an archive in several files. Pack it as one.", "archive_split")
    contents_end = end_at
    if found >= END64_LOCATOR.size and tail[found - END64_LOCATOR.size : found].startswith(b"PK\6\7"):
        _, _, end64_at, _ = END64_LOCATOR.unpack_from(tail, found - END64_LOCATOR.size)
        contents_end = end_at - END64_LOCATOR.size - END64.size
        file.seek(max(0, contents_end))
        record = file.read(END64.size)
        if not record.startswith(b"PK\6\6"):  # it may carry more data of its own: then it begins where it says
            file.seek(min(end64_at, length))
            contents_end, record = end64_at, file.read(END64.size)
        if len(record) < END64.size or not record.startswith(b"PK\6\6"):
            raise ArchiveRejected(BROKEN, "archive_damaged")
        *_, count, size, offset = END64.unpack(record)
    start = contents_end - size
    if start < 0 or start - offset < 0:
        raise ArchiveRejected(BROKEN, "archive_damaged")
    return Contents(start, contents_end, count, start - offset)


def _last_record(tail: bytes) -> int:
    """Where the record begins that ends an archive, -1 when it is not there; its comment may hold anything."""
    found = len(tail)
    while (found := tail.rfind(b"PK\5\6", 0, found)) >= 0:
        if found + END.size <= len(tail):
            *_, comment_size = END.unpack_from(tail, found)
            if found + END.size + comment_size <= len(tail):
                return found
    return -1


def entries(file: BinaryIO, contents: Contents, at: int | None = None, largest: int = 2**62) -> Iterator[Entry]:
    """The list of contents, from the line at `at` on. largest: bytes that a picture may have.

    Raises ArchiveRejected where the list breaks off; what came before it was right.
    """
    position = contents.start if at is None else at
    while position < contents.end:
        if file.tell() != position:  # somebody else has read from the file meanwhile, or there was a note
            file.seek(position)
        head = file.read(ENTRY.size)
        if len(head) < ENTRY.size or not head.startswith(b"PK\1\2"):
            raise ArchiveRejected(BROKEN, "archive_damaged")
        (
            _,
            made_by,
            _,
            flags,
            method,
            _,
            _,
            crc,
            packed,
            size,
            name_size,
            extra_size,
            note_size,
            disk,
            _,
            mode,
            offset,
        ) = ENTRY.unpack(head)
        raw, extra = file.read(name_size), file.read(extra_size)
        following = position + ENTRY.size + name_size + extra_size + note_size
        if len(raw) < name_size or len(extra) < extra_size or following > contents.end:
            raise ArchiveRejected(BROKEN, "archive_damaged")
        fields = _extra_fields(extra) if extra else {}
        is_known = disk in (0, 0xFFFF)
        if MISSING in (size, packed, offset):
            try:
                size, packed, offset = _large(fields.get(1, b""), size, packed, offset)
            except struct.error:
                is_known = False
        path = _readable(raw, flags, fields)
        where = Packed(offset + contents.shift, packed, size, crc, method)
        trouble = _trouble(path, raw, flags, made_by >> 8, mode >> 16, where, largest) if is_known else "damaged"
        last = path.rpartition("/")[2]
        junk = path.startswith("__MACOSX/") or last.lower() in NOT_PICTURES or last.startswith("._")
        is_labels = last.lower() == LABELS_NAME and not path.endswith("/") and not junk
        yield Entry(
            name=path if len(path) <= NAME_AT_MOST else "…" + path[1 - NAME_AT_MOST :],
            path=path,
            at=position,
            next=following,
            where=where,
            trouble=trouble,
            is_file=not (path.endswith("/") or junk or is_labels),
            is_labels=is_labels,
        )
        position = following


def _trouble(path: str, raw: bytes, flags: int, system: int, mode: int, where: Packed, largest: int) -> str:
    if path.startswith("/") or path[1:2] == ":" or (".." in path and ".." in path.split("/")):
        return "unsafe_name"
    if system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):  # made on Unix, which knows links
        return "link"
    if flags & 0b1000001 or where.method == 99:
        return "encrypted"
    if where.method not in (STORED, DEFLATED):
        return "packing"
    if path.lower().endswith(ARCHIVES):
        return "archive"
    if not where.size:
        return "empty"
    if where.size > RATIO_FROM and where.size > RATIO_AT_MOST * where.packed:
        return "bomb"
    if where.size > largest:
        return "too_large"
    return "damaged" if where.method == STORED and where.size != where.packed else ""


def _extra_fields(extra: bytes) -> dict[int, bytes]:
    fields, position = {}, 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        fields[kind] = extra[position + 4 : position + 4 + size]
        position += 4 + size
    return fields


def _large(field: bytes, *values: int) -> list[int]:
    """Size, packed size and offset, where 32 bits were too few for them. Raises struct.error."""
    found: list[int] = []
    position = 0
    for value in values:
        if value == MISSING:
            found += struct.unpack_from("<Q", field, position)
            position += 8
        else:
            found.append(value)
    return found


def _readable(raw: bytes, flags: int, fields: dict[int, bytes]) -> str:
    """A name as its maker meant it, as far as can be told: printable, folders divided by /."""
    unicode_path = fields.get(0x7075, b"")
    if len(unicode_path) > 5 and struct.unpack_from("<L", unicode_path, 1)[0] == zlib.crc32(raw):
        text = unicode_path[5:].decode("utf-8", "replace")
    elif flags & 0x800:
        text = raw.decode("utf-8", "replace")
    else:
        try:  # many programs write UTF-8 and do not say so; other encodings are hardly ever valid UTF-8
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp437")
    text = text.replace("\\", "/")
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


class MemberTrouble(ClassifierError):
    """A member cannot be read; `code` is of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code])
        self.code = code


LABELS_NAME = "labels.csv"


def fingerprint(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
