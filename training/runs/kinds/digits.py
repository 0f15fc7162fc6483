"""The training of a digit reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.preprocessing.framing import to_network_scale
from training.data.datasets import Dataset, TrainingSplit, hold_out
from training.data.sources import drawn_folder
from training.evaluation.metrics import Evaluation, evaluate
from training.networks.architectures import ARCHITECTURES, Architecture
from training.networks.artifacts import export_digits
from training.networks.calibration import Outputs, calibrate
from training.networks.fitting import FitResult, FitSettings, fit
from training.networks.material import gather
from training.networks.weights import starting_version, weights_file
from training.runs.callbacks import Callbacks, TrainingStopped
from training.runs.recipe import Recipe
from training.synthesis.cache import Part
from training.synthesis.drawing import draw_for_calibration
from training.synthesis.steps import Advance, Step

from .settings import settings_of

if TYPE_CHECKING:
    import keras

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


class DigitTraining:
    """The training of a digit reader; see `Training`."""

    fitted: Fitted

    def __init__(self, recipe: Recipe, data: Dataset, callbacks: Callbacks) -> None:
        self.recipe, self.data, self.callbacks = recipe, data, callbacks

    def fit(self) -> keras.Model:
        self.fitted = fit_by_recipe(self.recipe, ARCHITECTURES[self.recipe.architecture], self.data, self.callbacks)
        return self.fitted.final.model

    def evaluate(self) -> Evaluation:
        self.callbacks.enter(Step.TEST, f"Measuring on {len(self.data.x_test):,} test images.")
        probabilities = np.asarray(self.fitted.final.model.predict(self._test_images, batch_size=500, verbose=0))
        return evaluate(probabilities, self.data.y_test)

    def calibrate(self) -> dict[str, Any]:
        held_out, seed, begin = self.fitted.held_out, self.recipe.seed, self.callbacks.begin
        self.callbacks.stage(f"Calibrating on {len(held_out[0]):,} held-out images: when to be unsure, what to refuse.")
        drawn = draw_for_calibration(len(held_out[0]), seed, drawn_folder(), partial(begin, Step.DRAWINGS))
        material = gather(held_out, drawn, seed, partial(begin, Step.PHOTOGRAPHS))
        return calibrate(
            self.fitted.final.outputs,
            material,
            unlearnt=self.fitted.unlearnt,
            how_sure=self.fitted.how_sure,
            advance=begin(Step.SCORE, 1),
        )

    def export(self, model: keras.Model, path: Path, advance: Advance) -> dict[str, Any]:
        return export_digits(model, path, advance, probe=self._test_images)

    @property
    def description(self) -> dict[str, Any]:
        data = {"dataset": self.data.description, "corrections": self.data.corrections}
        return data | self.fitted.description

    @cached_property
    def _test_images(self) -> NDArray[np.float32]:
        return to_network_scale(self.data.x_test)


def fit_by_recipe(recipe: Recipe, architecture: Architecture, dataset: Dataset, callbacks: Callbacks) -> Fitted:
    """Fits a network, after a trial that chooses the number of epochs unless the recipe gives it.

    Raises as `execution.make_model`.
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


def learnt_all(metadata: dict[str, Any]) -> bool:
    """Whether a version has also been fitted on the images that other trainings hold out."""
    settings = metadata.get("settings", {})
    return bool(settings.get(LEARNT_ALL, settings.get("chosen_by", GIVEN) != GIVEN))


def how_sure_of(metadata: dict[str, Any]) -> dict[str, float] | None:
    """Returns the temperature and `sure_from` of a version; None if it has no calibration."""
    calibration = metadata.get("calibration")
    return {name: calibration[name] for name in HOW_SURE} if calibration else None
