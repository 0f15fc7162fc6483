"""Small PNGs of drawings and of the network's input."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .preprocessing.framing import SIDE


def to_png(picture: NDArray[np.uint8]) -> bytes:
    """A PNG of any picture. picture: shape (height, width) grey or (height, width, 3) RGB."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def data_uri(picture: NDArray[np.uint8]) -> str:
    """A small picture as a `data:` URI, which is smaller than a request for it. picture: as in `to_png`."""
    return "data:image/png;base64," + base64.b64encode(to_png(picture)).decode()


def input_png(pixels: bytes | memoryview | NDArray[np.uint8]) -> bytes:
    """The network's 784 bytes as a 28×28 PNG, white on black as MNIST is shown."""
    return to_png(_square(pixels))


def input_data_uri(pixels: bytes | memoryview | NDArray[np.uint8]) -> str:
    """The network's 784 bytes as a `data:` URI."""
    return data_uri(_square(pixels))


def _square(pixels: bytes | memoryview | NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)


def drawing_png(ink: NDArray[np.uint8]) -> bytes:
    """A rendered drawing, black on white. ink: shape (height, width), 0 background to 255 ink."""
    return to_png(255 - ink)
