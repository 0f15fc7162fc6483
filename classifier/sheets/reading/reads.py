"""What reading one field yields, before its risk is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Read:
    """A text read in a field."""

    text: str  # as in FieldRead
    confidence: float  # 0 to 1, without a calibration; 0: never taken unseen
    alternatives: list[str]  # the most probable first
    reason: str  # a code of REASONS, or empty
    evidence: tuple[float, ...] = ()  # from which the calibrated confidence is computed; may be empty


def log_odds(probability: float) -> float:
    """The natural logarithm of the odds, at most 12 either way."""
    bounded = min(max(probability, 6e-6), 1 - 6e-6)
    return float(np.log(bounded / (1 - bounded)))
