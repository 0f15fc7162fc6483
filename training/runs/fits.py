"""The fits of a recipe: a trial that chooses the number of epochs, unless the recipe gives it, and the final fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.data.datasets import Dataset, TrainingSplit, hold_out
from training.networks.architectures import ARCHITECTURES, Architecture
from training.networks.fit_settings import FitSettings
from training.networks.fitting import FitResult, fit
from training.synthesis.cache import Part

from .callbacks import Callbacks, TrainingStopped
from .recipe import Recipe

GIVEN = "given"  # in the metadata's settings: the recipe gave the number of epochs
LEARNT_ALL = "learnt_all"  # in the metadata's settings: see learnt_all


@dataclass(frozen=True)
class Fitted:
    """A fitted network, with what its calibration and metadata need."""

    final: FitResult
    trial: FitResult | None  # fitted without the held-out images, which `final` has then learnt
    settings: FitSettings  # of the final fit
    images: int  # that the final fit learnt from
    held_out: Part
    has_started_knowing: bool  # it continues from a version that has learnt the held-out images
    earlier_calibration: dict[str, Any] | None  # of the version that it continues from

    @property
    def has_learnt_all(self) -> bool:
        """Whether the network has also learnt the held-out images."""
        return self.trial is not None or self.has_started_knowing


def learnt_all(metadata: dict[str, Any]) -> bool:
    """Whether a version has also been fitted on the images that other trainings hold out."""
    settings = metadata.get("settings", {})
    return bool(settings.get(LEARNT_ALL, settings.get("chosen_by", GIVEN) != GIVEN))


def fit_by_recipe(
    recipe: Recipe, dataset: Dataset, callbacks: Callbacks, *, start: Path | None, earlier: dict[str, Any]
) -> Fitted:
    """Fits a network. start: a `.keras` file whose weights to continue from; earlier: its version's metadata, or {}.

    Raises TrainingStopped, Diverged, and ValueError if the weights do not fit the architecture.
    """
    architecture = ARCHITECTURES[recipe.architecture]
    settings = settings_of(recipe, architecture)
    split, held_out = hold_out(dataset, recipe.seed)

    def fit_on(split: TrainingSplit, settings: FitSettings) -> FitResult:
        result = fit(
            architecture,
            split.images,
            split.labels,
            settings,
            periods=split.periods,
            start=start,
            held_out=held_out,
            progress=callbacks.progress,
            should_stop=callbacks.should_stop,
        )
        if result.stopped:
            raise TrainingStopped
        return result

    trial = None
    if not recipe.epochs:
        callbacks.stage(f"Choosing the number of epochs on {len(held_out[0]):,} held-out training images.")
        trial = fit_on(split, settings)
        best = min(trial.history, key=lambda epoch: epoch["val_loss"])
        settings = replace(settings, epochs=int(best["epoch"]))
        split = dataset.training_split()
    begin = "Continuing from earlier weights" if start else "Fitting"
    plural = "" if settings.epochs == 1 else "s"
    callbacks.stage(f"{begin} on {len(split.images):,} training images, {settings.epochs} epoch{plural}.")
    final = fit_on(split, settings)
    return Fitted(final, trial, settings, len(split.images), held_out, learnt_all(earlier), earlier.get("calibration"))


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
