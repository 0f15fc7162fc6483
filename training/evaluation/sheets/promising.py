"""Fits what `classifier.sheets.reading.promise` reads: for each sort of field, confidence and risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.sheets.reading.promise import VERSION
from training.networks.line_calibration import fit_logistic

from .bounds import by_page, clopper_pearson
from .outcomes import Outcome

FOLDS = 5  # of the pages: each value's confidence comes from a fit without its page
STEPS = 60  # thresholds of a table
FEWEST = 60  # values that a threshold takes
SUREST = 0.7  # share of the values among which errors count when two ways to compute the confidence are compared
ALL_WRONG = 2  # errors, and correct values, that a fit needs at least

Floats = NDArray[np.float64]


def promise_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The calibration of all sorts, as it is stored."""
    sorts = sorted({each.sort for each in outcomes})
    return {"version": VERSION, "sorts": {sort: _of_sort([o for o in outcomes if o.sort == sort]) for sort in sorts}}


def _of_sort(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Values that no evidence makes good enough to be taken count neither as taken nor for the fit."""
    taken = [each for each in outcomes if each.read.confidence > 0]
    pages = np.array([each.page for each in taken], int)
    is_right = np.array([each.is_right for each in taken], bool)
    logistic, confidences = _confidences(taken, pages, is_right)
    thresholds, risks = risks_of(confidences, is_right, pages) if len(taken) >= FEWEST else ([], [])
    return {
        "logistic": logistic,
        "confidences": [round(each, 6) for each in thresholds],
        "risks": [round(each, 6) for each in risks],
        "values": len(taken),
        "pages": len(np.unique(pages)),
        "wrong": int((~is_right).sum()),
        "never": len(outcomes) - len(taken),
    }


def _confidences(
    outcomes: Sequence[Outcome], pages: NDArray[np.intp], is_right: NDArray[np.bool_]
) -> tuple[dict[str, Any] | None, Floats]:
    """The logistic function of the evidence, as it is stored, and each value's confidence, fitted on other pages.

    None and the posterior probability if that tells right values from wrong ones as well: it needs no fit.
    """
    plain = np.array([each.read.confidence for each in outcomes])
    if not outcomes or not outcomes[0].read.evidence or min(is_right.sum(), (~is_right).sum()) < ALL_WRONG:
        return None, plain
    items = np.array([each.read.evidence for each in outcomes], np.float64)
    confidences = np.empty(len(outcomes))
    for fold in range(FOLDS):
        here = pages % FOLDS == fold
        confidences[here] = fit_logistic(items[~here], is_right[~here]).of(items[here])
    if _errors_of_surest(plain, is_right) <= _errors_of_surest(confidences, is_right):
        return None, plain
    return fit_logistic(items, is_right).to_stored(), confidences


def _errors_of_surest(confidences: Floats, is_right: NDArray[np.bool_]) -> int:
    """How many of the surest SUREST of the values are wrong."""
    surest = np.argsort(-confidences, kind="stable")[: round(SUREST * len(is_right))]
    return int((~is_right[surest]).sum())


def risks_of(
    confidences: Floats, is_right: NDArray[np.bool_], pages: NDArray[np.intp]
) -> tuple[list[float], list[float]]:
    """Thresholds of the confidence, ascending, and the risk of the values from each one up.

    A threshold's risk is the greatest bound on the way to it from the threshold with the least bound, taking more and
    more values. Values above that one have its risk: fewer values would prove less.
    """
    order = np.argsort(-confidences, kind="stable")
    sorted_confidences, is_wrong = confidences[order], ~is_right[order]
    takes = np.unique(np.linspace(min(FEWEST, len(order)), len(order), STEPS).round().astype(int))
    # Values of the same confidence are taken together.
    takes = np.unique(np.searchsorted(-sorted_confidences, -sorted_confidences[takes - 1], side="right"))
    wrong = np.cumsum(is_wrong)[takes - 1]
    exact = [clopper_pearson(*pair) for pair in zip(wrong.tolist(), takes.tolist(), strict=True)]
    bounds = np.maximum(exact, by_page(pages[order], is_wrong, takes))
    least = int(bounds.argmin())
    risks = np.maximum.accumulate(bounds[least:])
    return sorted_confidences[takes[least:] - 1][::-1].tolist(), risks[::-1].tolist()
