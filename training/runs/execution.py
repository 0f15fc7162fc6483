"""The path of a run: images, fit, calibration, files, registration, measurement, gate, promotion.

`carry_out` runs in the process that trains. `make_model`, its first half, also serves `manage.py train`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from django.db import transaction

from classifier.digits.registry import read_metadata, register_version, remove_files, version_in_service
from classifier.models import ModelVersion
from classifier.recognition.preprocessing.framing import to_network_scale
from training.data.datasets import Dataset
from training.evaluation import promotion
from training.evaluation.measuring import measure
from training.evaluation.metrics import Evaluation, evaluate
from training.models import TrainingRun
from training.networks.architectures import ARCHITECTURES
from training.networks.artifacts import TFLITE, write_artifacts
from training.networks.backend import prepare_tensorflow
from training.networks.weights import starting_version, weights_file

from .calibrating import calibrate_fitted
from .callbacks import Callbacks
from .data import training_data
from .failures import RunIsOver, failures_recorded
from .fits import fit_by_recipe
from .lifecycle import Status, end_run, work_folder
from .metadata import metadata_of
from .recipe import Recipe
from .recording import Recorder


def carry_out(run: TrainingRun, is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Carries out a claimed run and records its end, success or failure, in its row."""
    recorder = Recorder(run)
    with recorder.heartbeats(is_orphan), failures_recorded(run, recorder):
        prepare_tensorflow()
        recipe = Recipe.from_json(run.recipe)
        folder = work_folder(run) / recipe.architecture
        recorder.stage("Reading the images to learn from.")
        dataset = training_data(recipe, callbacks=recorder.callbacks)
        make_model(recipe, dataset, folder, recorder.callbacks)
        recorder.stage("Registering the files as a candidate.")
        version = register(run, folder, recorder)
        recorder.stage("Measuring the new version and the one in service on the fixed sets and corrections.")
        candidate, in_service = measure(version), version_in_service()
        if in_service is not None and in_service != version:
            measure(in_service)  # now too: which corrections are held back changes from day to day
        with transaction.atomic():  # nobody sees the promotion without the end of the run
            last_line = promotion.promote_after_run(run, version, candidate)
            if not end_run(run, Status.DONE, last_line=last_line):
                raise RunIsOver


def make_model(recipe: Recipe, dataset: Dataset, folder: Path, callbacks: Callbacks | None = None) -> Evaluation:
    """Trains a network and writes its files into `folder`. Returns its evaluation on the test images.

    The test images are used once, at the end, and for no choice.
    Raises TrainingStopped, Diverged, FileExistsError, ArtifactMismatch; ValueError and ModelFileDamaged if the
    weights to start from are missing or damaged.
    """
    callbacks = callbacks or Callbacks()
    earlier = starting_version(recipe.start_from, recipe.architecture).metadata if recipe.start_from else {}
    with weights_file(recipe.start_from, recipe.architecture) as start:
        fitted = fit_by_recipe(recipe, dataset, callbacks, start=start, earlier=earlier)
    callbacks.stage(f"Calibrating on {len(fitted.held_out[0]):,} held-out images: when to be unsure, what to refuse.")
    calibration = calibrate_fitted(fitted, recipe.seed)
    callbacks.stage(f"Measuring on {len(dataset.x_test):,} test images.")
    model = fitted.final.model
    probabilities = np.asarray(model.predict(to_network_scale(dataset.x_test), batch_size=500, verbose=0))
    evaluation = evaluate(probabilities, dataset.y_test)
    callbacks.stage("Writing the model's files.")
    metadata = metadata_of(recipe, dataset, fitted, calibration, evaluation)
    write_artifacts(model, ARCHITECTURES[recipe.architecture], folder, metadata, probe=dataset.x_test)
    return evaluation


def register(run: TrainingRun, folder: Path, recorder: Recorder) -> ModelVersion:
    """Registers the network of a run and links the two; both happen or neither. Raises RunIsOver."""
    checksum = read_metadata(folder)["files"][TFLITE]["sha256"]
    known = ModelVersion.objects.filter(tflite_sha256=checksum).first()
    if known is not None:
        recorder.log(f"The network is the same as {known}, so no new version is registered.")
        if not TrainingRun.objects.filter(version=known).exists():
            TrainingRun.objects.running().filter(pk=run.pk).update(version=known)
        return known
    version = None
    try:
        with transaction.atomic():
            version = register_version(folder)
            if not TrainingRun.objects.running().filter(pk=run.pk, cancel_asked=False).update(version=version):
                raise RunIsOver
    except BaseException:
        if version is not None:
            remove_files(version)
        raise
    recorder.log(f"Registered as {version}.")
    return version
