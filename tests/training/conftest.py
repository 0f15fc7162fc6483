"""The bundled network for tests of training, through LiteRT and without a database."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import classifier
from training.evaluation.robustness import pictures

BUNDLED = Path(classifier.__file__).parent / "bundled" / "first_cnn"


@pytest.fixture(scope="session")
def bundled_probabilities() -> Callable[[np.ndarray], np.ndarray]:
    """Images (n, 28, 28, 1), 0 to 1 → probabilities (n, 10)."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(BUNDLED / "mnist_cnn_model.tflite")).get_signature_runner("serving_default")
    return lambda images: runner(image=images)["probabilities"]


@pytest.fixture(autouse=True)
def few_changed_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few digits for robustness reports; the usual hundreds take half a minute."""
    monkeypatch.setattr(pictures, "SKETCHES", 4)
    monkeypatch.setattr(pictures, "IMAGES", 2)
