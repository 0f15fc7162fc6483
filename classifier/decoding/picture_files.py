"""Decoding one picture file into a picture with its digits."""

import io
import zlib
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from classifier.errors import PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.greyscale import WORK_SIDE, to_grey
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits
from classifier.recognition.preprocessing.steps import Step

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
LARGE_FILE_PIXELS = 2_000_000  # a child that has decoded more, or has failed, is replaced
JPEG_ALLOWANCE = 3  # JPEG is decoded at reduced size, so it may have this many times the pixels

REASONS = {error.code: error for error in (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)}
TOOK_TOO_LONG = "This picture could not be read: opening it took too long or failed."
_UNREADABLE = "This file cannot be read as a picture: it seems damaged or incomplete. Save it again and retry."


@dataclass(frozen=True)
class Picture:
    """What was found in a picture file."""

    digits: list[FoundDigit]  # from left to right, at least one; boxes in px of the picture held upright
    format: str  # one of FORMATS
    width: int  # px, held upright
    height: int


def decode(data: bytes, max_pixels: int, *, one_digit: bool = False, steps: list[Step] | None = None) -> Picture:
    """Decode a file's first frame, find its digits and place each as the network wants it.

    one_digit: do not cut it into several. steps: gets the picture of each step, also when no ink is found.
    Raises UnknownPictureFormat, PictureTooLarge, UnreadablePicture or NoInk; whatever else a decoder
    raises is UnreadablePicture too.
    """
    Image.MAX_IMAGE_PIXELS = None  # our own limit comes first, with our own sentence
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if data.startswith(_SIGNATURES):
            raise UnreadablePicture(_UNREADABLE) from None
        raise UnknownPictureFormat(
            "This file is none of the picture formats that can be read: PNG, JPEG, WebP, GIF, BMP, TIFF."
        ) from None
    except Exception as error:
        raise UnreadablePicture(_UNREADABLE) from error
    width, height, name = image.width, image.height, image.format or ""
    limit = max_pixels * (JPEG_ALLOWANCE if name == "JPEG" else 1)
    if width * height > limit:
        raise PictureTooLarge(
            f"This picture has {width * height / 1e6:.0f} megapixels; at most {limit / 1e6:.0f} can be read. "
            "Make it smaller, or crop it to the digit."
        )
    try:
        if name == "PNG":
            _check_png(data)
        upright, size = _load_upright(image)
        grey = to_grey(upright)
    except MemoryError:
        raise PictureTooLarge(_TOO_MUCH_MEMORY) from None
    except Exception as error:  # a decoder raises anything
        if width * height > max_pixels:  # a huge JPEG that cannot be decoded in part: libjpeg ran out of memory
            raise PictureTooLarge(_TOO_MUCH_MEMORY) from error
        raise UnreadablePicture(_UNREADABLE) from error
    digits = find_digits(grey, one_digit=one_digit, steps=steps)
    across, down = size[0] / grey.shape[1], size[1] / grey.shape[0]
    return Picture([_enlarged(found, across, down) for found in digits], name, *size)


def _check_png(data: bytes) -> None:
    """Raise ValueError for a PNG with a wrong checksum or without its end: Pillow overlooks them while it decodes."""
    position = 8
    while True:
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        end = position + 8 + size
        if end + 4 > len(data) or zlib.crc32(data[position + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise ValueError(f"the part {kind!r} of the file is damaged or missing")
        if kind == b"IEND":
            return
        position = end + 4


def _enlarged(found: FoundDigit, across: float, down: float) -> FoundDigit:
    """The box in px of the whole picture, where a smaller copy was looked at."""
    left, top, right, bottom = found.box
    box = (int(left * across), int(top * down), round(right * across), round(bottom * down))
    return FoundDigit(found.pixels, box, found.hints)


_TOO_MUCH_MEMORY = "This picture needs too much memory to open. Make it smaller and retry."
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


def _load_upright(image: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """Decode, small as early as possible, and turn by the EXIF orientation.

    Returns the picture, and the width and height in px that the whole of it has when held upright.
    """
    size = image.size
    drafted = image.draft(None, (2 * WORK_SIDE, 2 * WORK_SIDE))  # JPEG can be decoded at 1/2, 1/4 or 1/8
    image.load()
    if drafted is None:
        size = image.size  # TIFF has turned itself
    orientation = image.getexif().get(0x0112, 1)  # after load(), which turns TIFF itself, before reduce() drops it
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    factor = max(image.size) // WORK_SIDE
    if factor > 1 and not image.mode.startswith("I;"):
        image = image.reduce(factor)
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    if turned is not None:
        image = image.transpose(Image.Transpose(turned))
    return image, size[::-1] if orientation in (5, 6, 7, 8) else size
