"""The direction of the pen in a row of a sketch, which a line network sees beside the ink.

A hasty 6 and a 2, or a 4 and a 9, may look the same; the pen did not move the same way.
Source: Bai, Huo, "A study on the use of 8-directional features for online handwritten Chinese character recognition",
2005.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

TURN = 250  # steps of a whole turn
NOWHERE = 128  # in a plane: the pen was not there, or its direction is not known
PEN = 0.115  # width, of the height of the digits
APART = 0.08  # between two points that give a direction, of the height of the digits


def draw_directions(paths: Iterable[NDArray[np.float64]], shape: tuple[int, int], digit: float) -> NDArray[np.uint8]:
    """The direction in which the pen last moved over each pixel.

    paths: (n, 2) each, px, their points about APART from one another; shape: (height, width); digit: the height of the
    digits, px. Returns `shape`: 1 to TURN, clockwise from the right; 0 where the pen was not.
    """
    image = Image.new("L", shape[::-1])
    draw = ImageDraw.Draw(image)
    width = max(1, round(PEN * digit))
    for path in paths:
        step = np.diff(path, axis=0)
        turns = np.arctan2(step[:, 1], step[:, 0]) / (2 * np.pi) % 1
        steps = (1 + (turns * TURN).astype(int) % TURN).tolist()
        points = path.tolist()
        for number, direction in enumerate(steps):
            draw.line((*points[number], *points[number + 1]), fill=direction, width=width)
    return np.asarray(image)


def planes_of(directions: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """How far the pen moved to the right, and down: 1 to 255, NOWHERE for not at all."""
    return _RIGHT[directions], _DOWN[directions]


_ANGLES = (np.arange(TURN) + 0.5) / TURN * 2 * np.pi
_RIGHT, _DOWN = (
    np.r_[NOWHERE, NOWHERE + np.rint(127 * part), np.full(255 - TURN, NOWHERE)].astype(np.uint8)
    for part in (np.cos(_ANGLES), np.sin(_ANGLES))
)
