"""How much memory the pixels of a picture take while they are decoded, and what is too much.

Figures are measured: `python -m benchmarks.decoding` decodes the largest pictures of each format.
"""

from math import ceil

from PIL import Image

from classifier.decoding import formats
from classifier.decoding.limits import PIXEL_BYTES
from classifier.errors import PictureTooLarge

from .aims import Aim
from .jpeg_2000 import levels_to_skip

MODE_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}  # of a pixel; 4 in other modes
JPEG_2000_BYTES = 19  # of a pixel that is decoded


def check(image: Image.Image, code: str, max_pixels: int, aim: Aim) -> None:
    """Raises PictureTooLarge if an image whose header was read has too many pixels for the site or for its memory."""
    check_size(image.size, code, max_pixels, _most_pixels(image, code, aim))


def check_webp(data: bytes, max_pixels: int) -> None:
    """The same for a WebP, before Pillow opens it and takes memory for all its pixels. Source: RFC 9649, section 2."""
    kind = data[12:16]
    if kind == b"VP8X":
        size = int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        size = int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    check_size(size, "WEBP", max_pixels, _most_of("WEBP"))


def check_size(size: tuple[int, int], code: str, max_pixels: int, most: float) -> None:
    """most: pixels for which there is memory in this format. Raises PictureTooLarge."""
    pixels, limit = size[0] * size[1], min(max_pixels, most)
    if pixels <= limit:
        return
    kind = "" if limit == max_pixels else f" in this format ({formats.FORMATS[code].title})"
    raise PictureTooLarge(
        f"This picture has {ceil(pixels / 1e6)} megapixels; at most {limit / 1e6:.0f} can be read{kind}. "
        "Make it smaller, or crop it to the digit."
    )


def _most_of(code: str) -> float:
    return (formats.FORMATS[code].megapixels or 0) * 1e6


def _most_pixels(image: Image.Image, code: str, aim: Aim) -> float:
    if code == "JPEG":
        taken = _coefficient_bytes(image) if image.info.get("progressive") else 0
        return PIXEL_BYTES / taken if taken else float("inf")
    if code == "JPEG2000":
        return PIXEL_BYTES / JPEG_2000_BYTES * float(4 ** levels_to_skip(image, aim))
    if code in ("WEBP", "AVIF"):  # they keep several copies of the whole picture
        return _most_of(code)
    return PIXEL_BYTES / MODE_BYTES.get(image.mode, 4)


def _coefficient_bytes(image: Image.Image) -> float:
    """Bytes for each pixel of a progressive JPEG, whose coefficients are all in memory until its last part is read."""
    layers = getattr(image, "layer", [])  # (id, samples across, samples down, table) of each colour
    if not layers:
        return 0
    most = max(across for _, across, _, _ in layers) * max(down for _, _, down, _ in layers)
    return float(2 * sum(across * down for _, across, down, _ in layers) / (most or 1))
