"""What lies behind the ink: its light, which may fall unevenly, and what stands out from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ..errors import NoInk
from .arrays import Grey, Levels, Mask
from .components import Components, touches_border
from .illumination import find_light

LEAST_CONTRAST = 24  # grey levels between ground and ink below which nothing was drawn
STRONG_INK = 0.25  # share of the strongest ink from which a pixel is ink beyond doubt
FLAT_BORDER = 3.0  # grey levels; a border that varies more is a photograph's: uneven light, noise
NOTHING = "There is nothing to read here: no ink stands out from the background. Draw or photograph a digit."


@dataclass(frozen=True)
class Foreground:
    """A picture with its ground taken away."""

    ink: Levels  # (height, width), 0 ground upwards
    strong: Mask  # (height, width), what is ink beyond doubt
    peak: float  # the strongest ink, but for outliers
    noise: float  # standard deviation of the ground, in the unit of the ink
    is_light: bool  # whether the ground is lighter than the ink
    is_photo: bool  # whether the light had to be evened out
    level: Grey | None = None  # the ground's light, of a photograph


def find_ink(grey: Grey) -> Foreground:
    """How much darker (or, on dark ground, lighter) than the ground each pixel is.

    Over a flat ground, as its border shows it, this is the plain difference; over an uneven one (a
    photograph) the light is evened out first.
    grey: shape (height, width). Raises NoInk when nothing stands out.
    """
    level, noise = _border_spread(grey)
    if noise > FLAT_BORDER:
        return _find_ink_in_photo(grey)
    low, high = np.percentile(grey, [0.5, 99.5]) if noise else (grey.min(), grey.max())
    is_light = bool(level - low > high - level)
    ink = _difference(grey, level, is_light) if noise else _whole_difference(grey, np.uint8(level), is_light)
    peak = float(np.percentile(ink, 99.8) if noise else level - low if is_light else high - level)
    if peak < max(LEAST_CONTRAST, 4 * noise):
        raise NoInk(NOTHING)
    return Foreground(ink, more_than(ink, max(STRONG_INK * peak, 3 * noise)), peak, noise, is_light, is_photo=False)


def _difference(grey: Grey, level: float, is_light: bool) -> Levels:
    values = grey.astype(np.float32)
    return np.asarray(np.clip(level - values if is_light else values - level, 0, None))


def _whole_difference(grey: Grey, level: np.uint8, is_light: bool) -> Levels:
    """The same from a level that is a whole number, as that of a ground without noise is."""
    if level == (255 if is_light else 0):  # white paper, as of every drawing, or black: nothing is beyond
        return level - grey if is_light else grey
    return np.asarray((level - grey) * (grey < level) if is_light else (grey - level) * (grey > level))


def more_than(ink: Levels, least: float) -> Mask:
    """Where there is more ink than that; of whole levels by a whole number, which spares a copy as fractions."""
    edge = float(np.float32(least))
    return np.asarray(ink > (min(int(edge), 255) if ink.dtype == np.uint8 else edge))


def _border_spread(values: Grey) -> tuple[float, float]:
    """Median and standard deviation (by the median of deviations) of a picture's outermost pixels."""
    edge = max(1, min(values.shape) // 40)
    sides = (values[:edge], values[-edge:], values[:, :edge], values[:, -edge:])
    border = np.concatenate([side.ravel() for side in sides])
    if (border == border[0]).all():  # plain paper, as of most drawings
        return float(border[0]), 0.0
    counts = np.bincount(border, minlength=256)  # quicker than to sort the pixels
    levels = np.arange(256.0)
    level = _median(levels, counts)
    return level, 1.4826 * _median(np.abs(levels - level), counts)


def _median(values: NDArray[np.float64], counts: NDArray[np.intp]) -> float:
    """The median of values that are there so many times each."""
    order = np.argsort(values, kind="stable")
    up_to = np.cumsum(counts[order])
    middle = np.searchsorted(up_to, [(up_to[-1] - 1) // 2, up_to[-1] // 2], "right")
    return float(values[order][middle].mean())


def _find_ink_in_photo(grey: Grey) -> Foreground:
    light, is_light = find_light(grey)
    calm = np.asarray(Image.fromarray(grey).filter(ImageFilter.MedianFilter(3)), np.float32)  # grain
    # In the shade, paper and ink lose the same share of light.
    rough = 255 - calm * (np.float32(255) / np.maximum(light, 1)) if is_light else calm - light
    # Most of the picture is ground; its darker half is hidden by ink, its lighter half shows the noise.
    offset, lighter = (float(value) for value in np.percentile(rough[::2, ::2], [50, 16]))
    noise = offset - lighter
    ink = np.clip(rough - offset, 0, None).astype(np.float32)
    mask = ink > max(5 * noise, LEAST_CONTRAST / 2)
    if not mask.any():
        raise NoInk(NOTHING)
    shapes = Components.of(mask, ink)
    main = int(np.argmax(shapes.mass * np.where(touches_border(shapes), 0.2, 1)))  # not the edge of the table
    inked = ink[shapes.labels == main]
    peak = float(np.percentile(inked, 90))
    if peak < max(LEAST_CONTRAST, 4 * noise):
        raise NoInk(NOTHING)
    strong = ink > max(STRONG_INK * peak, 3.5 * noise)
    return Foreground(ink, strong, peak, noise, is_light, is_photo=True, level=light.astype(np.uint8))
