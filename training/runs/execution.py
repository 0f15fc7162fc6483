"""The path of a run: images, fit, calibration, files, registration, measurement, gate, promotion.

`carry_out` runs in the process that trains. `make_model`, its first half, also serves `manage.py train`. Neither knows
who follows it: `recording` writes what a run reports into its row, `manage.py train` prints it.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.db import transaction

from classifier.digits.registry import register_version
from classifier.errors import StorageAway
from classifier.models import ModelVersion
from training.evaluation import promotion
from training.evaluation.measuring import measure_candidate
from training.models import TrainingRun
from training.networks.architectures import ARCHITECTURES
from training.networks.artifacts import write_artifacts
from training.networks.backend import load_tensorflow, prepare_tensorflow
from training.synthesis.steps import Step

from .callbacks import Callbacks
from .data import training_data
from .kinds.digits import DigitTraining
from .kinds.lines import LineTraining
from .kinds.training import Evaluation, Training
from .lifecycle import link_version, work_folder
from .recipe import Recipe

STORAGE_WAIT_S = 3600.0  # for a storage that is away, after which the run fails
STORAGE_LOOK_S = 5.0

TRAININGS: dict[str, type[Training]] = {"digit": DigitTraining, "line": LineTraining}


def carry_out(run: TrainingRun, callbacks: Callbacks) -> None:
    """Carries out a claimed run: makes its version, measures it, and promotes it if the run asks for that.

    Raises RunIsOver if the run has ended in the meantime, and as `training_data` and `make_model`.
    """
    prepare_tensorflow()
    recipe = Recipe.from_json(run.recipe)
    folder = work_folder(run) / recipe.architecture
    callbacks.stage("Reading the images to learn from.")
    dataset = training_data(recipe, callbacks=callbacks)
    make_model(recipe, dataset, folder, callbacks)
    callbacks.enter(Step.REGISTER, "Registering the files as a candidate.")
    version = _registered(run, folder, callbacks)
    is_new = run.started is None or version.created >= run.started
    again = f"The network is the same as {version}, so no new version is registered."
    callbacks.stage(f"Registered as {version}." if is_new else again)
    callbacks.stage("Measuring the new version and the one in service on the fixed sets and corrections.")
    candidate = measure_candidate(version, partial(callbacks.begin, Step.MEASURE))
    with transaction.atomic():  # nobody sees the promotion without the end of the run
        callbacks.end(promotion.promote_after_run(run, version, candidate))


def _registered(run: TrainingRun, folder: Path, callbacks: Callbacks) -> ModelVersion:
    """Registers a run's version. Waits for a storage that is away: the work of hours is on this machine only."""
    until = None
    while True:
        try:
            return register_version(folder, also=partial(link_version, run))
        except StorageAway:
            if until is None:
                callbacks.stage("The site cannot reach its files. Registering goes on when it can.")
                until = time.monotonic() + STORAGE_WAIT_S
            if time.monotonic() > until:
                raise
            time.sleep(STORAGE_LOOK_S)


def make_model(recipe: Recipe, data: Any, folder: Path, callbacks: Callbacks | None = None) -> Evaluation:
    """Trains a network and writes its files into `folder`. Returns its evaluation on the test images.

    data: as `training_data` returns it for this recipe.
    The test images are used once, after the fit, and for no choice.
    Raises TrainingStopped, Diverged, FileExistsError, ArtifactMismatch; ValueError and ModelFileDamaged if the
    weights to start from are missing or damaged.
    """
    callbacks = callbacks or Callbacks()
    architecture = ARCHITECTURES[recipe.architecture]
    training = TRAININGS[architecture.kind](recipe, data, callbacks)
    callbacks.enter(Step.LOAD, "Loading TensorFlow.")
    load_tensorflow()
    model = training.fit()
    evaluation = training.evaluate()
    calibration = training.calibrate()
    advance = callbacks.enter(Step.FILES, "Writing the model's files and checking that they agree with the network.")
    metadata = {
        "kind": architecture.kind,
        "recipe": recipe.to_json(),
        "seed": recipe.seed,
        **training.description,
        "calibration": calibration,
        # Any: that it is a dataclass cannot be said of a protocol.
        "evaluation": {"dataset": data.tested_on, **asdict(cast(Any, evaluation))},
    }
    write_artifacts(model, architecture, folder, metadata, training.export, advance)
    return evaluation
