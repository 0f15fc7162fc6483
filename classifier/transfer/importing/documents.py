"""Reading a file that says it is an export: in little memory, and trusting nothing in it.

Nothing is unpacked to a disk, and no name in the file becomes the name of a file here.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile

from classifier.errors import ImportRefused
from classifier.transfer.export_format import JSON_NAME, SCHEMA, VERSION

KNOWN_VERSIONS = (1, VERSION)  # the first had no batches

PIECE = 2**18  # bytes read at a time
RECORD_BYTES = 4 * 2**20  # of one drawing as JSON
HEAD_BYTES = 16 * 2**20  # of all that stands before the lists
LISTS = ("batches", "drawings", "unread")  # which may be of any length; the first stands before the others
LONG_NUMBER = 20  # digits from which a whole number is none that means anything here

Head = dict[str, Any]
# What zipfile raises for a file that somebody has made up.
# An unknown compression is a NotImplementedError, which is a RuntimeError.
BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, RuntimeError)
_SPACE = re.compile(r"[ \t\n\r]*")


class Unusable(Exception):
    """Something of one drawing, or of a batch, cannot be used; the message is for people."""


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


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) < LONG_NUMBER else float("inf")


_decoder = json.JSONDecoder()
_patient_decoder = json.JSONDecoder(parse_int=_whole_number)  # slower; the other raises at numbers of 4300 digits


class Document:
    """An export's JSON, read piece by piece: first the head, then its lists, one thing after the other.

    The bytes are read as Latin-1, so that places in the text are places in the file; JSON's own signs are ASCII.
    Raises ImportRefused, here and later, when it is no such document.
    """

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._file, self._budget = file, budget
        self._text, self._at, self._before = "", 0, 0  # what is in memory, where in it we are, bytes before it
        self._has_ended = False
        self._part = ""  # of LISTS, that in which we are
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

    def spend(self, size: int) -> None:
        """Have so many bytes counted that are read elsewhere for this file."""
        self._budget.spend(size)

    def batches(self) -> Iterator[tuple[Any]]:
        """What stands for each batch, whatever that is, alone in a tuple; to be gone through before `things`."""
        if self._part == "batches":
            for value in self._values():
                yield (value,)
            self._part = self._next_list()

    def things(self, part: str = "", position: int = 0, seen: int = 0) -> Iterator[tuple[str, Any]]:
        """What stands in the other lists, with the list's name; an Unusable for what is not UTF-8.

        part, position, seen: where an earlier reader was after so many drawings; without, behind the batches.
        """
        self.seen = seen
        is_first = not position
        if position:
            self._file.seek(position)
            self._text, self._at, self._before, self._has_ended = "", 0, position, False
            self._part = part
        has_drawings = False
        while self._part:
            for value in self._values(is_first):
                self.seen += self._part == "drawings"
                yield self._part, value
            has_drawings |= self._part == "drawings"
            self._part, is_first = self._next_list(), True
        if not has_drawings and not position:
            raise ImportRefused("There are no drawings in this file.")

    def _values(self, is_first: bool = True) -> Iterator[Any]:
        """What is left of the list that we are in. is_first: nothing of it has been read."""
        while (sign := self._sign()) != "]":
            if sign != "," and not (is_first and sign):
                raise self._damaged()
            if is_first:
                self._at -= 1
            is_first = False
            yield self._value(RECORD_BYTES)

    def _next_list(self) -> str:
        """Go on to the next list that means something here; empty at the document's end."""
        while (sign := self._sign()) == ",":
            key = self._key()
            if key in LISTS[1:]:
                self._enter()
                return key
            self._value(HEAD_BYTES)
        if sign != "}":
            raise self._damaged()
        while self._more():  # to the file's end, where the ZIP's checksum is looked at
            self._at = len(self._text)
        return ""

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
            key = self._key()
            if self.position > HEAD_BYTES:
                raise self._damaged()
            if key in LISTS:
                self._enter()
                self._part = key
                return head
            head[key] = self._value(HEAD_BYTES)

    def _key(self) -> str:
        key = self._value(HEAD_BYTES)
        if not isinstance(key, str) or self._sign() != ":":
            raise self._damaged()
        return key

    def _enter(self) -> None:
        if self._sign() != "[":
            raise self._damaged()

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
        except BROKEN as error:
            raise ImportRefused(
                f"{JSON_NAME} is damaged and cannot be unpacked any further{self._after()}. Export again and retry."
            ) from error
        self._has_ended = not piece
        self._budget.spend(len(piece))
        self._text = self._text[self._at :] + piece.decode("latin-1")
        self._before, self._at = self._before + self._at, 0
        return bool(piece)

    def _place(self) -> str:
        if self._part == "unread":
            return "Something behind its drawings"
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
    if head.get("version") not in KNOWN_VERSIONS or isinstance(head.get("version"), bool):
        raise ImportRefused(
            f"This export is of another version of the format than {' and '.join(map(str, KNOWN_VERSIONS))}, the ones "
            "known here. Update this site, or export again from one like it."
        )
