"""Recipes and runs for tests, and a training that takes no time."""

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from classifier.digits.registry import BUNDLED
from training.models import TrainingRun
from training.networks.fitting import Progress
from training.runs import execution
from training.runs.callbacks import Callbacks
from training.runs.recipe import Recipe
from training.runs.recording import recorded

TFLITE = "mnist_cnn_model.tflite"


def a_recipe(**changed: Any) -> Recipe:
    """One epoch of the first network on the bundled digits."""
    given = {
        "architecture": "first_cnn",
        "mnist": False,
        "corrections": False,
        "generated": 4_000,
        "augmentation": False,
    }
    given |= {"start_from": None, "epochs": 1, "batch_size": 64, "learning_rate": 0.003, "seed": 1}
    return Recipe(**given | changed)


def a_run(status: str = "queued", **fields: Any) -> TrainingRun:
    """A stored run; no task is sent."""
    recipe = a_recipe(seed=TrainingRun.objects.count() + 1).to_json()
    lease = {} if status == "queued" else {"holder": uuid.uuid4(), "attempts": 1}
    return TrainingRun.objects.create(**{"recipe": recipe, "status": status} | lease | fields)


def carry_out(run: TrainingRun) -> None:
    """Carries out a claimed run as its process does, in this process."""
    recorded(execution.carry_out, run)


def network_folder(folder: Path, mark: bytes = b"", always: int | None = None) -> Path:
    """Writes the bundled network to `folder` as a training does. A mark makes it a different file with equal answers.

    always: the digit that the network reads every image as, so an answer shows which network gave it.
    """
    shutil.copytree(BUNDLED / "first_cnn", folder)
    content = (folder / TFLITE).read_bytes() + mark
    if always is not None:
        content = _reading_everything_as(always, content)
    (folder / TFLITE).write_bytes(content)
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["files"][TFLITE] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


def _reading_everything_as(digit: int, content: bytes) -> bytes:
    """The same network with another bias in its last layer."""
    from ai_edge_litert.interpreter import Interpreter

    network = Interpreter(model_content=content)
    (at,) = (tensor["index"] for tensor in network.get_tensor_details() if tensor["name"] == "add")
    bias = network.get_tensor(at)
    assert (bias.shape, content.count(bias.tobytes())) == ((10,), 1)
    return content.replace(bias.tobytes(), (bias + 200 * (np.arange(10) == digit)).astype(bias.dtype).tobytes())


def instant_training(
    mark: bytes = b"another", progress: tuple[Progress, ...] = (), meanwhile: Callable[[], None] = lambda: None
) -> Callable[..., None]:
    """Replaces `execution.make_model`: reports `progress`, calls `meanwhile` and writes a network."""

    def make(recipe: Recipe, data: object, folder: Path, callbacks: Callbacks) -> None:
        callbacks.stage("Fitting.")
        for each in progress:
            callbacks.progress(each)
        meanwhile()
        folder.parent.mkdir(parents=True, exist_ok=True)
        network_folder(folder, mark)

    return make
