"""Calibrating a line network: how sure a number may be, and which rows are no numbers.

Two logistic functions of the evidence are fitted on generated lines that the network has not learnt, as people would
send them, and on words and outliers. `classifier.recognition.lines.judging` applies them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.calibration import LineCalibration, Logistic
from classifier.recognition.lines.judging import LIKELY_NUMBER, LIKELY_RIGHT

from .line_material import LineMaterial

SURE_RIGHT = 0.99  # share of the sure numbers on the pad that are right, at least, of generated ones
SURE_RIGHT_IN_PICTURE = 0.98  # the same of pictures, of which far fewer could be called sure otherwise
ANSWERED = 0.025  # largest share of the words and outliers that may be answered as numbers
DECAY = 1.0  # of the squared weights, as against the sum of all losses
STEPS = 30

Items = NDArray[np.float64]  # (n, m) evidence
Truth = NDArray[np.bool_]  # (n,)


def calibrate_lines(material: LineMaterial, seed: int) -> LineCalibration:
    """Fits both functions and chooses their thresholds.

    The thresholds are chosen by what functions say that have learnt only the other half of the rows.
    """
    items, is_number, is_right = material.items, material.is_number, material.is_right
    halves = np.random.default_rng(seed).permutation(len(items)) % 2
    right, number = np.zeros(len(items)), np.zeros(len(items))
    for half in range(2):
        here, others = halves == half, halves != half
        right[here] = fit_logistic(items[others & is_number], is_right[others & is_number]).of(items[here])
        number[here] = fit_logistic(items[others], is_number[others]).of(items[here])
    may_be_sure = is_number & material.is_agreed
    drawn, pictures = may_be_sure & material.is_drawn, may_be_sure & ~material.is_drawn
    return LineCalibration(
        fit_logistic(items[is_number], is_right[is_number]),
        fit_logistic(items, is_number),
        sure_from=_sure_from(right[drawn], is_right[drawn], SURE_RIGHT),
        sure_in_picture=_sure_from(right[pictures], is_right[pictures], SURE_RIGHT_IN_PICTURE),
        refuse_below=_refuse_below(number[~is_number], right[~is_number]),
    )


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


def _refuse_below(number: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """The lowest probability of a number below which enough rows are refused that are none.

    number, right: of these rows, some of which are refused because both are low.
    """
    is_kept = (right >= LIKELY_RIGHT) | (number >= LIKELY_NUMBER)
    kept = np.sort(number[is_kept])[::-1]
    answered = int(ANSWERED * len(number))
    return round(float(kept[answered]), 6) if answered < len(kept) else 0.0


def _sure_from(confidence: NDArray[np.float64], is_right: Truth, share: float) -> float:
    """The lowest confidence from which this share of the numbers is right."""
    order = np.argsort(-confidence)
    shares = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(shares >= share)
    return round(float(confidence[order][enough[-1]]), 4) if len(enough) else 1.0
