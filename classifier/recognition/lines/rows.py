"""A row of writing: what the line reader reads at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.pen_path import PenPath
from ..preprocessing.strokes import Sketch
from .framing import DIGIT, line_image

Box = tuple[int, int, int, int]

TALL = 0.45  # of the tallest part's height, from which a part counts for the height of the digits


@dataclass(frozen=True)
class Pen:
    """The part of a sketch in one row."""

    path: PenPath  # px of the pad
    sketch: Sketch  # the whole


@dataclass(frozen=True)
class Row:
    """The ink of one row and its place in the picture or on the pad."""

    ink: NDArray[np.uint8]  # (height, width), 0 background to 255 ink
    top: float  # of its digits, px of the ink
    bottom: float
    left_px: float  # of the ink, px of the picture or pad
    top_px: float
    zoom: float  # px of the picture or pad for each px of the ink
    side_px: float  # longer side of the picture or pad
    hints: dict[str, Any]  # of FoundDigit, as far as they are the same for the whole row
    noise: float = 0.0  # standard deviation of the background, grey levels of the ink
    pen: Pen | None = None  # of a sketch
    directions: NDArray[np.uint8] | None = None  # of the pen in a sketch, as the ink, see `draw_directions`

    def image(self, digit: float = DIGIT) -> NDArray[np.uint8]:
        """What the line network reads, with digits `digit` px high, see `line_image`."""
        return line_image(self.ink, self.top, self.bottom, 255.0, digit, self.directions)

    def x_of(self, pad_x: float) -> float:
        """The column of the ink at a place of the picture or pad, px."""
        return (pad_x - self.left_px) / self.zoom

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box of the ink as one of the picture or pad, px."""
        return (
            round(left * self.zoom + self.left_px),
            round(top * self.zoom + self.top_px),
            round(right * self.zoom + self.left_px),
            round(bottom * self.zoom + self.top_px),
        )


def band(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> tuple[float, float]:
    """Top and bottom of the digits of a row, from those of its strokes or components, (n,).

    Low ones do not count, and long tails hardly do.
    """
    heights = bottoms - tops
    tall = heights >= TALL * heights.max()
    return float(np.percentile(tops[tall], 25)), float(np.percentile(bottoms[tall], 75))
