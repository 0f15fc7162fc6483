"""Reading a file that says it is an export: in little memory, and trusting nothing in it.

Nothing is unpacked to a disk, and no name in the file becomes the name of a file here.
"""

import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from .errors import ImportRefused
from .exporting import JSON_NAME, ORIGINALS, SCHEMA, VERSION

MOST_FILES = 200_000  # in one ZIP
LIST_BYTES = 64 * 2**20  # of a ZIP's list of contents
RATIO = 200  # times that a member may be larger than what is packed
SMALL = 2**20  # bytes below which it may be any times larger
PIECE = 2**18  # bytes read at a time
RECORD_BYTES = 4 * 2**20  # of one drawing as JSON
HEAD_BYTES = 16 * 2**20  # of all that stands before the drawings
LONG_NUMBER = 20  # digits from which a whole number is none that means anything here

Head = dict[str, Any]
# What zipfile raises for a file that somebody has made up.
# An unknown compression is a NotImplementedError, which is a RuntimeError.
_BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, RuntimeError)
_SPACE = re.compile(r"[ \t\n\r]*")


class Unusable(Exception):
    """Something of one drawing cannot be used; the message is for people."""


class Budget:
    """How much a file may come to when it is unpacked."""

    def __init__(self, most: int, spent: int = 0) -> None:
        self.most, self.spent = most, spent

    def spend(self, size: int) -> None:
        self.spent += size
        if self.spent > self.most:
            raise ImportRefused(
                f"Unpacked, this file has more than {self.most / 2**20:,.0f} MB. Import it in several parts."
            )


# --- JSON -----------------------------------------------------------------------------------------


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) < LONG_NUMBER else float("inf")


_decoder = json.JSONDecoder()
_patient_decoder = json.JSONDecoder(parse_int=_whole_number)  # slower; the other raises at numbers of 4300 digits


class Document:
    """An export's JSON, read piece by piece: first the head, then drawing by drawing.

    The bytes are read as Latin-1, so that places in the text are places in the file; JSON's own signs are ASCII.
    Raises ImportRefused, here and later, when it is no such document.
    """

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._file, self._budget = file, budget
        self._text, self._at, self._before = "", 0, 0  # what is in memory, where in it we are, bytes before it
        self._has_ended = False
        self.seen = 0  # drawings, for sentences
        self._more()
        if self._text.startswith("\xef\xbb\xbf"):  # a byte order mark, as some editors write it
            self._at = 3
        self.head = self._read_head()
        _check_head(self.head)

    @property
    def position(self) -> int:
        """Bytes of the document that have been dealt with."""
        return self._before + self._at

    @property
    def unpacked(self) -> int:
        """Bytes read so far, the originals' among them."""
        return self._budget.spent

    def drawings(self, position: int = 0, seen: int = 0) -> Iterator[tuple[Any]]:
        """What stands for each drawing, whatever that is, alone in a tuple; an Unusable for one that is not UTF-8.

        position, seen: where an earlier reader was after so many drawings; 0: the beginning.
        """
        self.seen = seen
        if position:
            self._file.seek(position)
            self._text, self._at, self._before, self._has_ended = "", 0, position, False
        is_first = not position
        while True:
            sign = self._sign()
            if sign == "]":
                return
            if is_first:
                self._at -= 1
            elif sign != ",":
                raise self._damaged()
            is_first = False
            value = self._value(RECORD_BYTES)
            self.seen += 1
            yield (value,)

    def _read_head(self) -> Head:
        head: Head = {}
        if self._sign() != "{":
            raise ImportRefused("This is no export of this site: it is no JSON object, and no ZIP with one.")
        while True:
            sign = self._sign()
            if sign == "}":
                raise ImportRefused("There are no drawings in this file.")
            if sign != ("," if head else '"'):
                raise self._damaged()
            if not head:
                self._at -= 1
            key = self._value(HEAD_BYTES)
            if not isinstance(key, str) or self._sign() != ":" or self.position > HEAD_BYTES:
                raise self._damaged()
            if key == "drawings":
                if self._sign() != "[":
                    raise self._damaged()
                return head
            head[key] = self._value(HEAD_BYTES)

    def _sign(self) -> str:
        """The next sign that is no space, read over; empty at the end."""
        while True:
            self._at = cast(re.Match[str], _SPACE.match(self._text, self._at)).end()
            if self._at < len(self._text):
                self._at += 1
                return self._text[self._at - 1]
            if not self._more():
                return ""

    def _value(self, most_bytes: int) -> Any:
        """The next JSON value."""
        if self._sign() == "":
            raise self._damaged()
        self._at -= 1
        while True:
            try:
                value, end = self._decoded()
            except json.JSONDecodeError:  # damaged, or only begun
                end = -1
            except RecursionError:
                raise ImportRefused(f"{self._place()} is nested too deeply to be read.") from None
            waiting = len(self._text) - self._at
            if (end - self._at if end >= 0 else waiting) > most_bytes:
                raise ImportRefused(f"{self._place()} is longer than {most_bytes / 2**20:.0f} MB, or damaged.")
            if 0 <= end < len(self._text):  # a number at the very end might go on
                break
            if not self._more(max(PIECE, min(waiting, most_bytes - waiting))):
                if end >= 0:
                    break
                raise self._damaged()
        text = self._text[self._at : end]
        self._at = end
        if not text.isascii():
            try:
                value, _ = _patient_decoder.raw_decode(text.encode("latin-1").decode())
            except UnicodeDecodeError:
                return Unusable("It is not written in UTF-8.")
        return value

    def _decoded(self) -> tuple[Any, int]:
        try:
            return _decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError:
            raise
        except ValueError:
            return _patient_decoder.raw_decode(self._text, self._at)

    def _more(self, size: int = PIECE) -> bool:
        """Read on, and forget what has been dealt with."""
        if self._has_ended:
            return False
        try:
            piece = self._file.read(size)
        except _BROKEN as error:
            raise ImportRefused(
                f"{JSON_NAME} is damaged and cannot be unpacked any further{self._after()}. Export again and retry."
            ) from error
        self._has_ended = not piece
        self._budget.spend(len(piece))
        self._text = self._text[self._at :] + piece.decode("latin-1")
        self._before, self._at = self._before + self._at, 0
        return bool(piece)

    def _place(self) -> str:
        return f"Drawing {self.seen + 1:,}" if self.seen else "Something at its beginning"

    def _damaged(self) -> ImportRefused:
        return ImportRefused(f"The file is damaged, or ends too early{self._after()}. Export again and retry.")

    def _after(self) -> str:
        return f" after {self.seen:,} drawing{'s' if self.seen > 1 else ''}" if self.seen else ""


def _check_head(head: Head) -> None:
    if head.get("schema") != SCHEMA:
        raise ImportRefused(
            f"This is no export of this site: it does not begin with “schema”: “{SCHEMA}”. Choose the ZIP or the JSON "
            "as it was downloaded."
        )
    if head.get("version") != VERSION or isinstance(head.get("version"), bool):
        raise ImportRefused(
            f"This export is of another version of the format than {VERSION}, the one known here. Update this site, "
            "or export again from one like it."
        )


# --- ZIP ------------------------------------------------------------------------------------------


class Archive:
    """An export's ZIP. Raises ImportRefused when it is none that can be read."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._budget = budget
        _check_contents(file)
        try:
            self._zip = ZipFile(file)
        except _BROKEN as error:
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
        except _BROKEN as error:
            raise ImportRefused(f"{JSON_NAME} cannot be unpacked. Download the ZIP again and retry.") from error

    def document(self) -> Document:
        return Document(cast(BinaryIO, self._json), self._budget)

    def original(self, name: object, most_bytes: int) -> bytes:
        """A member in the folder of originals. Raises Unusable, with a sentence, when it cannot be had."""
        if not isinstance(name, str) or not re.fullmatch(rf"{ORIGINALS}[\w-]{{1,80}}(\.\w{{1,10}})?", name, re.ASCII):
            raise Unusable("Its original has a name that is none of an export.")
        try:
            member = self._zip.getinfo(self._folder + name)
        except KeyError:
            raise Unusable("Its original is not in the ZIP.") from None
        _check_member(member)
        if member.file_size > most_bytes:
            raise Unusable(f"Its original has more than {most_bytes / 2**20:.0f} MB.")
        self._budget.spend(member.file_size)
        try:
            with self._zip.open(member) as file:
                data = file.read(most_bytes + 1)
                file.read(1)  # past the end, where the checksum is looked at
        except _BROKEN:
            raise Unusable("Its original is damaged: it does not match its checksum.") from None
        if len(data) != member.file_size:
            raise Unusable("Its original is damaged: it is not as long as the ZIP says.")
        return data

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
