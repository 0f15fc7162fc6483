"""A calibration with predictable verdicts."""

from typing import Any

import numpy as np

from classifier.recognition.calibration import FIXED_INPUTS, OOD_SCORE_KEY

WIDTH = 4  # of the last hidden layer
INPUTS = FIXED_INPUTS + 2


def a_calibration(**changed: Any) -> dict[str, Any]:
    """A calibration in which the out-of-distribution score is 10 minus the energy of the logits, within ±6."""
    hidden = np.zeros((INPUTS, 1))
    hidden[0] = -0.001  # small, so the hyperbolic tangent is nearly linear
    space = {
        "centre": [0.0] * WIDTH,
        "directions": [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]],
        "centroids": [[float(digit), 0.0] for digit in range(10)],
    }
    score = {
        "middle": [10.0] + [0.0] * (INPUTS - 1),
        "spread": [1.0] * INPUTS,
        "hidden": hidden.tolist(),
        "hidden_bias": [0.0],
        "output": [1000.0],
        "output_bias": 0.0,
    }
    return {
        "version": 1,
        "temperature": 2.0,
        "refuse_from": 4.0,
        "doubt_from": 2.0,
        "sure_from": 0.6,
        "space": space,
        OOD_SCORE_KEY: score,
    } | changed
