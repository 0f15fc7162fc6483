"""Framing one digit as MNIST's digits were framed: scaled, centred, with strokes of their width."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arrays import Ink, Levels
from .pen_path import PenPath, draw_path
from .stroke_width import as_image, narrow, reduce_keeping_lines, stroke_width, widen

SIDE = 28  # px of the network's input
BOX = 20  # px of the box that the digit is scaled into
PEN = 0.13  # of the box: the pen with which sketches are drawn, 2.6 px as the middle of MNIST's strokes
CENTRE = 14.0  # where the centre of mass goes, as a pixel index
CENTRED = 0.55  # px either way from there: half a pixel, and what rounding adds
FULL_CONTRAST = 250  # MNIST's darkest pixel is always 254 or 255; fainter digits are brought up

# Widths of strokes as `shapes.stroke_width` measures them, in px of the 20 px box. MNIST's middle half lies
# between 2.1 and 2.8, nine tenths between 1.8 and 3.7.
NARROWEST, WIDEST = 2.1, 3.2
WIDTH_SIDE = 4 * BOX  # px at least of the longer side at which strokes are made wider or narrower


def into_width(ink: Levels, width: float) -> Levels:
    """Make strokes wider or narrower where they are outside the range of MNIST's, at the picture's own resolution.

    A change of less than half a pixel is none, and none can be made in a digit that has hardly more pixels than
    the network's box. ink: cropped to the digit; width: of its strokes, px.
    Returns shape (height, width), larger ones shrunk meanwhile.
    """
    longest = max(ink.shape)
    if longest <= 1.5 * BOX:
        return ink
    radius = _width_radius(width, longest)
    if abs(radius) < 0.5:
        return ink
    factor = max(1, longest // WIDTH_SIDE)
    small = reduce_keeping_lines(ink, factor, thin=width < 1.5 * factor)
    radius = _width_radius(stroke_width(small), max(small.shape))
    return widen(small, radius) if radius > 0 else narrow(small, -radius) if radius < 0 else small


def _width_radius(width: float, longest: int) -> float:
    """By how many px each side of the strokes must grow so that their width is in range: the digit grows too."""
    wanted = min(max(width / longest, NARROWEST / BOX), WIDEST / BOX)
    return (wanted * longest - width) / 2 / (1 - wanted)


def ink_box(ink: NDArray[Any]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive) of all ink, in px."""
    height, width = ink.shape
    if ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any():  # cut out already
        return 0, 0, width, height
    inked = ink.astype(bool, copy=False)
    rows, columns = np.asarray(inked.any(1)), np.asarray(inked.any(0))
    right, bottom = width - int(columns[::-1].argmax()), height - int(rows[::-1].argmax())
    return int(columns.argmax()), int(rows.argmax()), right, bottom


def scale_to_box(ink: Levels, box: int = BOX) -> Ink:
    """Crop to the ink and scale it to fit box × box px, its aspect kept, edges averaged.

    A digit that fits already to a pixel is left as it is: resampling would only blur it.
    """
    left, top, right, bottom = ink_box(ink)
    crop = ink[top:bottom, left:right]
    longest = max(crop.shape)
    if box - 1 <= longest <= box:
        return crop.astype(np.float32, copy=False)
    width, height = (max(1, round(side * box / longest)) for side in (right - left, bottom - top))
    # Averaging by a whole factor first is quick, and leaves the resampling two to four times the size.
    resized = as_image(crop).resize(
        (width, height), Image.Resampling.BOX if longest > 8 * box else Image.Resampling.HAMMING
    )
    return np.asarray(resized, np.float32)


def full_contrast(ink: Ink) -> Ink:
    """Bring the strongest ink to 255, unless it is there already."""
    peak = float(ink.max())
    return ink if peak >= FULL_CONTRAST else ink * (255 / peak)


def centre_of_mass(ink: Levels) -> tuple[float, float]:
    """Row and column, as pixel indices."""
    height, width = ink.shape
    mass = float(ink.sum())
    return float(ink.sum(1) @ np.arange(height)) / mass, float(ink.sum(0) @ np.arange(width)) / mass


def place_by_mass(ink: Ink) -> NDArray[np.uint8] | None:
    """Shift by whole pixels so that the centre of mass lies within half a pixel of (14.0, 14.0).

    ink: at most 28 px a side. Returns shape (28, 28), 0 to 255; None when ink would fall off the edge.
    """
    height, width = ink.shape
    top, left = (round(CENTRE - place) for place in centre_of_mass(ink))
    if top < 0 or left < 0 or top + height > SIDE or left + width > SIDE:
        return None
    placed = np.zeros((SIDE, SIDE), np.uint8)
    placed[top : top + height, left : left + width] = np.rint(np.clip(ink, 0, 255))
    return placed


def frame(ink: Levels) -> NDArray[np.uint8]:
    """Scale and place ink as MNIST's digits were: in a 20×20 box, by their centre of mass.

    A digit so lopsided that centring it would push ink off the 28×28 grid is scaled a little smaller.
    Returns shape (28, 28), 0 ground to 255 ink.
    Source: the MNIST page (LeCun, Cortes, Burges), on size normalisation and centring.
    """
    for box in range(BOX, 0, -1):
        placed = place_by_mass(full_contrast(scale_to_box(ink, box)))
        if placed is not None:
            return placed
    raise AssertionError("one pixel always fits")


def frame_path(way: PenPath, pen: float, share: float = PEN) -> NDArray[np.uint8]:
    """Draw the pen's way into a 20×20 box and place it by its centre of mass, as `frame` does with ink.

    The way alone decides, so that place, size and the pen's width on the pad make no difference. Only a way
    shorter than the pen, a tap or a blot, is measured by the pen. pen: its width, in the way's unit; share: of the
    box, the width to draw with.
    Returns shape (28, 28), 0 ground to 255 ink.
    """
    longest = max(float(way.size.max()), pen)
    for box in range(BOX, 0, -1):
        placed = place_by_mass(draw_path(way, (1 - share) * box / longest, share * box))
        if placed is not None:
            return placed
    raise AssertionError("one pixel always fits")


def to_network_scale(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The only place where pixels are divided by 255.

    pixels: shape (n, 28, 28). Returns shape (n, 28, 28, 1), 0 to 1.
    """
    return (pixels.astype(np.float32) / np.float32(255))[..., np.newaxis]
