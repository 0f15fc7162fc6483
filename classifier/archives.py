"""Reading ZIP archives that anybody may have made, without unpacking any of it to a file.

The list of contents is read entry by entry, never as a whole: 100,000 members need no more memory than ten. A
member's name is a word for people; nothing is ever opened by it. Knows no models, settings or requests.
Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

import csv
import hashlib
import io
import stat
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import ArchiveRefused, ClassifierError

STORED, DEFLATED = 0, 8
RATIO_AT_MOST = 300  # times its packed size that a member may unpack to, once it is larger than RATIO_FROM
RATIO_FROM = 2**20  # bytes
LABELS_AT_MOST = 16 * 2**20  # bytes of a labels.csv
NAME_AT_MOST = 255  # characters that are kept of a name: its end
LABELS_NAME = "labels.csv"
NOT_PICTURES = {".ds_store", "thumbs.db", "desktop.ini"}  # what systems put into every folder
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar")
MAGIC = b"PK\x03\x04"

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

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MISSING = 0xFFFFFFFF
_TRUNCATED = (
    "The end of this archive is missing: it was probably not sent or saved as a whole. Make it again and retry."
)
_BROKEN = "The list of contents of this archive is damaged. Make it again and retry."


class MemberTrouble(ClassifierError):
    """A member cannot be read; `code` is of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code])
        self.code = code


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


@dataclass(frozen=True)
class Survey:
    """What an archive holds, as its list of contents says."""

    pictures: int  # files that are to be read, troubles among them
    start: int  # where the list of contents begins
    labels_at: int | None  # the line of labels.csv, the least deep one


def find_contents(file: BinaryIO) -> Contents:
    """Raises ArchiveRefused when the file is no archive, or its end is missing."""
    length = file.seek(0, io.SEEK_END)
    tail_at = max(0, length - _END.size - 0xFFFF)
    file.seek(tail_at)
    tail = file.read()
    found = _last_record(tail)
    if found < 0:
        file.seek(0)
        if file.read(4) == MAGIC:
            raise ArchiveRefused(_TRUNCATED, "archive_truncated")
        raise ArchiveRefused("This is no ZIP archive. Send a ZIP, or the pictures themselves.", "no_archive")
    _, disk, first_disk, _, count, size, offset, _ = _END.unpack_from(tail, found)
    end_at = tail_at + found
    if disk not in (0, 0xFFFF) or first_disk not in (0, 0xFFFF):
        raise ArchiveRefused("This is one part of an archive in several files. Pack it as one.", "archive_split")
    contents_end = end_at
    if found >= _END64_LOCATOR.size and tail[found - _END64_LOCATOR.size : found].startswith(b"PK\6\7"):
        _, _, end64_at, _ = _END64_LOCATOR.unpack_from(tail, found - _END64_LOCATOR.size)
        contents_end = end_at - _END64_LOCATOR.size - _END64.size
        file.seek(max(0, contents_end))
        record = file.read(_END64.size)
        if not record.startswith(b"PK\6\6"):  # it may carry more data of its own: then it begins where it says
            file.seek(min(end64_at, length))
            contents_end, record = end64_at, file.read(_END64.size)
        if len(record) < _END64.size or not record.startswith(b"PK\6\6"):
            raise ArchiveRefused(_BROKEN, "archive_damaged")
        *_, count, size, offset = _END64.unpack(record)
    start = contents_end - size
    if start < 0 or start - offset < 0:
        raise ArchiveRefused(_BROKEN, "archive_damaged")
    return Contents(start, contents_end, count, start - offset)


def _last_record(tail: bytes) -> int:
    """Where the record begins that ends an archive, -1 when it is not there; its comment may hold anything."""
    found = len(tail)
    while (found := tail.rfind(b"PK\5\6", 0, found)) >= 0:
        if found + _END.size <= len(tail):
            *_, comment_size = _END.unpack_from(tail, found)
            if found + _END.size + comment_size <= len(tail):
                return found
    return -1


def entries(file: BinaryIO, contents: Contents, at: int | None = None, largest: int = 2**62) -> Iterator[Entry]:
    """The list of contents, from the line at `at` on. largest: bytes that a picture may have.

    Raises ArchiveRefused where the list breaks off; what came before it was right.
    """
    position = contents.start if at is None else at
    while position < contents.end:
        if file.tell() != position:  # somebody else has read from the file meanwhile, or there was a note
            file.seek(position)
        head = file.read(_ENTRY.size)
        if len(head) < _ENTRY.size or not head.startswith(b"PK\1\2"):
            raise ArchiveRefused(_BROKEN, "archive_damaged")
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
        ) = _ENTRY.unpack(head)
        raw, extra = file.read(name_size), file.read(extra_size)
        following = position + _ENTRY.size + name_size + extra_size + note_size
        if len(raw) < name_size or len(extra) < extra_size or following > contents.end:
            raise ArchiveRefused(_BROKEN, "archive_damaged")
        fields = _extra_fields(extra) if extra else {}
        is_known = disk in (0, 0xFFFF)
        if _MISSING in (size, packed, offset):
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


def survey(file: BinaryIO, *, files_at_most: int, bytes_at_most: int) -> Survey:
    """Look an archive's list of contents through, in little memory.

    Raises ArchiveRefused: when it is none or damaged, has more than `files_at_most` files, would unpack to more than
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
        raise ArchiveRefused(
            f"This archive holds {held:,} files; at most {files_at_most:,} are read at once. Make several of it.",
            "too_many_files",
            413,
        )
    if contents.count not in (lines, lines % 0x10000):
        raise ArchiveRefused(_BROKEN, "archive_damaged")
    if unpacked > bytes_at_most or packed > contents.start:
        raise ArchiveRefused(
            "This archive would unpack to far more than it may: "
            f"at most {bytes_at_most / 2**20:,.0f} MB are read at once. Make several of it, or smaller pictures.",
            "archive_bomb",
            413,
        )
    if not pictures:
        raise ArchiveRefused("There is no file in this archive. Put pictures of digits into it.", "archive_empty")
    return Survey(pictures, contents.start, labels[1] if labels else None)


@dataclass(frozen=True)
class Members:
    """Where the files of an archive that may be opened stand, by their names, in sixteen bytes each."""

    names: NDArray[np.uint64]  # (n,), rising: fingerprints
    places: NDArray[np.int64]  # (n,), Entry.at of each

    def find(self, name: str, at: object = None) -> int | None:
        """Entry.at of the file of this name. Of several it is that at `at`; None when none of them stands there."""
        wanted = np.uint64(_fingerprint(name))
        first, end = np.searchsorted(self.names, wanted), np.searchsorted(self.names, wanted, "right")
        places: list[int] = self.places[first:end].tolist()
        if len(places) == 1:
            return places[0]
        return next((place for place in places if place == at), None)


def find_members(file: BinaryIO, largest: int) -> Members:
    """Look an archive through for the files that could be opened, of at most `largest` bytes each.

    Raises ArchiveRefused when it is none.
    """
    names, places = array("Q"), array("q")
    for entry in entries(file, find_contents(file), largest=largest):
        if entry.is_file and not entry.trouble:
            names.append(_fingerprint(entry.name))
            places.append(entry.at)
    prints = np.array(names, np.uint64)
    order = np.argsort(prints, kind="stable")
    return Members(prints[order], np.array(places, np.int64)[order])


def unpack(file: BinaryIO, where: Packed) -> bytes:
    """A member's bytes, never more than it says it has. Raises MemberTrouble."""
    file.seek(where.offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(MAGIC):
        raise MemberTrouble("damaged")
    *_, name_size, extra_size = _LOCAL.unpack(head)
    file.seek(name_size + extra_size, io.SEEK_CUR)
    data = file.read(where.packed)
    if len(data) < where.packed:
        raise MemberTrouble("damaged")
    if where.method == DEFLATED:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, where.size + 1)
        except zlib.error as error:
            raise MemberTrouble("damaged") from error
    if len(data) != where.size or zlib.crc32(data) != where.crc:
        raise MemberTrouble("damaged")
    return data


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
        if value == _MISSING:
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


# --- what the pictures are said to be -------------------------------------------------------------


@dataclass(frozen=True)
class Labels:
    """A labels.csv in nine bytes a line: names as fingerprints, in order."""

    names: NDArray[np.uint64]  # (n,), rising
    labels: NDArray[np.uint8]  # (n,)
    base: str  # the folder that it stands in, with / at its end; empty at the top
    misread: int = 0  # lines that say nothing that can be used

    def of(self, path: str) -> int | None:
        """The label of a member: by its folders from the top, from labels.csv on, or its bare name."""
        for name in (path.removeprefix(self.base), path, path.rpartition("/")[2]):
            wanted = np.uint64(_fingerprint(name))
            at = int(np.searchsorted(self.names, wanted))
            if at < len(self.names) and self.names[at] == wanted:
                return int(self.labels[at])
        return None


def label_of_folder(path: str) -> int | None:
    """0 to 9, when the file stands in a folder of that name."""
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return int(folder) if len(folder) == 1 and folder in "0123456789" else None


def read_labels(file: BinaryIO, at: int) -> Labels:
    """The labels.csv whose line in the list of contents begins at `at`. Raises ArchiveRefused when it is unreadable."""
    entry = next(entries(file, find_contents(file), at, LABELS_AT_MOST))
    if entry.trouble and entry.trouble != "empty":
        raise ArchiveRefused(f"{entry.name} cannot be read. {REASONS[entry.trouble]}", "labels_unreadable")
    try:
        data = unpack(file, entry.where)
    except MemberTrouble:
        raise ArchiveRefused(f"{entry.name} cannot be read. {REASONS['damaged']}", "labels_unreadable") from None
    return parse_labels(data, entry.path.rpartition("/")[0])


def parse_labels(data: bytes, folder: str = "") -> Labels:
    """data: of a CSV with a file's name and its label in each line, in columns that may say which is which."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    lines = io.StringIO(text.replace("\0", ""), newline="")
    sample = text[:1000]
    divider = max(",;\t", key=sample.count)
    names, labels, misread = [], [], 0
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=divider)):
            if number == 0:
                first, second, is_head = _columns(row)
                if is_head:
                    continue
            if not any(cell.strip() for cell in row):
                continue
            label = row[second].strip() if len(row) > max(first, second) else ""
            if label in ("none", "not_a_digit"):
                continue
            if len(label) != 1 or label not in "0123456789":
                misread += 1
                continue
            name = row[first].strip().replace("\\", "/").removeprefix("./")
            names.append(_fingerprint(name))
            labels.append(int(label))
    except csv.Error:
        misread += 1
    prints = np.array(names, np.uint64)
    order = np.argsort(prints, kind="stable")
    return Labels(prints[order], np.array(labels, np.uint8)[order], f"{folder}/" if folder else "", misread)


def _columns(row: list[str]) -> tuple[int, int, bool]:
    """Which column has the name and which the label, and whether this row only says so."""
    words = [cell.strip().lower() for cell in row]
    name = _first_of(words, ("filename", "file", "name", "path", "image", "picture", "member"))
    label = _first_of(words, ("label", "true_label", "digit", "class"))
    if name is None or label is None:
        return 0, 1, False
    return name, label, True


def _first_of(words: list[str], wanted: Iterable[str]) -> int | None:
    return next((words.index(word) for word in wanted if word in words), None)


def _fingerprint(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
