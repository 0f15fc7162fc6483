"""How a row of ink becomes the line reader's input: 32 pixels high, its digits about 22 of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..preprocessing.arrays import Levels
from .pen_direction import NOWHERE, planes_of

HEIGHT = 32  # px
DIGIT = 22  # px, of a usual digit
MARGIN = 8  # px of background on the left and right
PLANES = 3  # the ink, and how far the pen moved to the right and down
LONGEST = 768  # px; in a longer line the digits are smaller
STEP = 32  # px; widths are multiples of it, so that few shapes occur


@dataclass(frozen=True)
class Frame:
    """Where the ink of a row lies in a line image: ink px × scale + left and top."""

    scale: float
    left: float
    top: float
    width: int  # of the line image

    @classmethod
    def of(cls, shape: tuple[int, ...], top: float, bottom: float, digit: float = DIGIT) -> Frame:
        """shape: (height, width) of the ink; top, bottom: of its digits, px; digit: the height they get, px."""
        scale = min(digit / max(bottom - top, 1.0), (LONGEST - 2 * MARGIN) / shape[1])
        full = -(-(round(shape[1] * scale) + 2 * MARGIN) // STEP) * STEP
        return cls(scale, MARGIN, HEIGHT / 2 - (top + bottom) / 2 * scale, full)

    def column(self, x: float) -> float:
        """The place in the ink, px, of a place in the line image, px."""
        return (x - self.left) / self.scale


def line_image(
    ink: Levels,
    top: float,
    bottom: float,
    peak: float,
    digit: float = DIGIT,
    directions: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Scales a row of ink so that its digits are `digit` px high and in the middle.

    ink: shape (height, width), 0 background upwards; top, bottom: of the digits, in its pixels; peak: of its full ink;
    directions: of the pen in a sketch, see `draw_directions`. Returns shape (32, width, PLANES): ink, 0 background to
    255, and the direction of the pen; the width is a multiple of STEP and at most LONGEST.
    """
    frame = Frame.of(ink.shape, top, bottom, digit)
    grey = np.clip(ink * np.float32(255 / peak), 0, 255).astype(np.uint8)
    return framed(grey, directions, frame.scale, frame.left, frame.top, frame.width)


def framed(
    grey: NDArray[np.uint8], directions: NDArray[np.uint8] | None, scale: float, left: float, top: float, width: int
) -> NDArray[np.uint8]:
    """The planes of a row in a frame of HEIGHT × width px; left, top: of the row in the frame, px."""
    image = np.full((HEIGHT, width, PLANES), NOWHERE, np.uint8)
    image[..., 0] = _scaled(grey, scale, left, top, width, 0)
    if directions is not None:
        for number, plane in enumerate(planes_of(directions), 1):
            image[..., number] = _scaled(plane, scale, left, top, width, NOWHERE)
    return image


def _scaled(
    plane: NDArray[np.uint8], scale: float, left: float, top: float, width: int, beside: int
) -> NDArray[np.uint8]:
    """A plane scaled and moved into the frame. beside: the level outside the plane."""
    image = Image.fromarray(plane)
    if scale < 0.6:  # a bilinear transform alone would skip pixels
        factor = int(1 / scale + 0.4)
        image, scale = image.reduce(factor), scale * factor
    inverse = 1 / scale, 0, -left / scale, 0, 1 / scale, -top / scale
    drawn = image.transform(
        (width, HEIGHT), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR, fillcolor=beside
    )
    return np.asarray(drawn)
