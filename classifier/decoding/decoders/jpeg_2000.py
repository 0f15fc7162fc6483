"""JPEG 2000 can be decoded at 1/2, 1/4 … of its size, as often as its encoder has halved the picture.

Source: ISO/IEC 15444-1, annex A.
"""

from typing import cast

from PIL import Image, Jpeg2KImagePlugin

from .aims import Aim

_START, _COD, _SOT = b"\xff\x4f\xff\x51", 0xFF52, 0xFF90
_LEVELS = 7  # bytes after the marker's length: style, order, two of layers, transform, and then the levels


def levels_to_skip(image: Image.Image, aim: Aim) -> int:
    """How often the picture may be halved so that its longer side keeps what is wanted."""
    levels = _levels(cast(Jpeg2KImagePlugin.Jpeg2KImageFile, image))
    skipped = 0
    while skipped < levels and max(image.size) >> (skipped + 1) >= aim.decoded:
        skipped += 1
    return skipped


def _levels(image: Jpeg2KImagePlugin.Jpeg2KImageFile) -> int:
    """How often the encoder has halved the picture; 0 if the file does not say."""
    file = image.fp
    if file is None:
        return 0
    before = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(before)
    at = data.find(_START)
    position = at + 2  # after the marker that starts the codestream
    while at >= 0 and position + 4 < len(data):
        marker, length = (int.from_bytes(data[start : start + 2]) for start in (position, position + 2))
        if marker == _COD:
            return min(data[position + 2 + _LEVELS : position + 3 + _LEVELS] or b"\0")
        if marker == _SOT:
            break
        position += 2 + max(length, 2)
    return 0
