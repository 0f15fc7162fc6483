"""How a decoded picture crosses the socket: one line of JSON, then the pixels: of its digits and rows, or of a page."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from classifier.recognition.lines.rows import Row
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.preprocessing.pipeline import FoundDigit

from .pictures import Picture

PIXELS = SIDE * SIDE  # bytes of a digit
OF_ROW = ("top", "bottom", "left_px", "top_px", "zoom", "side_px", "hints", "noise")  # fields beside the ink


def describe(picture: Picture) -> tuple[dict[str, Any], bytes]:
    """Returns the JSON object and the pixels that follow it: of the digits, of the whole and of the rows."""
    digits = [*picture.digits, *([picture.whole] if picture.whole else [])]
    header = {
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "turned": picture.turned,
        "digits": [{"box": digit.box, "hints": digit.hints} for digit in digits],
        "has_whole": picture.whole is not None,
        "rows": [describe_row(row) for row in picture.rows],
    }
    return header, b"".join([digit.pixels.tobytes() for digit in digits] + [row.ink.tobytes() for row in picture.rows])


def describe_row(row: Row) -> dict[str, Any]:
    """A row of a picture without its ink, as JSON."""
    return {"shape": list(row.ink.shape)} | {name: getattr(row, name) for name in OF_ROW}


def describe_page(grey: Grey) -> tuple[dict[str, Any], bytes]:
    """Returns the JSON object of a whole page and its pixels."""
    return {"shape": list(grey.shape)}, grey.tobytes()


def restore_page(header: dict[str, Any], pixels: bytes) -> Grey:
    """The inverse of `describe_page`."""
    return np.frombuffer(pixels, np.uint8).reshape(header["shape"])


def restore_row(described: dict[str, Any], ink: bytes) -> Row:
    """The inverse of `describe_row`."""
    pixels = np.frombuffer(ink, np.uint8).reshape(described["shape"])
    return Row(pixels, **{name: described[name] for name in OF_ROW})


def pixel_count(header: dict[str, Any]) -> int:
    """The number of bytes of digits and rows, or of a page, that follow a JSON object."""
    of_rows: int = sum(math.prod(row["shape"]) for row in header.get("rows", []))
    of_page: int = math.prod(header.get("shape", [0]))
    return PIXELS * len(header.get("digits", [])) + of_rows + of_page


def restore(header: dict[str, Any], pixels: bytes) -> Picture:
    """The inverse of `describe`."""
    start = PIXELS * len(header["digits"])
    images = np.frombuffer(pixels[:start], np.uint8).reshape(-1, SIDE, SIDE)
    digits = []
    for image, each in zip(images, header["digits"], strict=True):
        left, top, right, bottom = each["box"]
        digits.append(FoundDigit(image, (left, top, right, bottom), each["hints"]))
    whole = digits.pop() if header["has_whole"] else None
    rows = []
    for each in header["rows"]:
        end = start + math.prod(each["shape"])
        rows.append(restore_row(each, pixels[start:end]))
        start = end
    size = header["width"], header["height"]
    return Picture(digits, header["format"], *size, header["turned"], rows, whole)
