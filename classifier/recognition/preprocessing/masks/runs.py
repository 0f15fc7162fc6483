"""A mask as horizontal runs of ink, and which of them are connected."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Mask


@dataclass(frozen=True)
class Runs:
    """The n horizontal runs of a mask, row by row from the left."""

    row: NDArray[np.intp]  # (n,)
    left: NDArray[np.intp]  # (n,)
    right: NDArray[np.intp]  # (n,), exclusive

    @classmethod
    def of(cls, mask: Mask) -> "Runs":
        """mask: shape (height, width)."""
        height, width = mask.shape
        padded = np.zeros((height, width + 2), bool)
        padded[:, 1:-1] = mask
        flat = padded.ravel()
        turns = np.flatnonzero(flat[1:] != flat[:-1])  # starts and ends alternate: every row ends in background
        starts, ends = turns[::2], turns[1::2]
        row, left = np.divmod(starts, width + 2)
        return cls(row, left, left + ends - starts)

    def labels(self) -> NDArray[np.intp]:
        """The number of each run's connected component, from 0, shape (n,).

        Runs are connected when they touch, also at a corner. Components are numbered by their first run.
        Source: Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982, applied to runs.
        """
        first, counts = self._above()
        if np.count_nonzero(counts) + 1 >= len(counts):  # every run but the first has one above
            return np.zeros(len(counts), int)
        itself = np.arange(len(counts))
        parent = np.where(counts > 0, first, itself)
        for _ in range(int(self.row[-1] - self.row[0]).bit_length()):  # from parent to root
            parent = parent[parent]
        further = np.maximum(counts - 1, 0)  # few runs touch more than one above
        below = np.repeat(itself, further)
        above = np.repeat(first + 1 + further - np.cumsum(further), further) + np.arange(len(below))
        while True:
            root, other = parent[below], parent[above]
            apart = root != other
            if not apart.any():
                break
            below, above, root, other = below[apart], above[apart], root[apart], other[apart]
            parent[np.maximum(root, other)] = np.minimum(root, other)
            while True:
                further = parent[parent]
                if (further == parent).all():
                    break
                parent = further
        numbers: NDArray[np.intp] = np.cumsum(parent == itself) - 1  # of the first run of each component
        return numbers[parent]

    def _above(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The first run in the row above that touches each run, and the number of such runs, both (n,)."""
        line = int(self.right.max(initial=0)) + 2
        start = self.row * line
        first = np.searchsorted(start + self.right, start + (self.left - line), "left")
        last = np.searchsorted(start + self.left, start + (self.right - line), "right")
        return first, np.maximum(last - first, 0)
