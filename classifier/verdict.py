"""What to say of a network's answer: a digit, unsure, or not a digit, and why.

The thresholds travel with each model version in its metadata (`calibration`); a version without them always
answers a digit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .inference import ranked

REASONS: dict[str, str] = {}  # code: the sentence a person reads


@dataclass(frozen=True)
class Judgement:
    verdict: str  # of Prediction.Verdict
    reason: str  # of REASONS, or empty
    label: int  # the first choice
    confidence: float  # of the first choice, calibrated
    probabilities: list[float]  # of the digits 0 to 9, calibrated; they add up to 1
    candidates: list[int]  # the digits it could be, the most probable first


def judge(
    logits: NDArray[np.float32],
    features: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    hints: dict[str, Any],
    calibration: dict[str, Any] | None,
) -> Judgement:
    """logits: shape (10,); features: (k,), the last hidden layer; pixels: (28, 28), what the network was given;
    hints: of preprocessing.Found; calibration: of the model version's metadata.
    """
    powers = np.exp(logits - logits.max())
    probabilities = (powers / powers.sum()).tolist()
    label, confidence = ranked(probabilities)[0]
    return Judgement("digit", "", label, confidence, probabilities, [label])
