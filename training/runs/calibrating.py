"""Calibrating the network of a run, and calibrating a trained folder again.

A network that has learnt the held-out images seems surer of them than it is of new ones. Its temperature and its
threshold for "unsure" then come from a network that has not learnt them: from its trial, or, if it continues from a
version that has learnt them, from that version.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.digits.registry import TFLITE, read_metadata
from classifier.recognition.inference import Network
from training.data.datasets import hold_out
from training.data.sources import mnist_dataset
from training.networks.artifacts import outputs_of, to_json
from training.networks.calibration.calibrate import Answering, calibrate

from .fits import Fitted, learnt_all
from .recipe import Recipe

AT_ONCE = 500  # images
HOW_SURE = ("temperature", "sure_from")  # the parts of a calibration that need images never learnt


def calibrate_fitted(fitted: Fitted, seed: int) -> dict[str, Any]:
    """Returns the calibration of a fitted network."""
    how_sure = fitted.earlier_calibration if fitted.has_started_knowing else None
    trial = None if fitted.has_started_knowing else fitted.trial
    outputs, trial_outputs = outputs_of(fitted.final.model), outputs_of(trial.model) if trial else None
    is_known = trial is not None or how_sure is not None
    calibration = calibrate(outputs, *fitted.held_out, seed=seed, is_known=is_known)
    if trial_outputs is not None:
        how_sure = calibrate(trial_outputs, *fitted.held_out, seed=seed)
    if how_sure is not None:
        calibration |= {name: how_sure[name] for name in HOW_SURE}
    return calibration


def recalibrate(folder: Path) -> dict[str, Any]:
    """Calibrates a trained folder with today's code, writes that into its metadata, and returns it.

    The weights do not change. Of the images held out of the training only MNIST's are used.
    Raises ModelFileDamaged, MnistUnavailable, and ValueError if the network has not learnt MNIST.
    """
    metadata = read_metadata(folder)
    recipe = Recipe.from_json(metadata["recipe"])
    if not recipe.mnist:
        raise ValueError("Only a network trained on MNIST can be calibrated again: part of MNIST was held out.")
    _, held_out = hold_out(mnist_dataset(), recipe.seed)
    network = Network((folder / TFLITE).read_bytes(), metadata["files"][TFLITE]["sha256"])
    is_known = learnt_all(metadata)
    calibration = calibrate(_outputs_of_file(network), *held_out, seed=recipe.seed, is_known=is_known)
    if is_known:
        calibration |= {name: metadata["calibration"][name] for name in HOW_SURE}
    draft = folder / ".metadata.json"
    draft.write_text(to_json(metadata | {"calibration": calibration}), encoding="utf-8")
    draft.replace(folder / "metadata.json")
    return calibration


def _outputs_of_file(network: Network) -> Answering:
    """As `outputs_of`, for the file that serves."""

    def answer(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        parts = [network.answer(images[start : start + AT_ONCE]) for start in range(0, len(images), AT_ONCE)]
        return np.concatenate([part.logits for part in parts]), np.concatenate([part.features for part in parts])

    return answer
