"""What the metadata of a version says about its training."""

from __future__ import annotations

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from typing import Any

from training.data.datasets import CORRECTIONS, Dataset
from training.evaluation.metrics import Evaluation

from .fits import GIVEN, LEARNT_ALL, Fitted
from .recipe import Recipe


def metadata_of(
    recipe: Recipe, dataset: Dataset, fitted: Fitted, calibration: dict[str, Any], evaluation: Evaluation
) -> dict[str, Any]:
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": recipe.to_json(),
        "dataset": dataset.describe(),
        "corrections": sum(source.images for source in dataset.sources if source.name == CORRECTIONS),
        "seed": recipe.seed,
        "settings": {
            **fitted.settings.to_json(),
            "held_out": len(fitted.held_out[0]),
            LEARNT_ALL: fitted.has_learnt_all,
            "chosen_by": "lowest loss on the held-out images" if fitted.trial else GIVEN,
            "fitted_on": fitted.images,
            "seconds": round(fitted.final.seconds),
        },
        "history": fitted.final.history,
        "held_out_history": fitted.trial.history if fitted.trial else [],
        "calibration": calibration,
        "evaluation": {"dataset": f"{dataset.name}, test images", **asdict(evaluation)},
        "libraries": _library_versions(),
    }


def _library_versions() -> dict[str, str]:
    import tensorflow  # only the process that trains loads it; its distribution is tensorflow or tensorflow-cpu

    return {
        "python": platform.python_version(),
        "tensorflow": str(tensorflow.__version__),
        "keras": library_version("keras"),
        "numpy": library_version("numpy"),
    }
