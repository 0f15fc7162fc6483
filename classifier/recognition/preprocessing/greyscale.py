"""Conversion of pictures of any mode to shades of grey."""

import numpy as np
from PIL import Image

from .arrays import Grey as Grey

WORK_SIDE = 640  # px; larger pictures are shrunk first, because the digit ends as 20 px anyway
CLEAR_CONTRAST = 80  # grey levels between ink and background from which luminance alone suffices


def to_grey(image: Image.Image) -> Grey:
    """Converts colours to luminance and transparency to white, or to black behind light ink.

    image: any size and mode. Returns shape (height, width), 0 black to 255 white.
    """
    if image.mode.startswith("I;16"):
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in ("I", "F"):
        return _from_32_bits(image)
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.mode not in ("LA", "La", "RGBA", "RGBa", "PA") and "transparency" not in image.info:
        return _luminance(image)
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):  # opaque, as a browser's canvas is
        return _luminance(image.convert("RGB"))
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    opaque = np.asarray(image.convert("L"), np.float32)
    weight = alpha.sum()
    ink_is_light = weight > 0 and alpha.min() < 0.5 and (opaque * alpha).sum() / weight > 160
    background = 0.0 if ink_is_light else 255.0
    return np.rint(opaque * alpha + background * (1 - alpha)).astype(np.uint8)


def _from_32_bits(image: Image.Image) -> Grey:
    """Scales 32-bit pixels, which hold 8 bits, 16 bits or fractions from 0 to 1."""
    values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
    highest = float(values.max(initial=0))
    white = 65535.0 if highest > 255 else 255.0 if highest > 1 else 1.0
    grey: Grey = np.clip(values * np.float32(255 / white), 0, 255).astype(np.uint8)
    return grey


def _luminance(image: Image.Image) -> Grey:
    """The luminance of an opaque image, or its colour channel with the most contrast if that is much clearer.

    Yellow on white, for example, is clear in the blue channel alone. Returns shape (height, width).
    """
    if image.mode == "L":
        return np.asarray(image)
    grey = image.convert("L")
    if image.mode in ("1", "I", "F"):
        return np.asarray(grey)
    low, high = _extremes(grey)
    if high - low >= CLEAR_CONTRAST:
        return np.asarray(grey)
    channels = image.convert("RGB").split()
    extremes = [_extremes(channel) for channel in channels]
    best = int(np.argmax([top - bottom for bottom, top in extremes]))
    is_clearer = extremes[best][1] - extremes[best][0] > 2 * (high - low)
    return np.asarray(channels[best] if is_clearer else grey)


def _extremes(channel: Image.Image) -> tuple[float, float]:
    """The 0.5th and 99.5th percentile of a channel, 0 to 255."""
    factor = max(1, max(channel.size) // 160)
    low, high = np.percentile(np.asarray(channel.reduce(factor) if factor > 1 else channel), [0.5, 99.5])
    return float(low), float(high)


def shrink(grey: Grey) -> Grey:
    """Averages a large picture down to at most WORK_SIDE px a side, by a whole factor."""
    factor = -(-max(grey.shape) // WORK_SIDE)
    return np.asarray(Image.fromarray(grey).reduce(factor)) if factor > 1 else grey
