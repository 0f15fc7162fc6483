"""Upper bounds of an error rate that hold in 95 % of all cases.

Of n values that one threshold takes, k are wrong. The bound is the greater of two: that of Clopper and Pearson (1934),
exact for values that are independent, and the 95th percentile of the rates in bootstrap resamplings by page (Efron,
1979), because the values of one page come from one hand and one scan. Choosing the threshold by such a bound is
selective prediction with guaranteed risk (Geifman and El-Yaniv, "Selective classification for deep neural networks",
2017). Thresholds are tested in one fixed order, as in Angelopoulos et al., "Learn then test", 2021, so that testing
many of them does not weaken the promise: see `promising.risks_of`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLINGS = 1_000


def clopper_pearson(wrong: int, count: int, level: float = LEVEL) -> float:
    """The upper bound of a binomial share, one-sided. wrong: of `count` values."""
    if wrong >= count:
        return 1.0
    low, high = wrong / count, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _at_most(wrong, count, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def _at_most(wrong: int, count: int, share: float) -> float:
    """The probability of at most `wrong` errors among `count` values if each is wrong with this probability."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    logs = [
        math.lgamma(count + 1)
        - math.lgamma(each + 1)
        - math.lgamma(count - each + 1)
        + each * math.log(share)
        + (count - each) * math.log1p(-share)
        for each in range(wrong + 1)
    ]
    return math.fsum(map(math.exp, logs))


def by_page(
    pages: NDArray[np.intp], is_wrong: NDArray[np.bool_], takes: NDArray[np.intp], seed: int = 1
) -> NDArray[np.float64]:
    """The 95th percentile of the error rate among the first values, for several numbers of them.

    pages, is_wrong: (n,), of values in order of their confidence; takes: (m,), how many values are taken. Returns (m,).
    """
    _, page = np.unique(pages, return_inverse=True)
    count = int(page.max()) + 1
    wrong, all_ = np.zeros((count, len(takes))), np.zeros((count, len(takes)))
    for column, take in enumerate(takes.tolist()):
        wrong[:, column] = np.bincount(page[:take], is_wrong[:take], count)
        all_[:, column] = np.bincount(page[:take], minlength=count)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLINGS).astype(float)
    rates = (weights @ wrong) / np.maximum(weights @ all_, 1)
    return np.asarray(np.quantile(rates, LEVEL, axis=0))
