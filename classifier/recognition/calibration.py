"""How to read one network's outputs: temperature, outlier score and thresholds, as stored with a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .outliers import OutlierScore, Rows, Space

VERSION = 1  # of the calibration's form; another is not read


@dataclass(frozen=True)
class Calibration:
    """How to read one network's outputs; see `training.networks.calibration`, which makes it."""

    temperature: float
    space: Space
    strangeness: OutlierScore
    refuse_from: float  # strangeness
    doubt_from: NDArray[np.float64]  # (10,), strangeness, by the first choice
    sure_from: float  # confidence of the first choice

    @classmethod
    def of(cls, given: dict[str, Any] | None) -> Self | None:
        """Of a version's metadata; None where there is none, or one of another form."""
        if not given or given.get("version") != VERSION:
            return None
        space, strangeness = given["space"], given["strangeness"]
        return cls(
            temperature=float(given["temperature"]),
            space=Space(**{name: np.array(value, np.float64) for name, value in space.items()}),
            strangeness=OutlierScore(
                **{name: np.array(value, np.float64) for name, value in strangeness.items() if name != "output_bias"},
                output_bias=float(strangeness["output_bias"]),
            ),
            refuse_from=float(given["refuse_from"]),
            doubt_from=np.full(10, given["doubt_from"], np.float64),  # of earlier versions one number for all
            sure_from=float(given["sure_from"]),
        )


def calibrated(logits: Rows, calibration: Calibration | None) -> NDArray[np.float64]:
    """logits: (n, 10). Returns probabilities (n, 10), each row adding up to 1."""
    return calibrated_at(logits, calibration.temperature if calibration else 1.0)


def calibrated_at(logits: Rows, temperature: float) -> NDArray[np.float64]:
    powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float64) / temperature)
    probabilities: NDArray[np.float64] = powers / powers.sum(1, keepdims=True)
    return probabilities
