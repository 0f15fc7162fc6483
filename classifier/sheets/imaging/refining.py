"""Moves a page that lies nearly straight onto its reference, to fractions of a pixel, by their printed lines.

Source: Baker, Matthews, "Lucas-Kanade 20 years on", 2004, inverse compositional algorithm, with a homography.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import warped

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (3, 3)
LEVELS = 8, 4, 2, 1  # pictures so many times smaller, one after the other
TURNS = 12  # at most, of each level
TILES, OF_TILE = 64, 48  # tiles of a level, and points of each: those with the steepest edges
STEEP = 0.12  # least gradient of a point, as a share of the steep ones of the page
LEAST = 50  # points of a level that is used
OUTLIER = 4.7  # times the spread of the differences: a point that is so far off counts nothing


@dataclass(frozen=True)
class Level:
    """A reference at one size: its darkness, and the points at which a page is compared with it."""

    reduced: int
    dark: Grey
    places: NDArray[np.float32]  # (n, 2), px of this level
    printed: NDArray[np.float32]  # (n,), darkness
    slopes: NDArray[np.float64]  # (n, 8): how the darkness at a point changes with each number of the homography
    scaling: Matrix  # from px to the units of `slopes`


def pyramid(dark: Grey) -> dict[int, Grey]:
    """A picture at the size of each level, by how many times smaller it is. Px (x, y) is (2 x, 2 y) of the next."""
    sizes = {1: dark}
    for reduced in sorted(LEVELS)[1:]:
        dark = np.asarray(cv2.pyrDown(dark), np.uint8)
        sizes[reduced] = dark
    return sizes


def level_of(dark: Grey, reduced: int) -> Level:
    """Chooses the points. dark: darkness of the reference at this size."""
    smooth = _smooth(dark)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    rows, columns = _steepest(np.hypot(across, down))
    height, width = dark.shape
    half = max(height, width) / 2
    scaling = np.array([[1 / half, 0, -width / 2 / half], [0, 1 / half, -height / 2 / half], [0, 0, 1]])
    x, y = (columns - width / 2) / half, (rows - height / 2) / half
    gx, gy = across[rows, columns] * half, down[rows, columns] * half
    along = x * gx + y * gy
    slopes = np.column_stack([x * gx, y * gx, gx, x * gy, y * gy, gy, -x * along, -y * along]).astype(np.float64)
    places = np.column_stack([columns, rows]).astype(np.float32)
    return Level(reduced, dark, places, smooth[rows, columns], slopes, scaling)


def _smooth(dark: Grey) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(dark.astype(np.float32), (0, 0), 0.8), np.float32)


def _steepest(steepness: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the steepest points of each tile, so that no part of the page outweighs the others."""
    height, width = steepness.shape
    across = max(1, round((TILES * width / height) ** 0.5))
    down = max(1, round(TILES / across))
    rows, columns = np.nonzero(steepness > STEEP * np.quantile(steepness, 0.99))
    tile = rows * down // height * across + columns * across // width
    order = np.lexsort((-steepness[rows, columns], tile))
    tile = tile[order]
    begins = np.searchsorted(tile, np.arange(down * across))
    kept = order[np.arange(len(order)) - begins[tile] < OF_TILE]
    return rows[kept], columns[kept]


def refined(levels: Sequence[Level], page: dict[int, Grey], homography: Matrix) -> Matrix:
    """Refines a homography from px of the reference to px of the page at level 1, level by level.

    page: the darkness of the page as received, at each size. The homography may be off by about a hundredth of the
    page's side if the coarsest level is among these.
    """
    for level in levels:
        grow = np.diag([level.reduced, level.reduced, 1.0])
        shrink = np.linalg.inv(grow)
        start = shrink @ homography @ grow
        straight = _smooth(warped(page[level.reduced], start, level.dark.shape))
        homography = grow @ start @ _step_by_step(level, straight) @ shrink
        homography /= homography[2, 2]
    return homography


def _step_by_step(level: Level, page: NDArray[np.float32]) -> Matrix:
    """The homography from px of the level to px of a page that lies nearly straight."""
    found = np.eye(3)
    if len(level.places) < LEAST:
        return found
    back = np.linalg.inv(level.scaling)
    strength = float(level.printed @ level.printed)
    for _ in range(TURNS):
        placed = cv2.perspectiveTransform(level.places[None], found)
        seen = cv2.remap(page, placed[..., 0], placed[..., 1], cv2.INTER_LINEAR, borderValue=0)[0]
        gain = max(float(seen @ level.printed) / strength, 0.1)
        error = seen - gain * level.printed
        spread = max(1.48 * float(np.median(np.abs(error))), 2.0)
        weight = np.clip(1 - (error / (OUTLIER * spread)) ** 2, 0, None) ** 2
        slopes = level.slopes * gain
        weighted = slopes * weight[:, None]
        normal = weighted.T @ slopes
        normal[np.diag_indices(8)] *= 1 + 1e-6
        try:
            step = np.linalg.solve(normal, weighted.T @ error)
        except np.linalg.LinAlgError:
            return np.eye(3)
        change = np.array([[1 + step[0], step[1], step[2]], [step[3], 1 + step[4], step[5]], [step[6], step[7], 1]])
        if not 0.5 < float(np.linalg.det(change)) < 2:
            return np.eye(3)
        found = found @ back @ np.linalg.inv(change) @ level.scaling
        found /= found[2, 2]
        if float(np.abs(step).max()) * max(page.shape) / 2 < 0.02:
            break
    return found
