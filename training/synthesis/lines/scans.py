"""Digits that people wrote, such as MNIST's, from which a line takes those of one hand: alike in slant and pen.

A line takes their pictures, or the strokes recovered from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from training.synthesis.cache import Part, write_arrays
from training.synthesis.curves import Path

from .tracing import trace_digit

Rng = np.random.Generator
HAND = 0.08  # share of a digit's images that one hand may have written


@dataclass(frozen=True)
class Scan:
    """A digit, cropped to its ink."""

    ink: NDArray[np.uint8]  # (height, width), 0 background to 255 ink

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """The places of its ink, in heights of the digit about its centre, (n, 2)."""
        height, width = self.ink.shape
        rows, columns = np.nonzero(self.ink > 64)
        longest = max(height, 0.6 * width)  # a flat scrawl is not blown up
        return np.asarray(np.column_stack([columns + 0.5 - width / 2, rows + 0.5 - height / 2]) / longest)

    @property
    def height(self) -> float:
        """Its height in the unit of `points`."""
        height, width = self.ink.shape
        return float(height / max(height, 0.6 * width))


class Scans:
    """Digits by their label, each ordered by slant."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        """images: (n, 28, 28); labels: (n,), 0 to 9."""
        slants = _slants(images)
        self._of_digit: list[NDArray[np.uint8]] = []
        self._traced: dict[tuple[int, int], list[Path]] = {}
        for digit in range(10):
            numbers = np.flatnonzero(labels == digit)
            self._of_digit.append(images[numbers[np.argsort(slants[numbers], kind="stable")]])

    def kin(self, rng: Rng) -> Kin:
        """The digits of one hand, drawn at random."""
        return Kin(self._of_digit, self._traced, rng)


@dataclass(frozen=True)
class Kin:
    """Digits of about the same slant."""

    of_digit: list[NDArray[np.uint8]]
    traced: dict[tuple[int, int], list[Path]]  # by digit and number; the strokes recovered so far, shared by all kin
    rng: Rng

    @cached_property
    def _place(self) -> float:
        return float(self.rng.random())

    def digit(self, digit: int) -> Scan:
        """The picture of a digit."""
        image = self.of_digit[digit][self._number(digit)]
        rows, columns = np.flatnonzero(image.max(1) > 32), np.flatnonzero(image.max(0) > 32)
        return Scan(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])

    def strokes(self, digit: int) -> list[Path]:
        """The strokes recovered from a picture of a digit, see `trace_digit`."""
        key = digit, self._number(digit)
        if key not in self.traced:
            self.traced[key] = trace_digit(self.of_digit[digit][key[1]], digit)
        return self.traced[key]

    def _number(self, digit: int) -> int:
        # Folded back at both ends: cut off there, one digit in sixteen would be one of the two most slanted.
        place = 1 - abs(1 - abs(self._place + self.rng.normal(0, HAND)))
        return int(place * (len(self.of_digit[digit]) - 1))


def named(scans: str) -> str:
    """The name of a source of digits as a part of a folder's name."""
    return scans.lower().replace(" ", "-")


def write_scans(path: FilePath, digits: Part) -> None:
    """Writes digits into a file from which other processes read them. Raises OSError if the disk is full."""
    write_arrays(path, images=digits[0], labels=digits[1])


@lru_cache(maxsize=1)
def read_scans(path: FilePath) -> Scans:
    """The digits of a file that `write_scans` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return Scans(file["images"], file["labels"])


def _slants(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How far each digit leans, from its second moments, (n,)."""
    y, x = np.mgrid[: images.shape[1], : images.shape[2]].astype(float)
    slants = np.empty(len(images))
    for number, image in enumerate(images.astype(float)):
        mass = image.sum()
        x_mean, y_mean = (image * x).sum() / mass, (image * y).sum() / mass
        across = (image * (x - x_mean) * (y - y_mean)).sum()
        down = (image * (y - y_mean) ** 2).sum()
        slants[number] = across / down
    return slants
