"""The path of a run: images, fit, calibration, files, registration, measurement, gate, promotion.

`carry_out` runs in the process that trains. `make_model`, its first half, also serves `manage.py train`. Neither knows
who follows it: `recording` writes what a run reports into its row, `manage.py train` prints it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from classifier.digits.registry import register_version
from classifier.recognition.preprocessing.framing import to_network_scale
from training.data.datasets import Dataset, TrainingSplit, hold_out
from training.data.sources import drawn_folder
from training.evaluation import promotion
from training.evaluation.measuring import measure_candidate
from training.evaluation.metrics import Evaluation, evaluate
from training.models import TrainingRun
from training.networks.architectures import ARCHITECTURES, Architecture
from training.networks.artifacts import write_artifacts
from training.networks.backend import load_tensorflow, prepare_tensorflow
from training.networks.calibration import Outputs, calibrate
from training.networks.fitting import FitResult, FitSettings, fit
from training.networks.material import gather
from training.networks.weights import starting_version, weights_file
from training.synthesis.cache import Part
from training.synthesis.drawing import draw_for_calibration
from training.synthesis.steps import Step

from .callbacks import Callbacks, TrainingStopped
from .data import training_data
from .lifecycle import link_version, work_folder
from .recipe import Recipe

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

    @property
    def description(self) -> dict[str, Any]:
        """The fit for the version's metadata."""
        return {
            "settings": {
                **self.settings.to_json(),
                "held_out": len(self.held_out[0]),
                LEARNT_ALL: self.has_learnt_all,
                "chosen_by": "lowest loss on the held-out images" if self.trial else GIVEN,
                "fitted_on": self.images,
                "seconds": round(self.final.seconds),
            },
            "history": self.final.history,
            "held_out_history": self.trial.history if self.trial else [],
        }


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
    version = register_version(folder, also=partial(link_version, run))
    is_new = run.started is None or version.created >= run.started
    again = f"The network is the same as {version}, so no new version is registered."
    callbacks.stage(f"Registered as {version}." if is_new else again)
    callbacks.stage("Measuring the new version and the one in service on the fixed sets and corrections.")
    candidate = measure_candidate(version, partial(callbacks.begin, Step.MEASURE))
    with transaction.atomic():  # nobody sees the promotion without the end of the run
        callbacks.end(promotion.promote_after_run(run, version, candidate))


def make_model(recipe: Recipe, dataset: Dataset, folder: Path, callbacks: Callbacks | None = None) -> Evaluation:
    """Trains a network and writes its files into `folder`. Returns its evaluation on the test images.

    The test images are used once, after the fit, and for no choice.
    Raises TrainingStopped, Diverged, FileExistsError, ArtifactMismatch; ValueError and ModelFileDamaged if the
    weights to start from are missing or damaged.
    """
    callbacks = callbacks or Callbacks()
    architecture = ARCHITECTURES[recipe.architecture]
    callbacks.enter(Step.LOAD, "Loading TensorFlow.")
    load_tensorflow()
    fitted = fit_by_recipe(recipe, architecture, dataset, callbacks)
    callbacks.enter(Step.TEST, f"Measuring on {len(dataset.x_test):,} test images.")
    scaled = to_network_scale(dataset.x_test)
    probabilities = np.asarray(fitted.final.model.predict(scaled, batch_size=500, verbose=0))
    evaluation = evaluate(probabilities, dataset.y_test)
    held_out, begin = fitted.held_out, callbacks.begin
    callbacks.stage(f"Calibrating on {len(held_out[0]):,} held-out images: when to be unsure, what to refuse.")
    drawn = draw_for_calibration(len(held_out[0]), recipe.seed, drawn_folder(), partial(begin, Step.DRAWINGS))
    material = gather(held_out, drawn, recipe.seed, partial(begin, Step.PHOTOGRAPHS))
    calibration = calibrate(
        fitted.final.outputs,
        material,
        unlearnt=fitted.unlearnt,
        how_sure=fitted.how_sure,
        advance=begin(Step.SCORE, 1),
    )
    advance = callbacks.enter(Step.FILES, "Writing the model's files and checking that they agree with the network.")
    metadata = {
        "recipe": recipe.to_json(),
        "dataset": dataset.description,
        "corrections": dataset.corrections,
        "seed": recipe.seed,
        **fitted.description,
        "calibration": calibration,
        "evaluation": {"dataset": f"{dataset.name}, test images", **asdict(evaluation)},
    }
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
            result = fit(
                architecture,
                split.images,
                split.labels,
                settings,
                periods=split.periods,
                start=start,
                held_out=held_out,
                begin=partial(callbacks.begin, step),
                progress=callbacks.progress,
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
