"""How a decoded picture crosses the socket: one line of JSON, then the pixels of its digits, 784 bytes each."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.preprocessing.pipeline import FoundDigit

from .pictures import Picture

PIXELS = SIDE * SIDE  # bytes of a digit


def describe(picture: Picture) -> tuple[dict[str, Any], bytes]:
    """Returns the JSON object and the pixels that follow it."""
    header = {
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "turned": picture.turned,
        "digits": [{"box": digit.box, "hints": digit.hints} for digit in picture.digits],
    }
    return header, b"".join(digit.pixels.tobytes() for digit in picture.digits)


def pixel_count(header: dict[str, Any]) -> int:
    """The number of bytes of digits that follow a JSON object."""
    return PIXELS * len(header.get("digits", []))


def restore(header: dict[str, Any], pixels: bytes) -> Picture:
    """The inverse of `describe`."""
    images = np.frombuffer(pixels, np.uint8).reshape(-1, SIDE, SIDE)
    digits = []
    for image, each in zip(images, header["digits"], strict=True):
        left, top, right, bottom = each["box"]
        digits.append(FoundDigit(image, (left, top, right, bottom), each["hints"]))
    return Picture(digits, header["format"], header["width"], header["height"], header["turned"])
