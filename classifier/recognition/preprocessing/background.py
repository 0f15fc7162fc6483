"""Separation of ink from the background, whose light may be uneven."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ..errors import NoInk
from .arrays import Grey, Levels, Mask
from .illumination import find_light
from .masks.components import Components, touches_border

LEAST_CONTRAST = 24  # grey levels between background and ink below which there is no ink
STRONG_INK = 0.25  # share of the strongest ink from which a pixel certainly is ink
FLAT_BORDER = 3.0  # standard deviation in grey levels above which a border is that of a photograph
NO_INK = "There is nothing to read here: no ink stands out from the background. Draw or photograph a digit."


@dataclass(frozen=True)
class Foreground:
    """The ink of a picture, without its background."""

    ink: Levels  # (height, width), 0 background upwards
    strong: Mask  # (height, width), what certainly is ink
    peak: float  # the strongest ink, without outliers
    noise: float  # standard deviation of the background, in the unit of the ink
    is_light: bool  # whether the background is lighter than the ink
    is_photo: bool  # whether uneven light was removed
    level: Grey | None = None  # (height, width), the light of a photograph's background


def find_ink(grey: Grey) -> Foreground:
    """Measures how much darker than the background each pixel is, or how much lighter than a dark background.

    If the border shows a flat background, this is the difference from its level. Otherwise the picture is a
    photograph, and its uneven light is removed first.
    grey: shape (height, width). Raises NoInk when nothing stands out.
    """
    level, noise = _border_level(grey)
    if noise > FLAT_BORDER:
        return _find_ink_in_photo(grey)
    low, high = np.percentile(grey, [0.5, 99.5]) if noise else (grey.min(), grey.max())
    is_light = bool(level - low > high - level)
    ink = _difference(grey, level, is_light) if noise else _whole_difference(grey, np.uint8(level), is_light)
    peak = float(np.percentile(ink, 99.8) if noise else level - low if is_light else high - level)
    if peak < max(LEAST_CONTRAST, 4 * noise):
        raise NoInk(NO_INK)
    return Foreground(ink, more_than(ink, max(STRONG_INK * peak, 3 * noise)), peak, noise, is_light, is_photo=False)


def _difference(grey: Grey, level: float, is_light: bool) -> Levels:
    values = grey.astype(np.float32)
    return np.asarray(np.clip(level - values if is_light else values - level, 0, None))


def _whole_difference(grey: Grey, level: np.uint8, is_light: bool) -> Levels:
    """The difference from a whole level, which a background without noise has, in uint8."""
    if level == (255 if is_light else 0):  # white or black paper: no pixel is on the other side
        return level - grey if is_light else grey
    return np.asarray((level - grey) * (grey < level) if is_light else (grey - level) * (grey > level))


def more_than(ink: Levels, least: float) -> Mask:
    """Where ink exceeds a value. Whole levels are compared with a whole number, which avoids a copy as floats."""
    limit = float(np.float32(least))
    return np.asarray(ink > (min(int(limit), 255) if ink.dtype == np.uint8 else limit))


def _border_level(values: Grey) -> tuple[float, float]:
    """The median of a picture's outermost pixels, and their standard deviation, estimated by the MAD."""
    edge = max(1, min(values.shape) // 40)
    sides = (values[:edge], values[-edge:], values[:, :edge], values[:, -edge:])
    border = np.concatenate([side.ravel() for side in sides])
    if (border == border[0]).all():  # plain paper, as in most drawings
        return float(border[0]), 0.0
    counts = np.bincount(border, minlength=256)  # faster than sorting the pixels
    levels = np.arange(256.0)
    level = _median(levels, counts)
    return level, 1.4826 * _median(np.abs(levels - level), counts)


def _median(values: NDArray[np.float64], counts: NDArray[np.intp]) -> float:
    """The median of values, each of which occurs `counts` times."""
    order = np.argsort(values, kind="stable")
    up_to = np.cumsum(counts[order])
    middle = np.searchsorted(up_to, [(up_to[-1] - 1) // 2, up_to[-1] // 2], "right")
    return float(values[order][middle].mean())


def _find_ink_in_photo(grey: Grey) -> Foreground:
    light, is_light = find_light(grey)
    smooth = np.asarray(Image.fromarray(grey).filter(ImageFilter.MedianFilter(3)), np.float32)  # without grain
    # In a shadow, paper and ink lose the same share of their light.
    rough = 255 - smooth * (np.float32(255) / np.maximum(light, 1)) if is_light else smooth - light
    # Most pixels are background. Ink hides its darker half; its lighter half shows the noise.
    offset, lighter = (float(value) for value in np.percentile(rough[::2, ::2], [50, 16]))
    noise = offset - lighter
    ink = np.clip(rough - offset, 0, None).astype(np.float32)
    mask = ink > max(5 * noise, LEAST_CONTRAST / 2)
    if not mask.any():
        raise NoInk(NO_INK)
    components = Components.of(mask, ink)
    main = int(np.argmax(components.mass * np.where(touches_border(components), 0.2, 1)))  # not the edge of the table
    peak = float(np.percentile(ink[components.labels == main], 90))
    if peak < max(LEAST_CONTRAST, 4 * noise):
        raise NoInk(NO_INK)
    strong = ink > max(STRONG_INK * peak, 3.5 * noise)
    return Foreground(ink, strong, peak, noise, is_light, is_photo=True, level=light.astype(np.uint8))
