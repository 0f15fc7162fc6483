"""Reads a JSON document of any length value by value, in little memory."""

import json
import re
from abc import ABC, abstractmethod
from typing import Any, Protocol, cast

from classifier.archives.rejections import MemberRejected
from classifier.errors import ImportRejected, StorageAway
from classifier.transfer.export_format import JSON_NAME
from classifier.transfer.importing.errors import RecordRejected

from .budget import Budget

PIECE_BYTES = 2**18  # read at a time
LONG_NUMBER = 20  # digits from which an integer is out of all ranges of the format

_SPACE = re.compile(r"[ \t\n\r]*")


class ByteStream(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def seek(self, position: int, /) -> int: ...


def _integer(digits: str) -> float:
    return int(digits) if len(digits) < LONG_NUMBER else float("inf")


_decoder = json.JSONDecoder()
_patient_decoder = json.JSONDecoder(parse_int=_integer)  # slower; the other one raises at 4300 digits


class JsonStream(ABC):
    """A cursor in a JSON document.

    Decodes the bytes as Latin-1, so positions in the text are positions in the file; the syntax of JSON is ASCII.
    All methods raise ImportRejected where the document is damaged or exceeds a limit.
    """

    def __init__(self, file: ByteStream, budget: Budget) -> None:
        self._file, self._budget = file, budget
        self._text, self._at, self._before = "", 0, 0  # the text in memory, the cursor in it, the bytes before it
        self._has_ended = False
        self._read_more()
        if self._text.startswith("\xef\xbb\xbf"):  # the byte order mark that some editors write
            self._at = 3

    @property
    def position(self) -> int:
        """Bytes of the document before the cursor."""
        return self._before + self._at

    @abstractmethod
    def place(self) -> str:
        """The subject of an error at the cursor."""

    @abstractmethod
    def progress(self) -> str:
        """How far the document could be read, for errors: " after 3 drawings", or empty."""

    def seek(self, position: int) -> None:
        self._file.seek(position)
        self._text, self._at, self._before, self._has_ended = "", 0, position, False

    def next_sign(self) -> str:
        """Reads the next character that is not white space. Returns an empty string at the end."""
        while True:
            self._at = cast(re.Match[str], _SPACE.match(self._text, self._at)).end()
            if self._at < len(self._text):
                self._at += 1
                return self._text[self._at - 1]
            if not self._read_more():
                return ""

    def back(self) -> None:
        """Moves the cursor back over the sign that was just read."""
        self._at -= 1

    def next_value(self, most_bytes: int) -> Any:
        """Reads the next JSON value. Returns a RecordRejected if it is not UTF-8."""
        if self.next_sign() == "":
            raise self.damaged()
        self.back()
        value, end = self._decode_next(most_bytes)
        text = self._text[self._at : end]
        self._at = end
        if not text.isascii():
            try:
                value, _ = _patient_decoder.raw_decode(text.encode("latin-1").decode())
            except UnicodeDecodeError:
                return RecordRejected("It is not UTF-8.")
        return value

    def read_to_end(self) -> None:
        """Reads what is left of the file, so the checksum of a ZIP is verified."""
        while self._read_more():
            self._at = len(self._text)

    def damaged(self) -> ImportRejected:
        return ImportRejected(f"The file is damaged or ends too early{self.progress()}. Export again and retry.")

    def _decode_next(self, most_bytes: int) -> tuple[Any, int]:
        """The value at the cursor and where it ends in the text; reads on until it is complete."""
        while True:
            value, end = self._decode()
            waiting = len(self._text) - self._at
            if (end - self._at if end >= 0 else waiting) > most_bytes:
                raise ImportRejected(f"{self.place()} is longer than {most_bytes / 2**20:.0f} MB, or damaged.")
            if 0 <= end < len(self._text):  # a number at the very end may continue in the next piece
                return value, end
            if not self._read_more(max(PIECE_BYTES, min(waiting, most_bytes - waiting))):
                if end >= 0:
                    return value, end
                raise self.damaged()

    def _decode(self) -> tuple[Any, int]:
        """The value at the cursor and its end, or -1 for the end if the value is incomplete or damaged."""
        try:
            try:
                return _decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                return None, -1
            except ValueError:  # an integer of too many digits
                return _patient_decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError:
            return None, -1
        except RecursionError:
            raise ImportRejected(f"{self.place()} is nested too deeply.") from None

    def _read_more(self, size: int = 0) -> bool:
        """Reads on and drops the text before the cursor. Returns False at the end of the file."""
        if self._has_ended:
            return False
        try:
            piece = self._file.read(size or PIECE_BYTES)
        except StorageAway:
            raise
        except (MemberRejected, OSError) as error:
            raise ImportRejected(
                f"{JSON_NAME} is damaged and cannot be unpacked{self.progress()}. Export again and retry."
            ) from error
        self._has_ended = not piece
        self._budget.spend(len(piece))
        self._text = self._text[self._at :] + piece.decode("latin-1")
        self._before, self._at = self._before + self._at, 0
        return bool(piece)
