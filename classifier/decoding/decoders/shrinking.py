"""Shrinking of large pictures: while they are decoded where the format can, otherwise band by band afterwards.

Bands need no second copy of the whole picture in the mode in which Pillow averages.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from .aims import Aim
from .jpeg_2000 import levels_to_skip

BAND_PIXELS = 1_000_000

Box = tuple[int, int, int, int]


def decode_small(image: Image.Image, aim: Aim) -> tuple[int, int]:
    """Decodes an image, at a smaller size if its format can. Returns its whole width and height in px."""
    size = image.size
    drafted = image.draft(
        "L" if aim.is_grey else None, (aim.decoded, aim.decoded)
    )  # JPEG can be decoded at 1/2, 1/4 or 1/8
    if image.format == "JPEG2000":
        image.reduce = levels_to_skip(image, aim)  # type: ignore[method-assign, assignment]  # the plugin's property
    image.load()
    is_small = drafted is not None or image.format == "JPEG2000"
    return size if is_small else image.size  # load() has already turned a TIFF


def shrink(image: Image.Image, aim: Aim) -> Image.Image:
    """Averages a decoded picture down to less than twice the side that is wanted, by a whole factor."""
    return in_bands(image.size, image.crop, aim) if max(image.size) >= 2 * aim.side or image.mode == "P" else image


def in_bands(size: tuple[int, int], cut: Callable[[Box], Image.Image], aim: Aim) -> Image.Image:
    """The same, for a picture of width and height `size` from which `cut` takes a part."""
    width, height = size
    factor = max(1, max(size) // aim.side)
    rows = max(1, BAND_PIXELS // width // factor) * factor
    shrunk: Image.Image | None = None
    for top in range(0, height, rows):
        band = _averageable(cut((0, top, width, min(top + rows, height)))).reduce(factor)
        if rows >= height:
            return band
        if shrunk is None:
            shrunk = Image.new(band.mode, (band.width, -(-height // factor)))
        shrunk.paste(band, (0, top // factor))
    if shrunk is None:
        raise ValueError("the picture has no rows")
    return shrunk


def _averageable(image: Image.Image) -> Image.Image:
    """The picture in a mode in which the mean of pixels makes sense."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode == "PA" or "transparency" in image.info:  # a colour that is transparent
        return image.convert("RGBA")
    return image.convert({"P": "RGB", "1": "L"}.get(image.mode, image.mode))
