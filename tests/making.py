"""Training without training, for tests of what is round it: recipes, runs, and a making that takes no time."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifier.registry import BUNDLED
from training.fitting import Progress
from training.models import TrainingRun
from training.recipe import Recipe, Watch

TFLITE = "mnist_cnn_model.tflite"


def a_recipe(**changed: Any) -> Recipe:
    """One epoch of the first network on the digits that ship with the project."""
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
    """A run as it is stored; nothing is sent."""
    recipe = a_recipe(seed=TrainingRun.objects.count() + 1).to_json()
    return TrainingRun.objects.create(**{"recipe": recipe, "status": status} | fields)


def network_folder(folder: Path, mark: bytes = b"") -> Path:
    """The bundled network as a training would leave it in `folder`; a mark makes it another file of equal answers."""
    shutil.copytree(BUNDLED / "first_cnn", folder)
    content = (folder / TFLITE).read_bytes() + mark
    (folder / TFLITE).write_bytes(content)
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["files"][TFLITE] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


def quick_making(
    mark: bytes = b"another", told: tuple[Progress, ...] = (), meanwhile: Callable[[], None] = lambda: None
) -> Callable[..., None]:
    """Stands in for `recipe.make_model`: tells this progress, lets something happen, and writes a network."""

    def make(recipe: Recipe, data: object, folder: Path, watch: Watch) -> None:
        watch.stage("Fitting.")
        for progress in told:
            watch.progress(progress)
        meanwhile()
        folder.parent.mkdir(parents=True, exist_ok=True)
        network_folder(folder, mark)

    return make
