"""Decoding HEIC, the format of iPhones. pillow-heif is loaded when the first such file arrives.

It is used without its plugin for Pillow, which would copy the whole picture once more.
"""

import io
from typing import Any

from PIL import Image

from classifier.decoding.limits import PIXEL_BYTES

from .aims import Aim
from .memory import check_size
from .shrinking import Box, in_bands

PHONE_BYTES, OTHER_BYTES = 5.5, 9.5  # of a pixel: the planes of the decoder, the picture in RGB, what lies between

_MODES = {"L", "LA", "RGB", "RGBA", "RGBa", "La"}


def load(data: bytes, max_pixels: int, aim: Aim) -> tuple[Image.Image, tuple[int, int]]:
    """The main picture of a file, shrunk and upright, and its whole width and height in px.

    Raises PictureTooLarge, and anything else if the file is damaged.
    """
    import pillow_heif  # 20 MB that only processes with such files need

    options = pillow_heif.options
    options.DECODE_THREADS, options.THUMBNAILS, options.DEPTH_IMAGES, options.AUX_IMAGES = 0, False, False, False
    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True, remove_stride=False)
    image = file[file.primary_index]
    is_of_phone = (image.info["bit_depth"], image.info.get("chroma"), image.mode) == (8, 420, "RGB")
    taken = PHONE_BYTES if is_of_phone else OTHER_BYTES
    check_size(image.size, "HEIF", max_pixels, PIXEL_BYTES / taken)
    return _shrunk(image, aim), image.size


def _shrunk(image: Any, aim: Aim) -> Image.Image:
    """image: a pillow_heif.HeifImage, which has no types."""
    mode, pixels = image.mode, memoryview(image.data)

    def cut(box: Box) -> Image.Image:
        left, top, right, bottom = box
        rows = bytes(pixels[top * image.stride : bottom * image.stride])
        return Image.frombuffer(mode, (right - left, bottom - top), rows, "raw", mode, image.stride, 1)

    if mode not in _MODES:
        raise ValueError(f"pictures of mode {mode} are not known")
    shrunk = in_bands(image.size, cut, aim)
    return shrunk.convert(mode.upper()) if mode in ("RGBa", "La") else shrunk
