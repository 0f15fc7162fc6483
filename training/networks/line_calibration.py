"""Calibrating a line network: how sure a number may be, and which rows are no numbers.

Two logistic functions of the evidence are fitted on generated lines that the network has not learnt, as people would
send them, and on words and outliers. `classifier.recognition.lines.judging` applies them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.calibration import LineCalibration, Logistic

SURE_RIGHT = 0.99  # share of the sure generated numbers that are right, at least
REFUSED = 0.01  # largest share of the correctly read numbers that may be refused
DECAY = 1.0  # of the squared weights, as against the sum of all losses
STEPS = 30

Items = NDArray[np.float64]  # (n, m) evidence
Truth = NDArray[np.bool_]  # (n,)


def calibrate_lines(items: Items, is_number: Truth, is_right: Truth, seed: int) -> LineCalibration:
    """Fits both functions and chooses their thresholds.

    items: evidence about n rows; is_number: which show a number; is_right: of which the digits were read correctly,
    none of those that show no number. Half of the rows is for the weights, half for the thresholds.
    """
    order = np.random.default_rng(seed).permutation(len(items))
    fitted, held = order[::2], order[1::2]
    numbers = fitted[is_number[fitted]]
    right = fit_logistic(items[numbers], is_right[numbers])
    number = fit_logistic(items[fitted], is_number[fitted])
    held_numbers = held[is_number[held]]
    sure_from = _sure_from(right.of(items[held_numbers]), is_right[held_numbers])
    read = held[is_right[held]]
    refuse_below = float(np.quantile(number.of(items[read]), REFUSED))
    return LineCalibration(right, number, round(sure_from, 4), round(refuse_below, 6))


def fit_logistic(items: Items, truth: Truth) -> Logistic:
    """The logistic function with the least loss, by Newton's method.

    Source: Bishop, "Pattern recognition and machine learning", 2006, section 4.3.3.
    """
    middle, spread = items.mean(0), items.std(0) + 1e-3
    plain = Logistic(middle, spread, np.zeros(items.shape[1]), 0.0)
    scaled = np.column_stack([plain.scaled(items), np.ones(len(items))])
    weights = np.zeros(scaled.shape[1])
    decay = np.full(len(weights), DECAY)
    decay[-1] = 0
    for _ in range(STEPS):
        share = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (share - truth) + decay * weights
        curvature = (scaled.T * (share * (1 - share))) @ scaled + np.diag(decay + 1e-6)
        step = np.linalg.solve(curvature, slope)
        weights -= step / max(1.0, float(np.abs(step).max()))
    return Logistic(middle.round(6), spread.round(6), weights[:-1].round(6), round(float(weights[-1]), 6))


def _sure_from(confidence: NDArray[np.float64], is_right: Truth) -> float:
    """The lowest confidence from which SURE_RIGHT of the numbers are right."""
    order = np.argsort(-confidence)
    shares = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(shares >= SURE_RIGHT)
    return float(confidence[order][enough[-1]]) if len(enough) else 1.0
