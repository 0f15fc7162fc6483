"""How to interpret the outputs of one network: temperature, out-of-distribution score and thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .ood_score import FeatureSpace, OodScore, Rows

VERSION = 1  # of the stored form; other versions are ignored
OOD_SCORE_KEY = "strangeness"  # in stored metadata, where the name stays


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


def calibrated(logits: Rows, calibration: Calibration | None) -> NDArray[np.float64]:
    """logits: (n, 10). Returns probabilities (n, 10); each row adds up to 1."""
    return calibrated_at(logits, calibration.temperature if calibration else 1.0)


def calibrated_at(logits: Rows, temperature: float) -> NDArray[np.float64]:
    """The softmax of logits (n, 10) divided by a temperature, (n, 10)."""
    powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float64) / temperature)
    probabilities: NDArray[np.float64] = powers / powers.sum(1, keepdims=True)
    return probabilities
