"""The path of a run: images, fit, calibration, files, registration, measurement, gate, promotion.

`carry_out` runs in the process that trains. `make_model`, its first half, also serves `manage.py train`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from classifier.digits.registry import read_metadata, register_version, remove_files, version_in_service
from classifier.models import Correction, ModelVersion
from classifier.recognition.preprocessing.framing import to_network_scale
from training.data.datasets import CORRECTIONS, Dataset, TrainingSplit, hold_out
from training.evaluation import promotion
from training.evaluation.measuring import measure
from training.evaluation.metrics import Evaluation, evaluate
from training.models import TrainingRun
from training.networks.architectures import ARCHITECTURES, Architecture
from training.networks.artifacts import TFLITE, write_artifacts
from training.networks.backend import load_tensorflow, prepare_tensorflow
from training.networks.calibration import Outputs, calibrate
from training.networks.fitting import FitResult, FitSettings, Progress, fit
from training.networks.weights import starting_version, weights_file
from training.synthesis.cache import Part
from training.synthesis.steps import Step, after

from .callbacks import Callbacks, TrainingStopped
from .data import training_data
from .lifecycle import Status, end_run, work_folder
from .recipe import Recipe
from .recording import Recorder, RunIsOver
from .timing.paces import estimate, this_machine

GIVEN = "given"  # in the metadata's settings: the recipe gave the number of epochs
LEARNT_ALL = "learnt_all"  # in the metadata's settings: see learnt_all
HOW_SURE = ("temperature", "sure_from")  # the parts of a calibration that need images never learnt


@dataclass(frozen=True)
class Fitted:
    """A fitted network, with what its calibration and metadata need.

    A network that has learnt the held-out images seems surer of them than it is of new ones. Its temperature and its
    threshold for "unsure" then come from its trial, or, if it continues from a version that has learnt them, from
    that version.
    """

    final: FitResult
    trial: FitResult | None  # fitted without the held-out images, which `final` has then learnt
    settings: FitSettings  # of the final fit
    images: int  # that the final fit learnt from
    held_out: Part
    earlier: dict[str, Any]  # the metadata of the version that it continues from, if any

    @property
    def has_started_knowing(self) -> bool:
        """Whether it continues from a version that has learnt the held-out images."""
        return learnt_all(self.earlier)

    @property
    def unlearnt(self) -> Outputs | None:
        """The outputs of the trial, if it is the network that has not learnt the held-out images."""
        return self.trial.outputs if self.trial and not self.has_started_knowing else None

    @property
    def how_sure(self) -> dict[str, float] | None:
        """How sure the version is that it continues from, if that version has learnt the held-out images."""
        return how_sure_of(self.earlier) if self.has_started_knowing else None

    @property
    def has_learnt_all(self) -> bool:
        """Whether the network has also learnt the held-out images."""
        return self.trial is not None or self.has_started_knowing


def carry_out(run: TrainingRun, is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Carries out a claimed run and records its end, success or failure, in its row."""
    recorder = Recorder(run)
    with recorder.heartbeats(is_orphan), recorder.failures():
        prepare_tensorflow()
        recipe = Recipe.from_json(run.recipe)
        recorder.expect(estimate(recipe, Correction.objects.to_train_on().count(), this_machine()))
        folder = work_folder(run) / recipe.architecture
        recorder.stage("Reading the images to learn from.")
        dataset = training_data(recipe, callbacks=recorder.callbacks)
        make_model(recipe, dataset, folder, recorder.callbacks)
        recorder.stage("Registering the files as a candidate.")
        recorder.begin(Step.REGISTER, 1)
        version = register(run, folder, recorder)
        recorder.stage("Measuring the new version and the one in service on the fixed sets and corrections.")
        in_service = version_in_service()
        is_replacing = in_service is not None and in_service != version
        advance = recorder.begin(Step.MEASURE, 1 + is_replacing)
        candidate = measure(version, advance)
        if in_service is not None and is_replacing:
            measure(in_service, after(1, advance))  # now too: which corrections are held back changes every day
        recorder.keep_timings()
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
    architecture = ARCHITECTURES[recipe.architecture]
    callbacks.stage("Loading TensorFlow.")
    callbacks.begin(Step.LOAD, 1)
    load_tensorflow()
    fitted = fit_by_recipe(recipe, architecture, dataset, callbacks)
    callbacks.stage(f"Calibrating on {len(fitted.held_out[0]):,} held-out images: when to be unsure, what to refuse.")
    calibration = calibrate(
        fitted.final.outputs,
        *fitted.held_out,
        seed=recipe.seed,
        unlearnt=fitted.unlearnt,
        how_sure=fitted.how_sure,
        begin=callbacks.begin,
    )
    callbacks.stage(f"Measuring on {len(dataset.x_test):,} test images.")
    callbacks.begin(Step.TEST, 1)
    scaled = to_network_scale(dataset.x_test)
    probabilities = np.asarray(fitted.final.model.predict(scaled, batch_size=500, verbose=0))
    evaluation = evaluate(probabilities, dataset.y_test)
    callbacks.stage("Writing the model's files and checking that they agree with the network.")
    metadata = metadata_of(recipe, dataset, fitted, calibration, evaluation)
    advance = callbacks.begin(Step.FILES, 1)
    write_artifacts(fitted.final.model, architecture, folder, metadata, scaled, advance)
    return evaluation


def fit_by_recipe(recipe: Recipe, architecture: Architecture, dataset: Dataset, callbacks: Callbacks) -> Fitted:
    """Fits a network, after a trial that chooses the number of epochs unless the recipe gives it.

    Raises as `make_model`.
    """
    settings = settings_of(recipe, architecture)
    split, held_out = hold_out(dataset, recipe.seed)
    version = starting_version(recipe.start_from, recipe.architecture) if recipe.start_from else None
    with weights_file(version) as start:

        def fit_on(split: TrainingSplit, settings: FitSettings, step: Step) -> FitResult:
            images = shown_in(split, settings)
            advance = callbacks.begin(step, images)

            def progress(now: Progress) -> None:
                advance(now.share * images)
                callbacks.progress(now)

            result = fit(
                architecture,
                split.images,
                split.labels,
                settings,
                periods=split.periods,
                start=start,
                held_out=held_out,
                progress=progress,
                should_stop=callbacks.should_stop,
            )
            if result.stopped:
                raise TrainingStopped
            return result

        trial = None
        if not recipe.epochs:
            callbacks.stage(f"Choosing the number of epochs on {len(held_out[0]):,} held-out training images.")
            trial = fit_on(split, settings, Step.TRIAL)
            best = min(trial.history, key=lambda epoch: epoch["val_loss"])
            settings = replace(settings, epochs=int(best["epoch"]))
            split = dataset.training_split()
        begin = "Continuing from earlier weights" if start else "Fitting"
        plural = "" if settings.epochs == 1 else "s"
        callbacks.stage(f"{begin} on {len(split.images):,} training images, {settings.epochs} epoch{plural}.")
        final = fit_on(split, settings, Step.FIT)
    return Fitted(final, trial, settings, len(split.images), held_out, version.metadata if version else {})


def shown_in(split: TrainingSplit, settings: FitSettings) -> float:
    """How many images a fit on this split shows, in all its epochs."""
    of_epoch = (1 / split.periods).sum() if settings.augmentation else len(split.images)
    return float(of_epoch * settings.epochs)


def settings_of(recipe: Recipe, architecture: Architecture) -> FitSettings:
    epochs = recipe.epochs or architecture.expected_epochs
    return FitSettings(
        epochs=epochs,
        schedule_epochs=epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        weight_decay=architecture.weight_decay,
        seed=recipe.seed,
        augmentation=recipe.augmentation,
    )


def learnt_all(metadata: dict[str, Any]) -> bool:
    """Whether a version has also been fitted on the images that other trainings hold out."""
    settings = metadata.get("settings", {})
    return bool(settings.get(LEARNT_ALL, settings.get("chosen_by", GIVEN) != GIVEN))


def how_sure_of(metadata: dict[str, Any]) -> dict[str, float] | None:
    """Returns the temperature and `sure_from` of a version; None if it has no calibration."""
    calibration = metadata.get("calibration")
    return {name: calibration[name] for name in HOW_SURE} if calibration else None


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
