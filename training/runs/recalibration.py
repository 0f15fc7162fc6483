"""Calibrating a trained folder again, with today's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.digits.registry import TFLITE, read_metadata
from classifier.recognition.inference import Network
from classifier.recognition.kinds import KINDS
from classifier.recognition.lines.inference import LineNetwork
from training.data.datasets import hold_out
from training.data.sources import drawn_folder, mnist_dataset
from training.networks.artifacts import to_json
from training.networks.calibration import Outputs, calibrate
from training.networks.material import gather
from training.synthesis.drawing import draw_for_calibration

from .kinds import lines
from .kinds.digits import how_sure_of, learnt_all
from .recipe import Recipe

AT_ONCE = 500  # images


def recalibrate(folder: Path) -> dict[str, Any]:
    """Calibrates a trained folder with today's code, writes that into its metadata, and returns it.

    The weights do not change. Of the images held out of the training of a digit reader only MNIST's are used.
    Raises ModelFileDamaged, MnistUnavailable, and ValueError if a digit reader has not learnt MNIST, or if a line
    reader reads next to nothing.
    """
    metadata = read_metadata(folder)
    recipe = Recipe.from_json(metadata["recipe"])
    calibration = _of_lines(folder, metadata, recipe) if recipe.kind == "line" else _of_digits(folder, metadata, recipe)
    draft = folder / ".metadata.json"
    draft.write_text(to_json(metadata | {"calibration": calibration}), encoding="utf-8")
    draft.replace(folder / "metadata.json")
    return calibration


def _of_digits(folder: Path, metadata: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    if not recipe.mnist:
        raise ValueError("Only a network trained on MNIST can be calibrated again: part of MNIST was held out.")
    _, held_out = hold_out(mnist_dataset(), recipe.seed)
    network = Network((folder / TFLITE).read_bytes(), metadata["files"][TFLITE]["sha256"])
    how_sure = how_sure_of(metadata) if learnt_all(metadata) else None
    drawn = draw_for_calibration(len(held_out[0]), recipe.seed, drawn_folder())
    material = gather(held_out, drawn, recipe.seed)
    return calibrate(_outputs_of_file(network), material, how_sure=how_sure)


def _of_lines(folder: Path, metadata: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    file = KINDS[recipe.kind].tflite
    network = LineNetwork((folder / file).read_bytes(), metadata["files"][file]["sha256"])
    calibration = lines.calibrated(network, recipe.seed)
    if calibration is None:
        raise ValueError("This network reads too few numbers correctly to be calibrated.")
    return calibration


def _outputs_of_file(network: Network) -> Outputs:
    """As `FitResult.outputs`, for the file that serves."""

    def outputs(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        parts = [network.answer(images[start : start + AT_ONCE]) for start in range(0, len(images), AT_ONCE)]
        return np.concatenate([part.logits for part in parts]), np.concatenate([part.features for part in parts])

    return outputs
