"""Calibrating a trained folder again, with today's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.digits.registry import TFLITE, read_metadata
from classifier.recognition.inference import Network
from training.data.datasets import hold_out
from training.data.sources import drawn_folder, mnist_dataset
from training.networks.artifacts import to_json
from training.networks.calibration import Outputs, calibrate
from training.networks.material import gather
from training.synthesis.drawing import draw_for_calibration

from .kinds.digits import how_sure_of, learnt_all
from .recipe import Recipe

AT_ONCE = 500  # images


def recalibrate(folder: Path) -> dict[str, Any]:
    """Calibrates a trained folder with today's code, writes that into its metadata, and returns it.

    The weights do not change. Of the images held out of the training only MNIST's are used.
    Raises ModelFileDamaged, MnistUnavailable, and ValueError if the network has not learnt MNIST.
    """
    metadata = read_metadata(folder)
    recipe = Recipe.from_json(metadata["recipe"])
    if recipe.kind != "digit":
        raise ValueError("Only a digit reader can be calibrated again.")
    if not recipe.mnist:
        raise ValueError("Only a network trained on MNIST can be calibrated again: part of MNIST was held out.")
    _, held_out = hold_out(mnist_dataset(), recipe.seed)
    network = Network((folder / TFLITE).read_bytes(), metadata["files"][TFLITE]["sha256"])
    how_sure = how_sure_of(metadata) if learnt_all(metadata) else None
    drawn = draw_for_calibration(len(held_out[0]), recipe.seed, drawn_folder())
    material = gather(held_out, drawn, recipe.seed)
    calibration = calibrate(_outputs_of_file(network), material, how_sure=how_sure)
    draft = folder / ".metadata.json"
    draft.write_text(to_json(metadata | {"calibration": calibration}), encoding="utf-8")
    draft.replace(folder / "metadata.json")
    return calibration


def _outputs_of_file(network: Network) -> Outputs:
    """As `FitResult.outputs`, for the file that serves."""

    def outputs(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        parts = [network.answer(images[start : start + AT_ONCE]) for start in range(0, len(images), AT_ONCE)]
        return np.concatenate([part.logits for part in parts]), np.concatenate([part.features for part in parts])

    return outputs
