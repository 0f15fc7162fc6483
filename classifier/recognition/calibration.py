"""How to interpret the outputs of one network: temperature, out-of-distribution score and thresholds.

The out-of-distribution score says how unlike a digit a picture is, as one number. A small network computes it from the
energy of the logits, from the distances to each digit's centroid in the last hidden layer, and from the geometry of the
28×28 pixels. It learns from outliers, that is, pictures without a digit.
Sources: Liu et al., "Energy-based out-of-distribution detection", 2020; Lee et al., "A simple unified framework for
detecting out-of-distribution samples", 2018, for the distances; Hendrycks et al., "Deep anomaly detection with
outlier exposure", 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

VERSION = 1  # of the stored form; other versions are ignored
OOD_SCORE_KEY = "strangeness"  # in stored metadata, where the name stays
INK = 96  # grey level from which a pixel of the 28×28 counts as ink
MAX_DEVIATION = 6.0  # standard deviations at which an input is clipped
FIXED_INPUTS = 15  # inputs besides the coordinates in the feature space

Rows = NDArray[np.floating]  # (n, …), one row for each picture

# The Euler number of 2×2 pixels times four, diagonal neighbours connected; index: the pixels as four bits.
_EULER_OF_QUAD = np.array([0, 1, 1, 0, 1, 0, -2, -1, 1, -2, 0, -1, 0, -1, -1, 0], np.int8)
_SQUARED_DISTANCE = np.add.outer(*2 * [(np.arange(28) - 14.0) ** 2]).ravel()  # from the middle, px²


@dataclass(frozen=True)
class FeatureSpace:
    """The principal directions of the last hidden layer (k units), and the centroid of each digit in them."""

    centre: NDArray[np.float64]  # (k,)
    directions: NDArray[np.float64]  # (k, d), scaled so that digits have a variance of 1 about their centroid in each
    centroids: NDArray[np.float64]  # (10, d)

    def locate(self, features: Rows) -> tuple[Rows, Rows]:
        """features: (n, k). Returns coordinates (n, d) and squared distances to the centroids (n, 10)."""
        coordinates = (features - self.centre) @ self.directions
        squares = (coordinates**2).sum(1, keepdims=True) - 2 * coordinates @ self.centroids.T
        return coordinates, squares + (self.centroids**2).sum(1)


@dataclass(frozen=True)
class OodScore:
    """A network with one hidden layer of h units; its output is the log-odds of "not a digit"."""

    middle: NDArray[np.float64]  # (m,), mean of the inputs of digits
    spread: NDArray[np.float64]  # (m,), their standard deviation
    hidden: NDArray[np.float64]  # (m, h)
    hidden_bias: NDArray[np.float64]  # (h,)
    output: NDArray[np.float64]  # (h,)
    output_bias: float

    def of(self, inputs: Rows) -> Rows:
        """inputs: (n, m), see `ood_inputs`. Returns scores (n,)."""
        scaled = np.clip((inputs - self.middle) / self.spread, -MAX_DEVIATION, MAX_DEVIATION)
        return np.asarray(np.tanh(scaled @ self.hidden + self.hidden_bias) @ self.output + self.output_bias)


@dataclass(frozen=True)
class Calibration:
    """The calibration of one network, stored with its version; `training.networks.calibration` makes it."""

    temperature: float
    space: FeatureSpace
    ood_score: OodScore
    refuse_from: float  # score from which the verdict is "not a digit"
    doubt_from: NDArray[np.float64]  # (10,), score from which the verdict is "unsure", for each first choice
    sure_from: float  # confidence of the first choice, 0 to 1

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> Self | None:
        """Returns the calibration of a version's metadata; None without one, or if it has another form."""
        if not stored or stored.get("version") != VERSION:
            return None
        space, score = stored["space"], stored[OOD_SCORE_KEY]
        return cls(
            temperature=float(stored["temperature"]),
            space=FeatureSpace(**{name: np.array(value, np.float64) for name, value in space.items()}),
            ood_score=OodScore(
                **{name: np.array(value, np.float64) for name, value in score.items() if name != "output_bias"},
                output_bias=float(score["output_bias"]),
            ),
            refuse_from=float(stored["refuse_from"]),
            doubt_from=np.full(10, stored["doubt_from"], np.float64),  # earlier versions have one number for all
            sure_from=float(stored["sure_from"]),
        )

    def scores(self, logits: Rows, features: Rows, pixels: NDArray[np.uint8]) -> Rows:
        """The out-of-distribution scores (n,) of n pictures; see `ood_inputs`."""
        return self.ood_score.of(ood_inputs(logits, features, pixels, self.space))


def calibrated(logits: Rows, calibration: Calibration | None) -> NDArray[np.float64]:
    """logits: (n, 10). Returns probabilities (n, 10); each row adds up to 1."""
    return calibrated_at(logits, calibration.temperature if calibration else 1.0)


def calibrated_at(logits: Rows, temperature: float) -> NDArray[np.float64]:
    """The softmax of logits (n, 10) divided by a temperature, (n, 10)."""
    powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float64) / temperature)
    probabilities: NDArray[np.float64] = powers / powers.sum(1, keepdims=True)
    return probabilities


def ood_inputs(logits: Rows, features: Rows, pixels: NDArray[np.uint8], space: FeatureSpace) -> NDArray[np.float64]:
    """The inputs of the score, (n, 15 + d).

    logits: (n, 10); features: (n, k), the last hidden layer; pixels: (n, 28, 28), 0 background to 255 ink.
    """
    coordinates, squares = space.locate(features)
    distances = np.sqrt(np.maximum(squares, 0))
    ordered = np.sort(logits, 1)
    inputs = np.empty((len(logits), FIXED_INPUTS + coordinates.shape[1]))
    inputs[:, 0] = ordered[:, -1] + np.log(np.exp(ordered - ordered[:, -1:]).sum(1))  # the negative energy
    inputs[:, 1] = ordered[:, -1] - ordered[:, -2]
    inputs[:, 2:4] = np.sort(distances, 1)[:, :2]
    inputs[:, 4] = distances[np.arange(len(logits)), logits.argmax(1)]
    inputs[:, 5:FIXED_INPUTS] = geometry(pixels)
    inputs[:, FIXED_INPUTS:] = coordinates
    return inputs


def geometry(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Ten measures of each picture, (n, 10).

    In order: the share of ink; the share of pixels that are neither ink nor background; the mean and the largest
    number of strokes that a row crosses; the same of the columns; height and width in px; the Euler number
    (components less holes), at most 6 either way; the root mean square distance of the ink from the middle in px.

    pixels: (n, 28, 28), 0 background to 255 ink.
    Source: Gray, "Local properties of binary images in two dimensions", 1971, for the Euler number.
    """
    count = len(pixels)
    flat = pixels.reshape(count, -1)
    ink = np.zeros((count, 30, 30), np.uint8)  # with a border of background
    ink[:, 1:-1, 1:-1] = pixels >= INK
    in_rows = (ink[:, :, 1:] > ink[:, :, :-1]).sum(2)  # where strokes begin
    in_columns = (ink[:, 1:] > ink[:, :-1]).sum(1)
    height, width = np.count_nonzero(in_rows, 1), np.count_nonzero(in_columns, 1)
    pairs = ink[:, :, :-1] + 2 * ink[:, :, 1:]
    euler = _EULER_OF_QUAD[pairs[:, :-1] + 4 * pairs[:, 1:]].reshape(count, -1).sum(1) / 4
    measures = np.empty((count, 10))
    measures[:, 0] = flat.mean(1) / 255
    measures[:, 1] = np.count_nonzero((flat > 40) & (flat < 215), 1) / flat.shape[1]
    measures[:, 2], measures[:, 3] = in_rows.sum(1) / np.maximum(height, 1), in_rows.max(1)
    measures[:, 4], measures[:, 5] = in_columns.sum(1) / np.maximum(width, 1), in_columns.max(1)
    measures[:, 6], measures[:, 7] = height, width
    measures[:, 8] = np.clip(euler, -6, 6)
    measures[:, 9] = np.sqrt(flat @ _SQUARED_DISTANCE / np.maximum(flat.sum(1), 1))
    return measures
