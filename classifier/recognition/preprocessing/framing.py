"""Framing of one digit as MNIST's digits are framed: scaled, centred, with strokes of their width."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arrays import Ink, Levels
from .pen_path import PenPath, draw_path
from .stroke_width import as_image, narrow, reduce_keeping_lines, stroke_width, widen

SIDE = 28  # px of the network's input
BOX = 20  # px of the square into which the digit is scaled
PEN = 0.13  # of the box: the pen for sketches, 2.6 px, the median of MNIST's strokes
CENTRE = 14.0  # pixel index of the centre of mass
CENTRED = 0.55  # px from there, at most: half a pixel, and the rounding
FULL_CONTRAST = 250  # MNIST's darkest pixel is always 254 or 255, so fainter digits are amplified

# Widths of strokes as measured by `stroke_width`, in px of the 20 px box. Of MNIST's, the middle half are from 2.1 to
# 2.8, nine tenths from 1.8 to 3.7.
NARROWEST, WIDEST = 2.1, 3.2
WIDTH_SIDE = 4 * BOX  # px of the longer side, at least, at which the width is changed


def normalise_width(ink: Levels, width: float) -> Levels:
    """Makes strokes wider or narrower if their width is outside the range of MNIST's.

    Changes of less than half a pixel are skipped, and so are digits with hardly more pixels than the network's box.
    ink: cropped to the digit; width: of its strokes, px. Returns shape (height, width), smaller for large digits.
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
    """By how many px each side of the strokes must grow to be in range; the digit grows too."""
    target = min(max(width / longest, NARROWEST / BOX), WIDEST / BOX)
    return (target * longest - width) / 2 / (1 - target)


def ink_box(ink: NDArray[Any]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive) of all ink, px."""
    height, width = ink.shape
    if ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any():  # already cropped
        return 0, 0, width, height
    inked = ink.astype(bool, copy=False)
    rows, columns = np.asarray(inked.any(1)), np.asarray(inked.any(0))
    right, bottom = width - int(columns[::-1].argmax()), height - int(rows[::-1].argmax())
    return int(columns.argmax()), int(rows.argmax()), right, bottom


def scale_to_box(ink: Levels, box: int = BOX) -> Ink:
    """Crops to the ink and scales it to fit box × box px, with its aspect ratio and soft edges.

    A digit that already fits to within a pixel is only cropped: resampling would blur it.
    """
    left, top, right, bottom = ink_box(ink)
    crop = ink[top:bottom, left:right]
    longest = max(crop.shape)
    if box - 1 <= longest <= box:
        return crop.astype(np.float32, copy=False)
    width, height = (max(1, round(side * box / longest)) for side in (right - left, bottom - top))
    # For large digits the mean of each box is as good as a wider filter, and faster.
    resized = as_image(crop).resize(
        (width, height), Image.Resampling.BOX if longest > 8 * box else Image.Resampling.HAMMING
    )
    return np.asarray(resized, np.float32)


def full_contrast(ink: Ink) -> Ink:
    """Scales ink so the strongest is 255, unless it is close to that already."""
    peak = float(ink.max())
    return ink if peak >= FULL_CONTRAST else ink * (255 / peak)


def centre_of_mass(ink: Levels) -> tuple[float, float]:
    """Row and column of the centre of mass, as pixel indices."""
    height, width = ink.shape
    mass = float(ink.sum())
    return float(ink.sum(1) @ np.arange(height)) / mass, float(ink.sum(0) @ np.arange(width)) / mass


def place_by_mass(ink: Ink) -> NDArray[np.uint8] | None:
    """Shifts ink by whole pixels, so its centre of mass is within half a pixel of (14.0, 14.0).

    ink: at most 28 px a side. Returns shape (28, 28), 0 to 255; None if ink would be cut off at the edge.
    """
    height, width = ink.shape
    top, left = (round(CENTRE - place) for place in centre_of_mass(ink))
    if top < 0 or left < 0 or top + height > SIDE or left + width > SIDE:
        return None
    placed = np.zeros((SIDE, SIDE), np.uint8)
    placed[top : top + height, left : left + width] = np.rint(np.clip(ink, 0, 255))
    return placed


def frame(ink: Levels) -> NDArray[np.uint8]:
    """Scales ink to a 20×20 box and places it by its centre of mass, as MNIST's digits are.

    If centring would cut ink off at the edge of the 28×28 grid, the digit is scaled a little smaller.
    Returns shape (28, 28), 0 background to 255 ink.
    Source: the MNIST page (LeCun, Cortes, Burges), on size normalisation and centring.
    """
    for box in range(BOX, 0, -1):
        placed = place_by_mass(full_contrast(scale_to_box(ink, box)))
        if placed is not None:
            return placed
    raise AssertionError("a single pixel always fits")


def frame_path(path: PenPath, pen: float, share: float = PEN) -> NDArray[np.uint8]:
    """Draws the pen's path into a 20×20 box and places it by its centre of mass, as `frame` does with ink.

    Position, size and the width of the pen on the pad make no difference. Only a path shorter than the pen is wide, a
    tap or a blot, is measured by the pen. pen: its width, in the unit of the path; share: the width to draw with, as a
    share of the box. Returns shape (28, 28), 0 background to 255 ink.
    """
    longest = max(float(path.size.max()), pen)
    for box in range(BOX, 0, -1):
        placed = place_by_mass(draw_path(path, (1 - share) * box / longest, share * box))
        if placed is not None:
            return placed
    raise AssertionError("a single pixel always fits")


def to_network_scale(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scales pixels to the range of the network's input; the only division by 255.

    pixels: shape (n, 28, 28). Returns shape (n, 28, 28, 1), 0 to 1.
    """
    return (pixels.astype(np.float32) / np.float32(255))[..., np.newaxis]
