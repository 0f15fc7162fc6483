"""Whether the printed words of a reference are on a page: forms of one kind often differ in nothing else."""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
PRINTED = 40  # darkness
RULE = 31  # px: a straight line that is longer belongs to no word
JOINED = 9, 1
SIZES = 5, 60  # px: height of a word
WIDEST = 120  # px: longer lines of words are divided
LEAST = 60  # px of a word that counts
COMPARED = 3  # words at least
SMOOTH = 0.8  # standard deviation of a blur, px
SHIFTS = -2, 0, 2  # px: a sheet of paper is not quite flat
FOUND = 0.6  # least correlation
PLENTY = 0.8  # share of the words, from which on shifts are not tried


class Words:
    """The words of a reference."""

    def __init__(self, dark: Grey) -> None:
        """dark: darkness of the reference, about 100 dpi."""
        printed = (dark > PRINTED).astype(np.uint8)
        for side in ((RULE, 1), (1, RULE)):
            rules = cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones(side, np.uint8))
            printed[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
        joined = cv2.dilate(printed, np.ones(JOINED[::-1], np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
        is_word = (stats[:, cv2.CC_STAT_HEIGHT] >= SIZES[0]) & (stats[:, cv2.CC_STAT_HEIGHT] <= SIZES[1])
        is_word &= stats[:, cv2.CC_STAT_AREA] >= LEAST
        is_word[0] = False
        self._rows, self._columns = np.nonzero(is_word[labels])
        parts = labels[self._rows, self._columns] * (dark.shape[1] // WIDEST + 1) + self._columns // WIDEST
        _, self._word = np.unique(parts, return_inverse=True)
        self._printing = _smooth(dark)[self._rows, self._columns]
        self.count = int(self._word.max()) + 1 if len(self._word) else 0
        self._area = self._sums(np.ones_like(self._printing))

    def found(self, page: Grey, visible: Grey) -> float | None:
        """The share of the words that are on the page; None if too few can be compared.

        page: darkness, laid straight, the shape of the reference; visible: 1 where it is in the picture, else 0.
        """
        if self.count == 0:
            return None
        is_visible = self._sums(visible[self._rows, self._columns].astype(np.float32)) >= self._area
        counts = (self._area >= LEAST) & is_visible
        if int(counts.sum()) < COMPARED:
            return None
        seen = _smooth(page)
        best = np.full(self.count, -1.0)
        share = 0.0
        for down, across in sorted(product(SHIFTS, SHIFTS), key=lambda shift: abs(shift[0]) + abs(shift[1])):
            np.maximum(best, self._correlation(seen, down, across), out=best)
            share = float((best[counts] > FOUND).mean())
            if share > PLENTY:
                break
        return share

    def _correlation(self, seen: NDArray[np.float32], down: int, across: int) -> NDArray[np.float64]:
        """Of each word, with the page moved."""
        rows = np.clip(self._rows + down, 0, seen.shape[0] - 1)
        columns = np.clip(self._columns + across, 0, seen.shape[1] - 1)
        page, printing, area = seen[rows, columns], self._printing, self._area
        mean_page, mean_printing = self._sums(page) / area, self._sums(printing) / area
        together = self._sums(page * printing) / area - mean_page * mean_printing
        spread_page = self._sums(page * page) / area - mean_page**2
        spread_printing = self._sums(printing * printing) / area - mean_printing**2
        return np.asarray(together / np.sqrt(np.maximum(spread_page * spread_printing, 1.0)))

    def _sums(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(self._word, values, self.count))


def _smooth(dark: Grey) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(dark.astype(np.float32), (0, 0), SMOOTH), np.float32)
