"""Sizes and places: homographies between pictures of one page. A pixel's place is that of its centre."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (3, 3)
Shape = tuple[int, ...]  # height, width


def resized(grey: Grey, side: int) -> tuple[Grey, Matrix]:
    """A picture whose longer side has at most so many px, and the homography from its px to those of `grey`."""
    height, width = grey.shape
    scale = side / max(height, width)
    if scale >= 1:
        return grey, np.eye(3)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), scaling(size[::-1], (height, width))


def scaling(from_shape: Shape, to_shape: Shape) -> Matrix:
    """The homography from px of a picture to px of the same picture at another size."""
    down, across = (large / small for large, small in zip(to_shape, from_shape, strict=True))
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])


def warped(grey: Grey, homography: Matrix, shape: Shape, *, outside: int = 0) -> Grey:
    """The part of a picture that a homography from px of the result to px of the picture shows."""
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    result = cv2.warpPerspective(grey, homography, (shape[1], shape[0]), flags=flags, borderValue=outside)
    return np.asarray(result, np.uint8)


def through(homography: Matrix, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Where points go, (n, 2)."""
    return np.asarray(cv2.perspectiveTransform(np.asarray(points, np.float64)[None], homography)[0], np.float64)


def quadrilateral(shape: Shape) -> NDArray[np.float32]:
    """The corners of a picture, from its left top clockwise, (4, 2)."""
    height, width = shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - np.float32(0.5)


def turned(quad: NDArray[np.float32], times: int) -> NDArray[np.float32]:
    """The corners in another order: what was at the left top is `times` corners further."""
    return np.asarray(np.roll(quad, times, axis=0), np.float32)
