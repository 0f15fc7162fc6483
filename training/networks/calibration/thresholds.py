"""The temperature of a network, and the scores from which it refuses or doubts a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import calibrated_at

# A refused digit is a lost answer, but a doubt also catches an outlier. So few pictures are refused and more doubted.
REFUSED = 0.0005  # largest share of the correctly read digits that may be refused
DOUBTED = 0.03  # share of all digits that may be doubted for their score, including those refused
DOUBTED_OF_ONE = 0.06  # the largest such share of one digit: a plain 1 has a high score because it has so few features
UNSURE = 0.02  # share of digits that may be doubted for the confidence of their first choice
NOT_REFUSED = 0.2  # share of the outliers, those with the lowest scores, that need not be refused
TEMPERATURES = (0.5, 8.0)  # the range searched

Scores = NDArray[np.floating[Any]]  # (n,) out-of-distribution scores


def find_temperature(logits: NDArray[np.floating[Any]], truth: NDArray[np.intp]) -> float:
    """The temperature with the least cross-entropy, by ternary search on a logarithmic scale.

    Source: Guo et al., "On calibration of modern neural networks", 2017. logits: (n, 10); truth: (n,).
    """

    def loss(log_temperature: float) -> float:
        confidence = calibrated_at(logits, float(np.exp(log_temperature)))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(confidence, 1e-12)).mean())

    low, high = np.log(TEMPERATURES)
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def find_thresholds(
    scores: Scores,
    first: NDArray[np.intp],
    is_usual: NDArray[np.bool_],
    is_correct: NDArray[np.bool_],
    outlier_scores: Scores,
) -> tuple[float, NDArray[np.float64]]:
    """The score from which a picture is refused, and, for each first choice (10,), from which it is doubted.

    The digits limit how much may be refused; the outliers tell how much has to be.

    scores: of digits, (n,), with their first choices, which are usual, and which are read correctly: refusing a
    misread digit costs nothing. outlier_scores: (m,).
    """
    doubt_from: NDArray[np.float64] = np.full(10, float(np.quantile(scores[is_usual], 1 - DOUBTED)))
    for digit in set(first[is_usual].tolist()):
        of_digit = np.quantile(scores[is_usual & (first == digit)], 1 - DOUBTED_OF_ONE)
        doubt_from[digit] = max(doubt_from[digit], of_digit)
    correct = scores[is_correct] if is_correct.any() else scores
    refuse_from = max(np.quantile(correct, 1 - REFUSED), np.quantile(outlier_scores, NOT_REFUSED), doubt_from.max())
    return float(refuse_from), doubt_from
