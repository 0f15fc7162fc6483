"""How well the printing of a reference is found again on a page that lies straight."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
TILE = 64  # px
AROUND = 7  # px: the paper beside the printing is compared as well
PRINTED = 50  # darkness
LEAST = 40  # px of printing in a tile that counts
VISIBLE = 0.8  # share of a tile that must be in the picture


@dataclass(frozen=True)
class Agreement:
    """The correlation of reference and page at the printing, over the page and in each tile that has printing."""

    whole: float  # -1 to 1
    tiles: NDArray[np.float64]  # (n,), -1 to 1, of tiles that are in the picture
    visible: float  # share of the tiles with printing that are in the picture


class Printing:
    """The printing of a reference."""

    def __init__(self, dark: Grey, tile: int = TILE, smooth: float = 1.5, printed: int = PRINTED) -> None:
        """dark: darkness of the reference. tile: px. smooth: standard deviation of a blur, px."""
        self._tile, self._sigma = tile, smooth
        around = 2 * round(AROUND * smooth / 1.5) + 1
        mask = cv2.dilate((dark > printed).astype(np.uint8), np.ones((around, around), np.uint8))
        self._mask = mask.astype(np.float32)
        self._printing = self._smooth(dark)
        self._count = self._sums((dark > printed).astype(np.float32))

    def agreement(self, page: Grey, visible: Grey) -> Agreement:
        """page: darkness, laid straight, the shape of the reference; visible: 1 where it is in the picture, else 0."""
        seen, mask = self._smooth(page), self._mask * visible
        printing = self._printing
        area = self._sums(mask)
        sums = [self._sums(mask * each) for each in (printing, seen, printing**2, seen**2, printing * seen)]
        has_printing = self._count >= LEAST
        is_visible = self._sums(visible.astype(np.float32)) >= VISIBLE * self._sums(np.ones_like(mask))
        counts = has_printing & is_visible
        tiles = _correlation(area, *sums)[counts]
        whole = float(_correlation(*(np.array([each[counts].sum()]) for each in (area, *sums)))[0])
        return Agreement(whole, tiles, float(counts.sum() / max(1, has_printing.sum())))

    def _smooth(self, dark: Grey) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(dark.astype(np.float32), (0, 0), self._sigma), np.float32)

    def _sums(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of each tile."""
        down, across = (max(1, side // self._tile) for side in values.shape)
        whole = values[: down * self._tile, : across * self._tile]
        means = cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA)
        return np.asarray(means, np.float64) * (whole.size / means.size)


def _correlation(
    area: NDArray[np.float64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    first_squared: NDArray[np.float64],
    second_squared: NDArray[np.float64],
    product: NDArray[np.float64],
) -> NDArray[np.float64]:
    area = np.maximum(area, 1)
    spread = (first_squared - first**2 / area) * (second_squared - second**2 / area)
    together = product - first * second / area
    return np.asarray(np.clip(together / np.sqrt(np.maximum(spread, 1e-6)), -1, 1))  # rounding may lead beyond
