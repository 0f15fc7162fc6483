"""A digit that preprocessing has located in a picture or a sketch and framed for the network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .framing import BOX


@dataclass(frozen=True)
class FoundDigit:
    """One digit of a picture or a sketch.

    hints: `is_sketch` bool; `shapes` int: large separate components read as this digit (usually 1); `others` int:
    large components left out; `touches_edge` bool; `aspect` float: width divided by height; `stroke_width` float:
    share of the digit's longer side, before it was changed; `ink` float: share of the 20 px box covered, afterwards;
    `contrast` float, 0 to 1: of ink and background; `size` float: the digit's longer side as a share of the picture's.
    Of sketches also `strokes` int, and `way` float: the length of the pen's path divided by the digit's longer side.
    Of pictures also `is_photo` bool, and `lines` int: ruled lines removed.
    Hints are stored as JSON with each drawing, so their keys stay.
    """

    pixels: NDArray[np.uint8]  # (28, 28), 0 background to 255 ink
    box: tuple[int, int, int, int]  # left, top, right, bottom (exclusive) in px of the picture or pad
    hints: dict[str, Any]  # JSON, for the verdict and for advice


def share_of_ink(pixels: NDArray[np.uint8]) -> float:
    """The ink of a framed digit as a share of the box. pixels: shape (28, 28)."""
    return round(float(pixels.sum()) / 255 / BOX**2, 3)
