"""What a network gets right on labelled images: overall, digit by digit, and what it takes for what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Evaluation:
    """Figures of one network on one set of images."""

    images: int
    accuracy: float  # 0 to 1
    loss: float  # mean cross-entropy in nats
    per_digit: list[float]  # share read rightly of each digit; 0 where there is none
    confusion_matrix: list[list[int]]  # rows true, columns read


def evaluate(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Compare answers with the truth.

    probabilities: shape (n, 10), n at least 1; labels: shape (n,), 0 to 9.
    """
    if len(labels) == 0 or probabilities.shape != (len(labels), 10):
        raise ValueError(f"{probabilities.shape} probabilities do not answer {labels.shape} labels")
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(1)), 1)
    right, counts = confusion.diagonal(), confusion.sum(1)
    given_to_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return Evaluation(
        images=len(labels),
        accuracy=float(right.sum() / len(labels)),
        loss=float(-np.log(np.clip(given_to_truth, 1e-12, 1)).mean()),
        per_digit=[float(share) for share in right / np.maximum(counts, 1)],
        confusion_matrix=confusion.tolist(),
    )
