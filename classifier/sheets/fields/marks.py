"""What this site prints on its own sheets so that their pages are known again: corner marks and a QR code.

All lengths are in millimetres from the left top corner of the page. The marks are filled black squares; the one at the
right bottom is hollow, so a page turned upside down is noticed even if its code cannot be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

PAPERS = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}  # width, height
MARGIN = 8.0  # from the page's edges to the marks: printers leave about 5 mm white
MARK = 6.0  # side of a mark
HOLE = 3.0  # side of the white square in the hollow mark
QR_SIDE = 22.0  # with its quiet zone
QR_TOP = 8.0  # of the code, which is in the middle of the page's width

_CODE = re.compile(r"DIGITSITE:1:([0-9a-f]{32}):(\d{1,2}):(\d{1,6})")


@dataclass(frozen=True)
class Code:
    """What the QR code of a printed page says."""

    sheet: UUID  # public id
    page: int  # of the sheet, from 1
    copy: int  # from 1; 0 if all copies are the same

    def text(self) -> str:
        return f"DIGITSITE:1:{self.sheet.hex}:{self.page}:{self.copy}"

    @classmethod
    def of(cls, text: str) -> Code | None:
        """Parses the text of a QR code; None if it is not one of ours."""
        match = _CODE.fullmatch(text)
        return cls(UUID(match[1]), int(match[2]), int(match[3])) if match else None


def mark_corners(paper: str) -> list[tuple[float, float]]:
    """The left top corners of the marks: at the left top, right top, right bottom (hollow) and left bottom."""
    width, height = PAPERS[paper]
    right, bottom = width - MARGIN - MARK, height - MARGIN - MARK
    return [(MARGIN, MARGIN), (right, MARGIN), (right, bottom), (MARGIN, bottom)]
