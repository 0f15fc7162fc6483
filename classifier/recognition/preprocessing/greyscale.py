"""From a picture of any mode to shades of grey."""

import numpy as np
from PIL import Image

from .arrays import Grey as Grey

WORK_SIDE = 640  # px; larger pictures are shrunk first: the digit ends as 20 px anyway
CLEAR_BRIGHTNESS = 80  # grey levels from ink to ground that need no help from colours


def to_grey(image: Image.Image) -> Grey:
    """Colour to luminance; what is transparent becomes white, or black behind light ink.

    image: any size and mode. Returns shape (height, width), 0 black to 255 white.
    """
    if image.mode.startswith("I;16"):
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in ("I", "F"):  # 32 bits a pixel hold 8, 16 or, as fractions, 0 to 1
        values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
        highest = float(values.max(initial=0))
        top = 65535.0 if highest > 255 else 255.0 if highest > 1 else 1.0
        grey: Grey = np.clip(values * np.float32(255 / top), 0, 255).astype(np.uint8)
        return grey
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.mode not in ("LA", "La", "RGBA", "RGBa", "PA") and "transparency" not in image.info:
        return _luminance(image)
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):  # a browser's canvas: opaque all the same
        return _luminance(image.convert("RGB"))
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    opaque = np.asarray(image.convert("L"), np.float32)
    weight = alpha.sum()
    ink_is_light = weight > 0 and alpha.min() < 0.5 and (opaque * alpha).sum() / weight > 160
    ground = 0.0 if ink_is_light else 255.0
    return np.rint(opaque * alpha + ground * (1 - alpha)).astype(np.uint8)


def _luminance(image: Image.Image) -> Grey:
    """Brightness as the eye sees it; where that hardly differs, the colour that differs most (yellow on white).

    Returns shape (height, width), 0 black to 255 white.
    """
    if image.mode == "L":
        return np.asarray(image)
    grey = image.convert("L")
    if image.mode in ("1", "I", "F"):
        return np.asarray(grey)
    low, high = _spread(grey)
    if high - low >= CLEAR_BRIGHTNESS:
        return np.asarray(grey)
    bands = image.convert("RGB").split()
    spreads = [_spread(band) for band in bands]
    best = int(np.argmax([top - bottom for bottom, top in spreads]))
    clearer = spreads[best][1] - spreads[best][0] > 2 * (high - low)
    return np.asarray(bands[best] if clearer else grey)


def _spread(band: Image.Image) -> tuple[float, float]:
    """Nearly the darkest and the lightest of a band, 0 to 255."""
    factor = max(1, max(band.size) // 160)
    low, high = np.percentile(np.asarray(band.reduce(factor) if factor > 1 else band), [0.5, 99.5])
    return float(low), float(high)


def shrink(grey: Grey) -> Grey:
    """Average large pictures down to at most WORK_SIDE px a side, by a whole factor."""
    factor = -(-max(grey.shape) // WORK_SIDE)
    return np.asarray(Image.fromarray(grey).reduce(factor)) if factor > 1 else grey
