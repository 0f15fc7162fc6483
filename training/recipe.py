"""What to train, on what and how; and the whole making of a model by such a recipe: images, choosing the number
of epochs, fitting, measuring, writing it down. It does not know who watches.
"""

from __future__ import annotations

import platform
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier import mnist_download
from classifier.models import Correction, ModelVersion
from classifier.preprocessing import to_network_scale

from .architectures import ARCHITECTURES, Architecture
from .artifacts import outputs_of, write_artifacts
from .calibration import calibrate
from .datasets import (
    CORRECTION_TIMES,
    CORRECTIONS,
    GENERATED,
    JUNK,
    Dataset,
    compose,
    drawn_digits,
    drawn_junk,
    generated_dataset,
    hold_out,
    mnist_dataset,
    read_corrections,
    without_training_images,
)
from .drawn import NO_DIGIT, DrawingStopped, Part
from .evaluation import Evaluation, evaluate
from .fitting import FitResult, FitSettings, Progress, fit
from .weights import weights_file

if TYPE_CHECKING:
    import keras

DESCRIPTIONS = {
    "architecture": "The network's layers.",
    "mnist": "Learn from MNIST's 60,000 training images.",
    "corrections": f"Learn from people's accepted corrections, each shown {CORRECTION_TIMES} times in an epoch; "
    "a fifth of them is held back for measuring.",
    "generated": "Learn from so many digits drawn by a program as people of many schools write them, such as "
    "barred 7s. Up to 4,000 ship with the site; more are drawn first, which takes about a minute.",
    "junk": "Learn to be unsure from so many scribbles, letters, signs and other pictures of no digit.",
    "augmentation": "Show each image turned, bent, drawn with another pen, blurred or faint, anew in every epoch.",
    "start_from": "The version whose weights to continue from; without one it starts from chance.",
    "epochs": "How often it sees all images but a twelfth, held out to find how sure it may be. Empty: as often as "
    "does best on these, and then all images, which takes twice as long.",
    "batch_size": "How many images it looks at between two steps.",
    "learning_rate": "How large its steps are at most: they grow to this, then shrink to nothing.",
    "seed": "What chance begins with; the same recipe with the same seed makes the same network.",
}
FEWEST = 20  # images that anything can be learnt from
SHIPPED = 4_000  # generated digits that come with the site
LIMITS: dict[str, tuple[float, float]] = {
    "generated": (0, 200_000),
    "junk": (0, 50_000),
    "epochs": (1, 500),
    "batch_size": (1, 8192),
    "learning_rate": (1e-6, 1),
    "seed": (0, 2**31 - 1),
}


@dataclass(frozen=True)
class Recipe:
    """What to train and how; see DESCRIPTIONS. Raises ValueError with a sentence when it makes no sense."""

    architecture: str = "first_cnn"
    mnist: bool = True
    corrections: bool = False
    generated: int = 0
    junk: int = 0
    augmentation: bool = False
    start_from: str | None = None  # the public id of a version
    epochs: int | None = None
    batch_size: int = 128
    learning_rate: float = 0.006
    seed: int = 1

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise ValueError(f"There is no architecture {self.architecture!r}; there are {', '.join(ARCHITECTURES)}.")
        for name in ("mnist", "corrections", "augmentation"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false.")
        if not (self.mnist or self.corrections or self.generated):
            raise ValueError("There must be something to learn from: MNIST, corrections or generated digits.")
        for name in ("generated", "junk", "epochs", "batch_size", "seed"):
            _check_number(name, getattr(self, name), int, optional=name == "epochs")
        _check_number("learning_rate", self.learning_rate, int | float)
        if self.start_from is not None and not _is_public_id(self.start_from):
            raise ValueError("The version to continue from must be given by its public id.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Recipe:
        """Of what `to_json` gave; what is not said is as by default. Raises ValueError with a sentence."""
        known = {each.name for each in fields(cls)}
        if not isinstance(given, dict):
            raise ValueError("A recipe must be an object with a value for each of its settings.")
        if unknown := sorted(set(given) - known):
            raise ValueError(f"A recipe does not know {', '.join(unknown)}.")
        if isinstance(given.get("generated"), bool):  # as it was said before there could be more
            given = given | {"generated": SHIPPED if given["generated"] else 0}
        return cls(**given)


def _check_number(name: str, value: object, kind: Any, *, optional: bool = False) -> None:
    if value is None and optional:
        return
    low, high = LIMITS[name]
    # In Python True is a whole number; NaN is between nothing.
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        whole = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name} must be {whole} from {low:,} to {high:,}.")


def _is_public_id(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def default_recipe(version: ModelVersion | None) -> Recipe:
    """The recipe the version in service was made by, with people's corrections, continued from its weights.

    It ends within 5 minutes on 4 cores. Without a version, or with one of an architecture that is gone: the
    first network from scratch.
    """
    if version is None or version.architecture not in ARCHITECTURES:
        return replace(full_recipe(Recipe.architecture), corrections=True)
    architecture = ARCHITECTURES[version.architecture]
    return replace(
        recipe_of(version),
        corrections=True,
        start_from=str(version.public_id),
        epochs=architecture.further_epochs,
        learning_rate=architecture.further_learning_rate,
    )


def full_recipe(architecture: str) -> Recipe:
    """With all that a network was found to be best taught with, from chance."""
    network = ARCHITECTURES[architecture]
    return Recipe(
        architecture=architecture,
        generated=network.generated,
        junk=network.junk,
        augmentation=network.augmentation,
        epochs=network.expected_epochs,
        batch_size=network.batch_size,
        learning_rate=network.learning_rate,
    )


def recipe_of(version: ModelVersion) -> Recipe:
    """The recipe a version was made by, as far as its metadata says."""
    try:
        return Recipe.from_json(version.metadata["recipe"])
    except (KeyError, ValueError):
        is_generated = version.metadata.get("dataset", {}).get("name") == GENERATED
        return Recipe(architecture=version.architecture, mnist=not is_generated, generated=SHIPPED * is_generated)


def training_data(
    recipe: Recipe, progress: mnist_download.Progress | None = None, watch: Watch | None = None
) -> Dataset:
    """All images that a recipe asks for.

    progress: hears how far the fetching of MNIST is; watch: what is drawn.
    Raises MnistUnavailable, TrainingStopped, and ValueError when there is too little to learn from.
    """
    watch = watch or Watch()
    base = mnist_dataset(progress=progress) if recipe.mnist else without_training_images(generated_dataset())
    parts = []
    try:
        if recipe.generated:
            watch.stage(f"Drawing {recipe.generated:,} digits, unless they lie here from an earlier training.")
            generated = drawn_digits(recipe.generated, recipe.seed, watch.should_stop)
            parts.append((GENERATED, generated, 1))
        if recipe.junk:
            watch.stage(f"Drawing {recipe.junk:,} pictures of what is no digit, unless they lie here.")
            parts.append((JUNK, drawn_junk(recipe.junk, recipe.seed, watch.should_stop), 1))
    except DrawingStopped:
        raise TrainingStopped("The training was stopped; nothing was written.") from None
    if recipe.corrections:
        corrections = read_corrections(Correction.objects.to_train_on())
        parts.append((CORRECTIONS, corrections, CORRECTION_TIMES))
    whole = compose(base, parts) if parts else base
    if (digits := int((whole.y_train != NO_DIGIT).sum())) < FEWEST:
        raise ValueError(
            f"There are only {digits} accepted corrections to learn from; by themselves they must be {FEWEST} at least."
        )
    return whole


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
    Raises TrainingStopped, Diverged, FileExistsError, ArtifactMismatch; ValueError and ModelFileDamaged when the
    weights to start from cannot be had.
    """
    watch = watch or Watch()
    architecture = ARCHITECTURES[recipe.architecture]
    fitted, held_out = hold_out(dataset, recipe.seed)
    settings = settings_of(recipe, architecture)
    with weights_file(recipe.start_from, recipe.architecture) as start:

        def fit_on(part: Part, settings: FitSettings) -> FitResult:
            result = fit(
                architecture,
                *part,
                settings,
                start=start,
                held_out=held_out,
                progress=watch.progress,
                should_stop=watch.should_stop,
            )
            return _unless_stopped(result)

        trial = None
        if not recipe.epochs:
            watch.stage(f"Choosing the number of epochs on {len(held_out[0]):,} held-out training images.")
            trial = fit_on(fitted, settings)
            best = min(trial.history, key=lambda epoch: epoch["val_loss"])
            settings = replace(settings, epochs=int(best["epoch"]))
            fitted = dataset.for_an_epoch()
        begin = "Going on from earlier weights" if start else "Fitting"
        watch.stage(f"{begin} on {len(fitted[0]):,} training images, {settings.epochs} epochs.")
        result = fit_on(fitted, settings)
    watch.stage(f"Finding on {len(held_out[0]):,} held-out images how sure it may be, and what it should not read.")
    calibration = calibrated(result.model, held_out, recipe.seed, trial.model if trial else None)
    watch.stage(f"Measuring on {len(dataset.x_test):,} test images.")
    probabilities = np.asarray(result.model.predict(to_network_scale(dataset.x_test), batch_size=500, verbose=0))
    measured = evaluate(probabilities, dataset.y_test)
    metadata = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": recipe.to_json(),
        "dataset": dataset.describe(),
        "corrections": sum(source.images for source in dataset.sources if source.name == CORRECTIONS),
        "seed": recipe.seed,
        "settings": {
            **asdict(settings),
            "held_out": len(held_out[0]),
            "chosen_by": "lowest loss on the held-out images" if trial else "given",
            "fitted_on": len(fitted[0]),
            "seconds": round(result.seconds),
        },
        "history": result.history,
        "held_out_history": trial.history if trial else [],
        "calibration": calibration,
        "evaluation": {"dataset": f"{dataset.name}, test images", **asdict(measured)},
        "libraries": library_versions(),
    }
    watch.stage("Writing the model's files.")
    write_artifacts(result.model, architecture, folder, metadata, probe=dataset.x_test)
    return measured


def settings_of(recipe: Recipe, architecture: Architecture) -> FitSettings:
    epochs = recipe.epochs or architecture.expected_epochs
    return FitSettings(
        epochs=epochs,
        course=epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
        augmentation=recipe.augmentation,
    )


def calibrated(model: keras.Model, held_out: Part, seed: int, trial: keras.Model | None = None) -> dict[str, Any]:
    """How sure the network may say it is; see `calibration`.

    trial: the same network fitted without the held-out images, when `model` was fitted on all: then it is the
    trial that says how sure to be, since `model` knows these images by heart.
    """
    found = calibrate(outputs_of(model), *held_out, seed=seed)
    if trial is not None:
        honest = calibrate(outputs_of(trial), *held_out, seed=seed)
        found |= {name: honest[name] for name in ("temperature", "sure_from")}
    return found


def _unless_stopped(result: FitResult) -> FitResult:
    if result.stopped:
        raise TrainingStopped("The training was stopped; nothing was written.")
    return result


def library_versions() -> dict[str, str]:
    import tensorflow  # its distribution is called tensorflow or tensorflow-cpu

    return {
        "python": platform.python_version(),
        "tensorflow": str(tensorflow.__version__),
        "keras": library_version("keras"),
        "numpy": library_version("numpy"),
    }
