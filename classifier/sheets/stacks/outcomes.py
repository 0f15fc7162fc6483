"""What reading a page results in. Made in a forked process, stored by the process that holds the stack."""

from dataclasses import dataclass, field
from typing import NamedTuple

from classifier.sheets.reading.fields import FieldRead


class ValueRead(NamedTuple):
    """What was read in a field."""

    position: int  # of the field in the description, from 0
    key: str
    kind: str
    read: FieldRead


@dataclass(frozen=True)
class PageOutcome:
    """A page that was read, or refused."""

    key: int  # of its row
    reason: str = ""  # why it was refused: a stable code; empty if it was read
    sentence: str = ""
    sheet_page: int | None = None
    copy: int | None = None
    picture: bytes = b""  # a grey JPEG: laid straight, or as received; empty if the file cannot be decoded
    width: int = 0
    height: int = 0
    values: list[ValueRead] = field(default_factory=list)
