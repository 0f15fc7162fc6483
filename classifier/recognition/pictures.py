"""Small PNGs of drawings and of the network's input."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .preprocessing.framing import SIDE

Pixels = bytes | memoryview | NDArray[np.uint8]
Box = Sequence[int]  # left, top, right, bottom
WIDEST, HIGHEST = 320, 96  # pixels of the picture of a number


def to_png(picture: NDArray[np.uint8]) -> bytes:
    """A PNG of any picture. picture: shape (height, width) grey or (height, width, 3) RGB."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def data_uri(picture: NDArray[np.uint8]) -> str:
    """A small picture as a `data:` URI, which is smaller than a request for it. picture: as in `to_png`."""
    return "data:image/png;base64," + base64.b64encode(to_png(picture)).decode()


def input_png(pixels: Pixels) -> bytes:
    """The network's 784 bytes as a 28×28 PNG, white on black as MNIST is shown."""
    return to_png(_square(pixels))


def input_data_uri(pixels: Pixels) -> str:
    """The network's 784 bytes as a `data:` URI."""
    return data_uri(_square(pixels))


def number_data_uri(digits: Sequence[tuple[Pixels, Box]]) -> str:
    """The digits of a number at their places, as a small `data:` URI. Each: its 784 bytes, its box in the drawing."""
    lefts, tops, rights, bottoms = zip(*(box for _, box in digits), strict=True)
    width, height = max(rights) - min(lefts), max(bottoms) - min(tops)
    scale = min(WIDEST / max(width, 1), HIGHEST / max(height, 1))
    canvas = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    for pixels, (left, top, right, bottom) in digits:
        square = _square(pixels)
        rows, columns = np.flatnonzero(square.any(1)), np.flatnonzero(square.any(0))
        if not len(rows):
            continue
        ink = Image.fromarray(square[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
        x, y = round((left - min(lefts)) * scale), round((top - min(tops)) * scale)
        place = canvas[y : y + size[1], x : x + size[0]]  # rounding may leave less than the size
        np.maximum(place, np.asarray(ink.resize(size))[: place.shape[0], : place.shape[1]], out=place)
    return data_uri(canvas)


def _square(pixels: Pixels) -> NDArray[np.uint8]:
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)


def drawing_png(ink: NDArray[np.uint8]) -> bytes:
    """A rendered drawing, black on white. ink: shape (height, width), 0 background to 255 ink."""
    return to_png(255 - ink)
