"""Robustness curves: the accuracy of a version on digits changed in one way, from level to level."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import Verdict
from classifier.recognition.preprocessing import pipeline

from ..metrics import Reading
from ..reading import Reader, read
from .changes import CHANGES, Change
from .pictures import Pictures


def measure_curves(reader: Reader, pictures: list[Pictures], key: str) -> dict[str, Any]:
    """Returns the curves of a version, as they are stored. key: of the pictures.

    Each change has a list of levels: level, images, accuracy, refused, unsure (shares, 0 to 1), and `right`, one bit
    for each picture, with which two versions are compared.
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
        "unsure": float(np.mean([each.verdict == Verdict.UNSURE for each in readings])),
        "right": packed(right),
    }


def packed(right: NDArray[np.bool_]) -> str:
    """Returns base64 of one bit for each picture: whether it was read correctly."""
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def unpacked(right: str, count: int) -> NDArray[np.bool_]:
    """Returns the `count` bits that `packed` wrote."""
    return np.unpackbits(np.frombuffer(base64.b64decode(right), np.uint8), count=count).astype(bool)
