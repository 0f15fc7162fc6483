"""Where the network looked: occlusion maps.

Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..preprocessing.framing import SIDE

PATCH = 5  # px of the square that covers the input
STRIDE = 2  # px from one position of the square to the next
LEAST_EVIDENCE = -4.6  # log-odds of a probability of 0.01; differences below it say nothing
LEAST_FALL = 0.5  # of evidence (0.99 to 0.984), below which no place matters
FOCUS = 0.5  # share of the largest fall from which a place is one of those that matter most

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # top, left, bottom, right (exclusive)


def occlusion_boxes(pixels: Pixels) -> list[Box]:
    """The positions of the square that cover ink, at most 14 × 14, cut off at the edges of the picture.

    pixels: shape (28, 28), 0 background to 255 ink.
    """
    return [box for box in all_boxes() if pixels[_slices(box)].any()]


def occlusion_inputs(pixels: Pixels) -> Pixels:
    """The input with a square of background at each of `occlusion_boxes`. Returns shape (n, 28, 28)."""
    boxes = occlusion_boxes(pixels)
    covered = np.repeat(pixels[np.newaxis], len(boxes), axis=0)
    for picture, box in zip(covered, boxes, strict=True):
        picture[_slices(box)] = 0
    return covered


def evidence(probabilities: NDArray[np.float32], label: int) -> NDArray[np.float64]:
    """The log-odds of a label, which distinguish 0.999 from 0.9999.

    probabilities: shape (n, 10). Returns shape (n,), natural logarithms, at least LEAST_EVIDENCE.
    """
    others = np.delete(probabilities, label, axis=1).sum(1, dtype=np.float64)  # more exact than 1 - p
    odds = np.maximum(probabilities[:, label], 1e-12) / np.maximum(others, 1e-12)
    evident: NDArray[np.float64] = np.maximum(np.log(odds), LEAST_EVIDENCE)
    return evident


def occlusion_map(
    pixels: Pixels, label: int, before: NDArray[np.float32], covered: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The fall of the evidence for the answer when each pixel is covered: the mean over all squares that cover it.

    before: shape (10,), the probabilities of the input itself; covered: shape (n, 10), those of `occlusion_inputs`.
    Returns shape (28, 28), from 0 (no difference, or more evidence) upwards.
    """
    falls = evidence(before[np.newaxis], label) - evidence(covered, label)
    total, patches = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
    for box in all_boxes():
        patches[_slices(box)] += 1
    for box, fall in zip(occlusion_boxes(pixels), falls, strict=True):
        total[_slices(box)] += max(float(fall), 0)
    return total / patches


def all_boxes() -> list[Box]:
    """All positions of the square, 14 × 14."""
    starts = range(1 - PATCH // 2, SIDE, STRIDE)  # first and last reach equally far over the edge
    spans = [(max(start, 0), min(start + PATCH, SIDE)) for start in starts if start + PATCH // 2 < SIDE]
    return [(top, left, bottom, right) for top, bottom in spans for left, right in spans]


def _slices(box: Box) -> tuple[slice, slice]:
    top, left, bottom, right = box
    return slice(top, bottom), slice(left, right)


# Dark to bright as in matplotlib's "inferno" (Smith and van der Walt, CC0): brightness alone shows the order, for
# colour-blind people and on paper too.
_HEAT = np.array([(0, 0, 4), (66, 10, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164)], np.float32)


def heat_picture(pixels: Pixels, fall: NDArray[np.float32], zoom: int = 10) -> Pixels:
    """The map over the input, whose other ink is dim. Returns shape (28 zoom, 28 zoom, 3), RGB."""
    side = SIDE * zoom
    heat = _scaled(np.clip(fall / np.float32(max(fall.max(), LEAST_FALL)), 0, 1), side, Image.Resampling.BICUBIC)
    ink = _scaled(pixels.astype(np.float32) / np.float32(255), side, Image.Resampling.NEAREST)
    stops = np.linspace(0, 1, len(_HEAT))
    glow = np.stack([np.interp(heat, stops, channel) for channel in _HEAT.T], axis=-1)
    dim = (110 * ink * (1 - heat))[..., np.newaxis]
    picture: Pixels = np.clip(glow * (0.3 + 0.7 * ink[..., np.newaxis]) + dim, 0, 255).astype(np.uint8)
    return picture


def _scaled(values: NDArray[np.float32], side: int, resampling: Image.Resampling) -> NDArray[np.float32]:
    scaled = np.asarray(Image.fromarray(values).resize((side, side), resampling), np.float32)
    return np.clip(scaled, 0, 1).astype(np.float32)
