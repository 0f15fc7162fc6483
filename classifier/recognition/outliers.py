"""The out-of-distribution score: how unlike a digit a picture is, as one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INK = 96  # grey level from which a pixel of the 28×28 counts as ink
FURTHEST = 6.0  # standard deviations: beyond, an input says no more

Rows = NDArray[np.floating]  # (n, …), one row a picture


@dataclass(frozen=True)
class Space:
    """The last hidden layer, seen along its main directions, and where each digit lies in it."""

    centre: NDArray[np.float64]  # (k,)
    directions: NDArray[np.float64]  # (k, d), scaled so that digits vary by 1 about their centroid in each
    centroids: NDArray[np.float64]  # (10, d)

    def locate(self, features: Rows) -> tuple[Rows, Rows]:
        """features: (n, k). Returns places (n, d) and squared distances to each digit's centroid (n, 10)."""
        places = (features - self.centre) @ self.directions
        squares = (places**2).sum(1, keepdims=True) - 2 * places @ self.centroids.T + (self.centroids**2).sum(1)
        return places, squares


@dataclass(frozen=True)
class OutlierScore:
    """A network of one hidden layer that tells digits from all else: log-odds of "not a digit"."""

    middle: NDArray[np.float64]  # (m,) of the inputs
    spread: NDArray[np.float64]  # (m,)
    hidden: NDArray[np.float64]  # (m, h)
    hidden_bias: NDArray[np.float64]  # (h,)
    output: NDArray[np.float64]  # (h,)
    output_bias: float

    def of(self, inputs: Rows) -> Rows:
        """inputs: (n, m). Returns (n,)."""
        scaled = np.clip((inputs - self.middle) / self.spread, -FURTHEST, FURTHEST)
        return np.asarray(np.tanh(scaled @ self.hidden + self.hidden_bias) @ self.output + self.output_bias)


def inputs_of(logits: Rows, features: Rows, pixels: NDArray[np.uint8], space: Space) -> NDArray[np.float64]:
    """What strangeness is made of, (n, m): logits (n, 10), features (n, k), pixels (n, 28, 28)."""
    places, squares = space.locate(features)
    distances = np.sqrt(np.maximum(squares, 0))
    ordered = np.sort(logits, 1)
    inputs = np.empty((len(logits), FIXED + places.shape[1]))
    inputs[:, 0] = ordered[:, -1] + np.log(np.exp(ordered - ordered[:, -1:]).sum(1))  # the energy, negative
    inputs[:, 1] = ordered[:, -1] - ordered[:, -2]
    inputs[:, 2:4] = np.sort(distances, 1)[:, :2]
    inputs[:, 4] = distances[np.arange(len(logits)), logits.argmax(1)]
    inputs[:, 5:FIXED] = geometry(pixels)
    inputs[:, FIXED:] = places
    return inputs


def geometry(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n, 10) of pixels (n, 28, 28): share of ink; share of pixels neither ink nor ground; mean and most strokes met
    along a row and along a column; height and width in px; pieces less holes, at most 6 either way; how far the
    ink lies from the middle in px.
    """
    count = len(pixels)
    flat = pixels.reshape(count, -1)
    ink = np.zeros((count, 30, 30), np.uint8)  # with ground all round
    ink[:, 1:-1, 1:-1] = pixels >= INK
    in_rows = (ink[:, :, 1:] > ink[:, :, :-1]).sum(2)  # where a stroke begins
    in_columns = (ink[:, 1:] > ink[:, :-1]).sum(1)
    height, width = np.count_nonzero(in_rows, 1), np.count_nonzero(in_columns, 1)
    # The Euler number by 2×2 quads, diagonal neighbours counting as joined. Source: Gray, 1971.
    pairs = ink[:, :, :-1] + 2 * ink[:, :, 1:]
    euler = QUADS[pairs[:, :-1] + 4 * pairs[:, 1:]].reshape(count, -1).sum(1) / 4
    found = np.empty((count, 10))
    found[:, 0] = flat.mean(1) / 255
    found[:, 1] = np.count_nonzero((flat > 40) & (flat < 215), 1) / flat.shape[1]
    found[:, 2], found[:, 3] = in_rows.sum(1) / np.maximum(height, 1), in_rows.max(1)
    found[:, 4], found[:, 5] = in_columns.sum(1) / np.maximum(width, 1), in_columns.max(1)
    found[:, 6], found[:, 7] = height, width
    found[:, 8] = np.clip(euler, -6, 6)
    found[:, 9] = np.sqrt(flat @ FROM_MIDDLE / np.maximum(flat.sum(1), 1))
    return found


FIXED = 15  # inputs besides the places in the last hidden layer
QUADS = np.array([0, 1, 1, 0, 1, 0, -2, -1, 1, -2, 0, -1, 0, -1, -1, 0], np.int8)
FROM_MIDDLE = np.add.outer(*2 * [(np.arange(28) - 14.0) ** 2]).ravel()  # squared, in px
