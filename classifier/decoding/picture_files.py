"""Decoding one picture file, or one page of it, into a picture with its digits.

Only the decoding server imports it, so no other process loads a decoder.
"""

import io
import zlib
from dataclasses import replace

import numpy as np
from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from classifier.archives.members import StoredMember
from classifier.errors import PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.screening import is_plainly_one, rows_to_read
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits
from classifier.recognition.preprocessing.steps import Step

from . import formats
from .decoders import aims, heif, memory, pages, pdf, shrinking
from .limits import WHOLE_PAGE_SIDE
from .pictures import ERRORS, Picture

Source = bytes | StoredMember  # the content of a file, or a PDF in an archive

PILLOW_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "JPEG2000", "TIFF")
SAME = {"MPO": "JPEG"}  # Pillow's name for a JPEG with further pictures behind the first one

_UNREADABLE = "This file cannot be read as a picture: it seems damaged or incomplete. Save it again and retry."
_UNKNOWN = f"This file is not a picture that the site can read. It reads {formats.titles()}."
_ARCHIVE = "This is a ZIP file. Send it as a batch: then every picture in it is read."
_TOO_MUCH_MEMORY = "Opening this picture takes too much memory. Make it smaller and retry."
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF", b"\xff\x4f\xff\x51")
_BOXES = (b"ftypavif", b"ftypavis", b"jP  \r\n\x87\n")  # after the four bytes of their length

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread takes memory of its own
Image.MAX_IMAGE_PIXELS = None  # `memory` has limits of its own, with their own sentences


def decode(
    data: Source,
    max_pixels: int,
    *,
    page: int | None = None,
    one_digit: bool = False,
    turned: int = 0,
    steps: list[Step] | None = None,
) -> Picture:
    """Decodes a file, finds its digits and frames each for the network.

    page: of a file with several pages, from 1; None if one picture is expected. Of an animation the first frame counts.
    one_digit: never split the picture into several digits. turned: see Picture. steps: receives the picture of each
    step, also when there is no ink. Raises UnknownPictureFormat, PictureTooLarge, SeveralPages, UnreadablePicture or
    NoInk, and nothing else.
    """
    code, grey, size = _read(data, max_pixels, page, aims.DIGITS)
    digits = find_digits(np.rot90(grey, -turned // 90), one_digit=one_digit, steps=steps)
    upright = [_turned_back(digit, turned, *grey.shape) for digit in digits]
    across, down = size[0] / grey.shape[1], size[1] / grey.shape[0]
    picture = Picture([_enlarged(digit, across, down) for digit in upright], code, *size, turned)
    if one_digit or turned or is_plainly_one(digits):
        return picture
    rows, whole = rows_to_read(grey)
    if whole is None:
        return picture
    return replace(
        picture, rows=[_enlarged_row(row, across, down) for row in rows], whole=_enlarged(whole, across, down)
    )


def decode_page(data: Source, max_pixels: int, page: int | None) -> tuple[Grey, tuple[int, int]]:
    """The picture of a page in grey, upright, its longer side at most WHOLE_PAGE_SIDE px, and its whole size in px.

    page: as of `decode`, which raises the same errors except NoInk.
    """
    _, grey, size = _read(data, max_pixels, page, aims.WHOLE_PAGES)
    if max(grey.shape) > WHOLE_PAGE_SIDE:
        image = Image.fromarray(grey)
        image.thumbnail((WHOLE_PAGE_SIDE, WHOLE_PAGE_SIDE), Image.Resampling.HAMMING)
        grey = np.asarray(image)
    return grey, size


def count_pages(data: Source) -> int:
    """The number of pages of a file; 1 for a file that cannot be read, or with more than PAGES_AT_MOST."""
    try:
        if not isinstance(data, bytes) or formats.is_pdf(data):
            return pdf.count(data)
        image = _open(data)
        return pages.counted(len(pages.of_tiff(image))) if image.format == "TIFF" else 1
    except Exception:  # a decoder may raise anything; `decode` finds the reason
        return 1


def _read(data: Source, max_pixels: int, page: int | None, aim: aims.Aim) -> tuple[str, Grey, tuple[int, int]]:
    """The format, the picture in grey, and the width and height in px of the whole upright picture.

    Raises UnknownPictureFormat, PictureTooLarge, SeveralPages or UnreadablePicture, and nothing else.
    """
    try:
        return _read_any(data, max_pixels, page, aim)
    except MemoryError:
        raise PictureTooLarge(_TOO_MUCH_MEMORY) from None
    except ERRORS:
        raise
    except Exception as error:  # a decoder may raise anything
        if "memory" in str(error).lower():
            raise PictureTooLarge(_TOO_MUCH_MEMORY) from error
        raise UnreadablePicture(_UNREADABLE) from error


def _read_any(data: Source, max_pixels: int, page: int | None, aim: aims.Aim) -> tuple[str, Grey, tuple[int, int]]:
    if not isinstance(data, bytes) or formats.is_pdf(data):
        drawn = pdf.draw(data, page, aim)
        return "PDF", to_grey(drawn), drawn.size
    if formats.is_heif(data):
        shrunk, size = heif.load(data, max_pixels, aim)
        return "HEIF", to_grey(shrunk), size
    if formats.is_webp(data):
        memory.check_webp(data, max_pixels)
    image = _open(data)
    code = SAME.get(image.format or "", image.format or "")
    if code == "TIFF":
        image.seek(pages.choose(pages.of_tiff(image), page))
    memory.check(image, code, max_pixels, aim)
    if code == "PNG":
        _check_png(data)
    grey, size = _load_grey(image, aim)
    return code, grey, size


def _open(data: bytes) -> Image.Image:
    """Reads the header. Raises UnknownPictureFormat or UnreadablePicture."""
    try:
        return Image.open(io.BytesIO(data), formats=PILLOW_FORMATS)
    except UnidentifiedImageError:
        if data.startswith(_SIGNATURES) or data[4:12] in _BOXES:
            raise UnreadablePicture(_UNREADABLE) from None
        raise UnknownPictureFormat(_ARCHIVE if _is_zip(data) else _UNKNOWN) from None


def _is_zip(data: bytes) -> bool:
    """Whether it is a ZIP file, but not a document of an office program, which is packed as one."""
    return data.startswith(b"PK\x03\x04") and not any(mark in data[:4096] for mark in (b"[Content_Types]", b"mimetype"))


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


def _load_grey(image: Image.Image, aim: aims.Aim) -> tuple[Grey, tuple[int, int]]:
    """Decodes an image, reduced as early as possible, and turns it by its EXIF orientation.

    Returns the picture in grey, and the width and height in px of the whole upright picture.
    """
    size = shrinking.decode_small(image, aim)
    orientation = image.getexif().get(0x0112, 1)  # read after load() and before it is shrunk, which drops it
    shrunk = shrinking.shrink(image, aim)
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    if turned is not None:
        shrunk = shrunk.transpose(Image.Transpose(turned))
    return to_grey(shrunk), size[::-1] if orientation in (5, 6, 7, 8) else size


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


def _enlarged_row(row: Row, across: float, down: float) -> Row:
    """The row with its place in px of the whole picture."""
    return replace(
        row,
        left_px=row.left_px * across,
        top_px=row.top_px * down,
        zoom=row.zoom * across,
        side_px=row.side_px * max(across, down),
    )
