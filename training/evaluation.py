"""What a network gets right on labelled images: overall, digit by digit, what it takes for what, and whether it
is as sure as it is right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15


@dataclass(frozen=True)
class Evaluation:
    """Figures of one network on one set of images."""

    images: int
    accuracy: float  # 0 to 1
    loss: float  # mean cross-entropy in nats
    per_digit: list[float]  # share read rightly of each digit; 0 where there is none
    confusion_matrix: list[list[int]]  # rows true, columns read
    ece: float  # expected calibration error, 0 to 1
    reliability: list[dict[str, float]]  # by confidence: from, to, count, confidence, accuracy


@dataclass(frozen=True)
class Mistake:
    index: int
    label: int
    read: int
    confidence: float  # in what was read, 0 to 1


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
    table = reliability_table(probabilities.max(1), probabilities.argmax(1) == labels)
    return Evaluation(
        images=len(labels),
        accuracy=float(right.sum() / len(labels)),
        loss=float(-np.log(np.clip(given_to_truth, 1e-12, 1)).mean()),
        per_digit=[float(share) for share in right / np.maximum(counts, 1)],
        confusion_matrix=confusion.tolist(),
        ece=expected_calibration_error(table),
        reliability=table,
    )


def reliability_table(
    confidence: NDArray[np.floating], is_right: NDArray[np.bool_], bins: int = BINS
) -> list[dict[str, float]]:
    """Mean confidence and share of right answers, by equally wide ranges of confidence; a range owns its upper end.

    confidence: shape (n,), 0 to 1, of the digit read; is_right: shape (n,). Empty ranges have count 0.
    """
    place = np.clip(np.ceil(confidence.astype(np.float64) * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sure = np.bincount(place, weights=confidence, minlength=bins) / np.maximum(counts, 1)
    right = np.bincount(place, weights=is_right, minlength=bins) / np.maximum(counts, 1)
    return [
        {
            "from": number / bins,
            "to": (number + 1) / bins,
            "count": int(counts[number]),
            "confidence": float(sure[number]),
            "accuracy": float(right[number]),
        }
        for number in range(bins)
    ]


def expected_calibration_error(table: list[dict[str, float]]) -> float:
    """How far confidence is from accuracy, weighted by how many answers there are of each confidence.

    Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017, with its 15 bins.
    """
    answers = sum(row["count"] for row in table)
    return float(sum(row["count"] * abs(row["accuracy"] - row["confidence"]) for row in table) / answers)


def confident_mistakes(probabilities: NDArray[np.float32], labels: NDArray[np.uint8], limit: int) -> list[Mistake]:
    """The wrong answers the network was surest of, surest first."""
    read, confidence = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero(read != labels)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:limit]
    return [Mistake(int(at), int(labels[at]), int(read[at]), float(confidence[at])) for at in surest]
