"""The whole making of a model: images, choosing the number of epochs, fitting, measuring, writing it down.

Plain functions that do not know who watches; the command and, later, the training worker call them.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from classifier.preprocessing import to_network_scale

from .architectures import ARCHITECTURES, Architecture
from .artifacts import write_artifacts
from .datasets import Dataset, hold_out
from .evaluation import Evaluation, evaluate
from .fitting import FitResult, FitSettings, Progress, fit

AUTO_COURSE = 40  # epochs tried when the number is to be chosen


@dataclass(frozen=True)
class Recipe:
    """What to train and how. `epochs` None: as many as do best on images held out of the training set."""

    architecture: str = "first_cnn"
    epochs: int | None = None
    batch_size: int = 128
    learning_rate: float = 0.006
    seed: int = 1


@dataclass(frozen=True)
class Watch:
    """Who wants to know, and who may stop it. `stage` is told what begins, in a sentence."""

    stage: Callable[[str], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False


class TrainingStopped(Exception):
    """The training was stopped before its end; nothing was written."""


def make_model(recipe: Recipe, dataset: Dataset, folder: Path, watch: Watch | None = None) -> Evaluation:
    """Train by `recipe` on `dataset` and write the model into `folder`. Returns what the test images say.

    The test images are looked at once, at the end; no choice is made by them.
    Raises TrainingStopped, FileExistsError, ArtifactMismatch.
    """
    watch = watch or Watch()
    architecture = ARCHITECTURES[recipe.architecture]
    settings, choice, trial = choose_settings(recipe, architecture, dataset, watch)
    watch.stage(f"Fitting on all {len(dataset.x_train):,} training images, {settings.epochs} epochs.")
    result = _unless_stopped(
        fit(
            architecture,
            dataset.x_train,
            dataset.y_train,
            settings,
            progress=watch.progress,
            should_stop=watch.should_stop,
        )
    )
    watch.stage(f"Measuring on {len(dataset.x_test):,} test images.")
    probabilities = np.asarray(result.model.predict(to_network_scale(dataset.x_test), batch_size=500, verbose=0))
    measured = evaluate(probabilities, dataset.y_test)
    metadata = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "dataset": dataset.describe(),
        "seed": recipe.seed,
        "settings": {**asdict(settings), **choice, "seconds": round(result.seconds)},
        "history": result.history,
        "held_out_history": trial,
        "evaluation": {"dataset": f"{dataset.name}, test images", **asdict(measured)},
        "libraries": library_versions(),
    }
    write_artifacts(result.model, architecture, folder, metadata, probe=dataset.x_test)
    return measured


def choose_settings(
    recipe: Recipe, architecture: Architecture, dataset: Dataset, watch: Watch
) -> tuple[FitSettings, dict[str, Any], list[dict[str, float]]]:
    """The settings of the final fit, how they were come by, and the history of the fit that decided it, if any."""
    epochs = recipe.epochs or AUTO_COURSE
    settings = FitSettings(
        epochs=epochs,
        course=epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
    )
    if recipe.epochs:
        return settings, {"held_out": 0, "chosen_by": "given"}, []
    fitted, held_out = hold_out(dataset, recipe.seed)
    watch.stage(f"Choosing the number of epochs on {len(held_out[0]):,} held-out training images.")
    trial = _unless_stopped(
        fit(
            architecture,
            *fitted,
            settings,
            held_out=held_out,
            progress=watch.progress,
            should_stop=watch.should_stop,
        )
    )
    best = min(trial.history, key=lambda epoch: epoch["val_loss"])
    choice = {"held_out": len(held_out[0]), "chosen_by": "lowest loss on the held-out images"}
    return replace(settings, epochs=int(best["epoch"])), choice, trial.history


def _unless_stopped(result: FitResult) -> FitResult:
    if result.stopped:
        raise TrainingStopped("The training was stopped; nothing was written.")
    return result


def library_versions() -> dict[str, str]:
    import tensorflow  # its distribution is called tensorflow or tensorflow-cpu

    return {
        "python": platform.python_version(),
        "tensorflow": str(tensorflow.__version__),
        "keras": version("keras"),
        "numpy": version("numpy"),
    }
