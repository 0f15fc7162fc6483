"""From evidence to confidence: the calibration of a line network, stored in the metadata of its version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

VERSION = 3  # of the stored form; others are ignored
MAX_DEVIATION = 5.0  # standard deviations at which an item of evidence is clipped


@dataclass(frozen=True)
class Logistic:
    """A logistic function of the evidence (m items)."""

    middle: NDArray[np.float64]  # (m,)
    spread: NDArray[np.float64]  # (m,)
    weights: NDArray[np.float64]  # (m,)
    bias: float

    def of(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (n,) of evidence (n, m)."""
        return np.asarray(1 / (1 + np.exp(-(self.scaled(evidence) @ self.weights + self.bias))))

    def scaled(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evidence in standard deviations from its mean."""
        return np.asarray(np.clip((evidence - self.middle) / self.spread, -MAX_DEVIATION, MAX_DEVIATION))

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Self:
        arrays = {name: np.array(stored[name], np.float64) for name in ("middle", "spread", "weights")}
        return cls(**arrays, bias=float(stored["bias"]))

    def to_stored(self) -> dict[str, Any]:
        """JSON that `from_stored` reads."""
        arrays = {name: getattr(self, name).tolist() for name in ("middle", "spread", "weights")}
        return arrays | {"bias": self.bias}


@dataclass(frozen=True)
class LineCalibration:
    """The calibration of one line network; `training.networks.line_calibration` makes it."""

    is_right: Logistic  # whether the number is right, of rows that show a number
    is_number: Logistic  # whether the row shows a number at all
    sure_from: float  # confidence from which the answer to a drawing is sure
    sure_in_picture: float  # confidence from which the answer to a picture is sure
    refuse_below: float  # probability of a number below which a row is refused

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> Self | None:
        """The calibration in a version's metadata; None without one, or if it has another form."""
        if not stored or stored.get("version") != VERSION:
            return None
        return cls(
            Logistic.from_stored(stored["is_right"]),
            Logistic.from_stored(stored["is_number"]),
            float(stored["sure_from"]),
            float(stored["sure_in_picture"]),
            float(stored["refuse_below"]),
        )

    def to_stored(self) -> dict[str, Any]:
        """JSON for the metadata."""
        return {
            "version": VERSION,
            "is_right": self.is_right.to_stored(),
            "is_number": self.is_number.to_stored(),
            "sure_from": self.sure_from,
            "sure_in_picture": self.sure_in_picture,
            "refuse_below": self.refuse_below,
        }
