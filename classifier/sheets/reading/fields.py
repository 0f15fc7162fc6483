"""Reading the fields of a page that is laid straight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import Calibration
from classifier.recognition.inference import Network
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.sheets.fields.description import Field, Kind

from .boxes import read_boxes
from .cells import Cell, cells_of
from .checks import read_check
from .crops import MARGIN, WIDE_MARGIN
from .ink import FieldInk
from .lines import read_line
from .networks import Networks
from .promise import Promise, sort_of
from .reads import Read

MARGINS = {Kind.BOXES: WIDE_MARGIN, Kind.LINE: MARGIN}  # around a field, of what is read of it


@dataclass(frozen=True)
class FieldRead:
    """What is written in a field."""

    text: str  # as in Rules; empty for an empty field; "x" for a check box that is marked
    confidence: float  # that the text is right, 0 to 1
    risk: float  # share of wrong values that must be tolerated for the text to be taken unseen; above 1 if it never is
    alternatives: list[str]  # other texts, the most probable first
    reason: str  # why a person should look: a code of REASONS, or empty


class FieldReader:
    """Reads fields with a line network and a digit network, and their calibrations."""

    def __init__(
        self,
        line_network: LineNetwork,
        digit_network: Network,
        line_calibration: LineCalibration | None,
        digit_calibration: Calibration | None,
        promise: Promise | None = None,
    ) -> None:
        """promise: how confidence becomes risk; by default the one that ships."""
        self._networks = Networks(line_network, digit_network, line_calibration, digit_calibration)
        self._promise = promise or Promise.bundled()

    def read(
        self, grey: NDArray[np.uint8], fields: Sequence[Field], reference: NDArray[np.uint8] | None = None
    ) -> list[FieldRead]:
        """Reads fields of a page, in their order.

        grey: (height, width), the page laid straight; reference: the empty page, of the same shape; None if unknown.
        """
        pairs = zip(fields, self.reads(grey, fields, reference), strict=True)
        return [self._with_risk(field, read) for field, read in pairs]

    def reads(
        self, grey: NDArray[np.uint8], fields: Sequence[Field], reference: NDArray[np.uint8] | None
    ) -> list[Read]:
        """As `read`, before the promise: to calibrate it."""
        inks = {
            each.key: FieldInk.of(grey, reference, each.box, MARGINS[each.kind])
            for each in fields
            if each.kind is not Kind.CHECK
        }
        cells = {each.key: cells_of(inks[each.key], each.cells) for each in fields if each.kind is Kind.BOXES}
        digits = [cell.digit for each in cells.values() for cell in each if cell.digit]
        chances = iter(self._networks.chances(digits))
        return [
            read_boxes(each, inks[each.key], cells[each.key], _next(chances, cells[each.key]), self._networks.line)
            if each.kind is Kind.BOXES
            else read_line(each, inks[each.key], self._networks)
            if each.kind is Kind.LINE
            else read_check(each, grey, reference)
            for each in fields
        ]

    def _with_risk(self, field: Field, read: Read) -> FieldRead:
        sort = sort_of(field, read)
        confidence = self._promise.confidence_of(sort, read)
        risk = self._promise.risk_of(sort, confidence)
        return FieldRead(read.text, confidence, risk, read.alternatives, read.reason)


def _next(chances: Iterator[NDArray[np.float64]], cells: Sequence[Cell]) -> NDArray[np.float64]:
    """The chances of the digits in some cells, (n, 11)."""
    own = list(islice(chances, sum(cell.digit is not None for cell in cells)))
    return np.stack(own) if own else np.zeros((0, 11))
