"""The JSON of an export: a head of short values, then lists of records."""

from collections.abc import Iterator
from typing import Any

from classifier.errors import ImportRejected
from classifier.transfer.export_format import SCHEMA, VERSION

from .budget import Budget
from .json_stream import ByteStream, JsonStream

KNOWN_VERSIONS = (1, VERSION)

RECORD_BYTES = 4 * 2**20  # of a record as JSON
HEAD_BYTES = 16 * 2**20
LISTS = ("batches", "drawings", "unread")  # of any length; the head ends where the first of them begins

# Lists of any length that are not brought: what staff of the other site did, and sheets.
IGNORED = ("staff_acts", "sheets", "stacks", "stack_pages")

Head = dict[str, Any]


class Document(JsonStream):
    """An export's JSON, read in the order of the file. Raises ImportRejected, here and later, if it is no export."""

    def __init__(self, file: ByteStream, budget: Budget) -> None:
        self._part = ""  # the list that the cursor is in
        self.seen = 0  # drawings read
        super().__init__(file, budget)  # reads the first piece
        self.head = self._read_head()
        _check_version(self.head)

    @property
    def unpacked(self) -> int:
        """Bytes read so far, including files."""
        return self._budget.spent

    def spend(self, size: int) -> None:
        """Counts bytes that are read elsewhere for this file."""
        self._budget.spend(size)

    def batches(self) -> Iterator[Any]:
        """Yields the values in the list of batches. To be exhausted before `records`."""
        if self._part == "batches":
            yield from self._values()
            self._part = self._next_list()

    def records(self, part: str = "", position: int = 0, seen: int = 0) -> Iterator[tuple[str, Any]]:
        """Yields the values in the other lists, each with the name of its list.

        part, position, seen: where to continue, as an earlier process left it; by default after the batches.
        """
        self.seen = seen
        is_first = not position
        if position:
            self.seek(position)
            self._part = part
        has_drawings = False
        while self._part:
            for value in self._values(is_first):
                self.seen += self._part == "drawings"
                yield self._part, value
            has_drawings |= self._part == "drawings"
            self._part, is_first = self._next_list(), True
        if not has_drawings and not position:
            raise ImportRejected("There are no drawings in this file.")

    def place(self) -> str:
        if self._part == "unread":
            return "A record after the drawings"
        return f"Drawing {self.seen + 1:,}" if self.seen else "The beginning of the file"

    def progress(self) -> str:
        return f" after {self.seen:,} drawing{'s' if self.seen > 1 else ''}" if self.seen else ""

    def _values(self, is_first: bool = True) -> Iterator[Any]:
        """Yields the rest of the list that the cursor is in. is_first: nothing of the list has been read."""
        while (sign := self.next_sign()) != "]":
            if sign != "," and not (is_first and sign):
                raise self.damaged()
            if is_first:
                self.back()
            is_first = False
            yield self.next_value(RECORD_BYTES)

    def _next_list(self) -> str:
        """Moves to the next list of LISTS and returns its name, or an empty string at the end of the document."""
        while (sign := self.next_sign()) == ",":
            key = self._key()
            if key in LISTS[1:]:
                self._enter_list()
                return key
            if key in IGNORED:
                self._enter_list()
                for _ in self._values():
                    pass
                continue
            self.next_value(HEAD_BYTES)
        if sign != "}":
            raise self.damaged()
        self.read_to_end()
        return ""

    def _read_head(self) -> Head:
        head: Head = {}
        if self.next_sign() != "{":
            raise ImportRejected("This is no export of this site: it holds no JSON object.")
        while True:
            sign = self.next_sign()
            if sign == "}":
                raise ImportRejected("There are no drawings in this file.")
            if sign != ("," if head else '"'):
                raise self.damaged()
            if not head:
                self.back()
            key = self._key()
            if self.position > HEAD_BYTES:
                raise self.damaged()
            if key in LISTS:
                self._enter_list()
                self._part = key
                return head
            head[key] = self.next_value(HEAD_BYTES)

    def _key(self) -> str:
        key = self.next_value(HEAD_BYTES)
        if not isinstance(key, str) or self.next_sign() != ":":
            raise self.damaged()
        return key

    def _enter_list(self) -> None:
        if self.next_sign() != "[":
            raise self.damaged()


def _check_version(head: Head) -> None:
    if head.get("schema") != SCHEMA:
        raise ImportRejected(
            f"This is no export of this site: it does not begin with “schema”: “{SCHEMA}”. Choose the ZIP or the JSON "
            "that you downloaded."
        )
    if head.get("version") not in KNOWN_VERSIONS or isinstance(head.get("version"), bool):
        raise ImportRejected(
            f"This export has another version of the format than {' and '.join(map(str, KNOWN_VERSIONS))}, which this "
            "site can read. Update this site, or export again from a site like this one."
        )
