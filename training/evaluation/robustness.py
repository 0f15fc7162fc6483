"""How well a version reads digits that are moved, scaled, turned, drawn with another pen, faint, noisy, blurred,
squeezed by JPEG or light on dark: the pictures for it, made once, and the curves.

The digits are the drawings that ship, and MNIST's first test images where they are on this machine. Each is changed
in one way at a time and passes the steps that everybody's pictures pass, so preprocessing counts. What the network
is given then does not depend on the version: it is kept in DATA_DIR until preprocessing or the digits change.
"""

import base64
import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.preprocessing import pipeline

from .metrics import Reading
from .reading import Reader, read
from .robustness_pictures import CHANGES, Change, Pictures

log = logging.getLogger(__name__)


def measure_curves(reader: Reader, pictures: list[Pictures], key: str) -> dict[str, Any]:
    """The card of a version, as it is kept. key: of the pictures.

    Of each change a list of levels: level, images, accuracy, refused, unsure (shares), and `right`, a bit for each
    picture, by which two versions are compared.
    """
    curves = {change.name: list(_curve(reader, pictures, change)) for change in CHANGES}
    digits = sum(len(each.labels) for each in pictures)
    return {"preprocessing": pipeline.VERSION, "pictures": key, "digits": digits, "curves": curves}


def _curve(reader: Reader, pictures: list[Pictures], change: Change) -> Iterator[dict[str, Any]]:
    for level in change.levels:
        readings = read(reader, [each for source in pictures for each in source.at(change.name, level)])
        if readings:
            yield {"level": level} | level_figures(readings)


def level_figures(readings: list[Reading]) -> dict[str, Any]:
    right = np.array([each.is_right for each in readings], bool)
    return {
        "images": len(readings),
        "accuracy": float(right.mean()),
        "refused": float(np.mean([not each.is_answer for each in readings])),
        "unsure": float(np.mean([each.verdict == "unsure" for each in readings])),
        "right": packed(right),
    }


def packed(right: NDArray[np.bool_]) -> str:
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def unpacked(right: str, count: int) -> NDArray[np.bool_]:
    return np.unpackbits(np.frombuffer(base64.b64decode(right), np.uint8), count=count).astype(bool)
