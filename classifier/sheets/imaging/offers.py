"""Finds rectangles on an empty page that look like fields, to be offered to the person who describes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Box, Kind


@dataclass(frozen=True)
class Offer:
    """A rectangle that looks like a field, like boxes beside each other, or like a table."""

    box: Box  # shares of the page
    kind: Kind
    cells: int = 1  # boxes beside each other; of a table: columns
    rows: int = 1  # above 1: of a table


def offers(grey: NDArray[np.uint8]) -> list[Offer]:
    """The rectangles on an empty page that look like fields, in reading order. grey: (height, width), upright."""
    return []
