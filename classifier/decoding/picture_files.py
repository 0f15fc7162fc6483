"""Decoding one picture file into a picture with its digits."""

import io
import zlib
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, UnidentifiedImageError

from classifier.errors import PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.greyscale import WORK_SIDE, to_grey
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits
from classifier.recognition.preprocessing.steps import Step

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
JPEG_ALLOWANCE = 3  # JPEG is decoded at reduced size, so it may have this many times the pixels

REASONS = {error.code: error for error in (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)}
TOOK_TOO_LONG = "This picture could not be read: opening it took too long or failed."
_UNREADABLE = "This file cannot be read as a picture: it seems damaged or incomplete. Save it again and retry."
_TOO_MUCH_MEMORY = "Opening this picture takes too much memory. Make it smaller and retry."
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


@dataclass(frozen=True)
class Picture:
    """A decoded picture file."""

    digits: list[FoundDigit]  # from left to right, at least one; boxes in px of the upright picture
    format: str  # of FORMATS
    width: int  # px, upright
    height: int
    turned: int = 0  # degrees clockwise by which it was turned to find the digits: 0, 90, 180 or 270


def decode(
    data: bytes, max_pixels: int, *, one_digit: bool = False, turned: int = 0, steps: list[Step] | None = None
) -> Picture:
    """Decodes a file's first frame, finds its digits and frames each for the network.

    one_digit: never split the picture into several digits. turned: see Picture. steps: receives the picture of each
    step, also when there is no ink. Raises UnknownPictureFormat, PictureTooLarge, UnreadablePicture or NoInk, and
    nothing else.
    """
    image = _open(data)
    name = image.format or ""
    limit = max_pixels * (JPEG_ALLOWANCE if name == "JPEG" else 1)
    pixels = image.width * image.height
    if pixels > limit:
        raise PictureTooLarge(
            f"This picture has {pixels / 1e6:.0f} megapixels; at most {limit / 1e6:.0f} can be read. "
            "Make it smaller, or crop it to the digit."
        )
    try:
        if name == "PNG":
            _check_png(data)
        grey, size = _load_grey(image)
    except MemoryError:
        raise PictureTooLarge(_TOO_MUCH_MEMORY) from None
    except Exception as error:  # a decoder may raise anything
        if pixels > max_pixels:  # a huge JPEG that cannot be decoded in part: libjpeg ran out of memory
            raise PictureTooLarge(_TOO_MUCH_MEMORY) from error
        raise UnreadablePicture(_UNREADABLE) from error
    digits = find_digits(np.rot90(grey, -turned // 90), one_digit=one_digit, steps=steps)
    upright = [_turned_back(digit, turned, *grey.shape) for digit in digits]
    across, down = size[0] / grey.shape[1], size[1] / grey.shape[0]
    return Picture([_enlarged(digit, across, down) for digit in upright], name, *size, turned)


def _open(data: bytes) -> Image.Image:
    """Reads the header. Raises UnknownPictureFormat or UnreadablePicture."""
    Image.MAX_IMAGE_PIXELS = None  # decode() has a limit of its own, with its own sentence
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if data.startswith(_SIGNATURES):
            raise UnreadablePicture(_UNREADABLE) from None
        raise UnknownPictureFormat(
            "This file has none of the picture formats that can be read: PNG, JPEG, WebP, GIF, BMP, TIFF."
        ) from None
    except Exception as error:
        raise UnreadablePicture(_UNREADABLE) from error


def _check_png(data: bytes) -> None:
    """Raises ValueError for a PNG with a wrong checksum or without its end, which Pillow overlooks."""
    position = 8
    while True:
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        end = position + 8 + size
        if end + 4 > len(data) or zlib.crc32(data[position + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise ValueError(f"the part {kind!r} of the file is damaged or missing")
        if kind == b"IEND":
            return
        position = end + 4


def _load_grey(image: Image.Image) -> tuple[Grey, tuple[int, int]]:
    """Decodes an image, reduced as early as possible, and turns it by its EXIF orientation.

    Returns the picture in grey, and the width and height in px of the whole upright picture.
    """
    size = image.size
    drafted = image.draft(None, (2 * WORK_SIDE, 2 * WORK_SIDE))  # JPEG can be decoded at 1/2, 1/4 or 1/8
    image.load()
    if drafted is None:
        size = image.size  # load() has already turned a TIFF
    orientation = image.getexif().get(0x0112, 1)  # read after load() and before reduce(), which drops it
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    factor = max(image.size) // WORK_SIDE
    if factor > 1 and not image.mode.startswith("I;"):
        image = image.reduce(factor)
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    if turned is not None:
        image = image.transpose(Image.Transpose(turned))
    return to_grey(image), size[::-1] if orientation in (5, 6, 7, 8) else size


def _turned_back(digit: FoundDigit, turned: int, height: int, width: int) -> FoundDigit:
    """The digit with its box in px of the upright picture. height, width: of that picture."""
    left, top, right, bottom = digit.box
    boxes = {
        0: digit.box,
        90: (top, height - right, bottom, height - left),
        180: (width - right, height - bottom, width - left, height - top),
        270: (width - bottom, left, width - top, right),
    }
    return replace(digit, box=boxes[turned])


def _enlarged(digit: FoundDigit, across: float, down: float) -> FoundDigit:
    """The digit with its box in px of the whole picture, where the pipeline received a smaller copy."""
    left, top, right, bottom = digit.box
    return replace(digit, box=(int(left * across), int(top * down), round(right * across), round(bottom * down)))
