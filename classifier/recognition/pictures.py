"""Small PNGs of what the network was given and what was drawn."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .preprocessing.framing import SIDE


def to_png(ink: NDArray[np.uint8]) -> bytes:
    """ink: shape (height, width), 0 ground to 255 ink; drawn white on black, as MNIST is shown."""
    file = io.BytesIO()
    Image.fromarray(ink).save(file, "PNG", compress_level=1)
    return file.getvalue()


def input_png(pixels: bytes | memoryview | NDArray[np.uint8]) -> bytes:
    """The network's 784 bytes as a 28×28 PNG."""
    return to_png(np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE))


def input_data_uri(pixels: bytes | memoryview | NDArray[np.uint8]) -> str:
    """The same inside the page: smaller than the request for it would be."""
    return data_uri(np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE))


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Any small picture inside the page; shape (height, width) grey or (height, width, 3) RGB."""
    return "data:image/png;base64," + base64.b64encode(to_png(picture)).decode()


def drawing_png(ink: NDArray[np.uint8]) -> bytes:
    """A rendered drawing as ink on paper: black on white. ink: shape (height, width), 0 ground to 255 ink."""
    return to_png(255 - ink)
