"""The whole making of a model by a recipe: images, choosing the number of epochs, fitting, measuring, writing it
down. It does not know who watches.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.digits.registry import TFLITE, read_metadata
from classifier.digits.samples import download
from classifier.models import Correction
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.inference import Network
from classifier.recognition.preprocessing.framing import to_network_scale
from training.data.datasets import (
    CORRECTIONS,
    GENERATED,
    JUNK,
    Dataset,
    TrainingSplit,
    compose,
    drawn_digits,
    drawn_outliers,
    generated_dataset,
    hold_out,
    mnist_dataset,
    read_corrections,
    without_training_images,
)
from training.evaluation.metrics import Evaluation, evaluate
from training.networks.architectures import ARCHITECTURES, Architecture
from training.networks.artifacts import outputs_of, to_json, write_artifacts
from training.networks.calibration import Answering, calibrate
from training.networks.fitting import FitResult, FitSettings, Progress, fit
from training.networks.weights import starting_version, weights_file
from training.synthesis.drawing import PART, DrawingStopped, Part

from .recipe import CORRECTION_TIMES, SHIPPED, Recipe

if TYPE_CHECKING:
    import keras

FEWEST = 20  # images that anything can be learnt from
GIVEN = "given"  # how the number of epochs was chosen when it was not
AT_ONCE = 500  # images
LEARNT_ALL = "learnt_all"  # in the metadata's settings, see learnt_all
HOW_SURE = ("temperature", "sure_from")  # of a calibration: what the images held out tell


def training_data(recipe: Recipe, progress: download.Progress | None = None, watch: Watch | None = None) -> Dataset:
    """All images that a recipe asks for.

    progress: hears how far the fetching of MNIST is; watch: what is drawn.
    Raises MnistUnavailable, TrainingStopped, and ValueError when there is too little to learn from.
    """
    watch = watch or Watch()
    base = mnist_dataset(progress=progress) if recipe.mnist else without_training_images(generated_dataset())
    in_turn = ARCHITECTURES[recipe.architecture].in_turn if recipe.mnist and recipe.augmentation else 1
    turns = min(in_turn, recipe.epochs or in_turn)
    digits_drawn = needed(recipe.generated, turns, in_turn, more_than=SHIPPED)  # those that ship are others
    junk_drawn = needed(recipe.junk, turns, in_turn)
    parts = []
    try:
        if recipe.generated:
            watch.stage(f"Drawing {digits_drawn:,} digits, unless they lie here from an earlier training.")
            parts.append((GENERATED, drawn_digits(digits_drawn, recipe.seed, watch.should_stop), 1))
        if recipe.junk:
            watch.stage(f"Drawing {junk_drawn:,} pictures of what is no digit, unless they lie here.")
            parts.append((JUNK, drawn_outliers(junk_drawn, recipe.seed, watch.should_stop), 1))
    except DrawingStopped:
        raise TrainingStopped("The training was stopped; nothing was written.") from None
    if recipe.corrections:
        corrections = read_corrections(Correction.objects.to_train_on())
        parts.append((CORRECTIONS, corrections, CORRECTION_TIMES))
    whole = compose(base, parts, turns) if parts else base
    if digits_drawn < recipe.generated:
        mnist, generated, *others = whole.sources
        whole = replace(whole, sources=(mnist, replace(generated, out_of=recipe.generated), *others))
    if (digits := int((whole.y_train != NOT_A_DIGIT).sum())) < FEWEST:
        raise ValueError(
            f"There are only {digits} accepted corrections to learn from; by themselves they must be {FEWEST} at least."
        )
    return whole


def needed(count: int, turns: int, in_turn: int, more_than: int = 0) -> int:
    """How many of `count` pictures must be drawn when so few epochs are run that only `turns` of `in_turn` parts are
    shown. They are drawn some at a time, and the first are the same however many follow.
    """
    some = -(-count * turns // in_turn)
    some += -some % PART
    return some if more_than < some < count else count


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
    lesson, held_out = hold_out(dataset, recipe.seed)
    settings = settings_of(recipe, architecture)
    earlier = starting_version(recipe.start_from, recipe.architecture).metadata if recipe.start_from else {}
    with weights_file(recipe.start_from, recipe.architecture) as start:

        def fit_on(lesson: TrainingSplit, settings: FitSettings) -> FitResult:
            result = fit(
                architecture,
                lesson.images,
                lesson.labels,
                settings,
                in_turn=lesson.in_turn,
                start=start,
                held_out=held_out,
                progress=watch.progress,
                should_stop=watch.should_stop,
            )
            return _unless_stopped(result)

        trial = None
        if not recipe.epochs:
            watch.stage(f"Choosing the number of epochs on {len(held_out[0]):,} held-out training images.")
            trial = fit_on(lesson, settings)
            best = min(trial.history, key=lambda epoch: epoch["val_loss"])
            settings = replace(settings, epochs=int(best["epoch"]))
            lesson = dataset.lesson()
        begin = "Going on from earlier weights" if start else "Fitting"
        plural = "" if settings.epochs == 1 else "s"
        watch.stage(f"{begin} on {len(lesson.images):,} training images, {settings.epochs} epoch{plural}.")
        result = fit_on(lesson, settings)
    watch.stage(f"Finding on {len(held_out[0]):,} held-out images how sure it may be, and what it should not read.")
    if learnt_all(earlier):
        calibration = calibrated(result.model, held_out, recipe.seed, how_sure=earlier.get("calibration"))
    else:
        calibration = calibrated(result.model, held_out, recipe.seed, trial=trial.model if trial else None)
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
            LEARNT_ALL: trial is not None or learnt_all(earlier),
            "chosen_by": "lowest loss on the held-out images" if trial else GIVEN,
            "fitted_on": len(lesson.images),
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
        weight_decay=architecture.weight_decay,
        seed=recipe.seed,
        augmentation=recipe.augmentation,
    )


def calibrated(
    model: keras.Model,
    held_out: Part,
    seed: int,
    *,
    trial: keras.Model | None = None,
    how_sure: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """How sure the network may say it is; see `calibration`.

    What a network knows by heart cannot tell how sure it may be. So when it was fitted on all images it is its trial
    that tells, the same network fitted without those held out; and when the weights that it went on from were, it
    is as sure as that version (how_sure: its calibration).
    """
    is_known = trial is not None or how_sure is not None
    found = calibrate(outputs_of(model), *held_out, seed=seed, is_known=is_known)
    if trial is not None:
        how_sure = calibrate(outputs_of(trial), *held_out, seed=seed)
    if how_sure is not None:
        found |= {name: how_sure[name] for name in HOW_SURE}
    return found


def learnt_all(metadata: dict[str, Any]) -> bool:
    """Whether a network has been fitted on the images, too, that are held out of others' trainings."""
    settings = metadata.get("settings", {})
    return bool(settings.get(LEARNT_ALL, settings.get("chosen_by", GIVEN) != GIVEN))


def calibrate_again(folder: Path) -> dict[str, Any]:
    """Calibrate a trained folder by today's code and keep that in its metadata; no weight changes. Returns the new
    calibration.

    Of what was held out of its training MNIST's part is looked at. A network that was fitted on that too keeps how
    sure it may be: see `calibrated`. Raises ModelFileDamaged, MnistUnavailable; ValueError when it never learnt MNIST.
    """
    metadata = read_metadata(folder)
    recipe = Recipe.from_json(metadata["recipe"])
    if not recipe.mnist:
        raise ValueError("Only a network that was taught MNIST can be calibrated again: part of that was held out.")
    _, held_out = hold_out(mnist_dataset(), recipe.seed)
    network = Network((folder / TFLITE).read_bytes(), metadata["files"][TFLITE]["sha256"])
    is_known = learnt_all(metadata)
    found = calibrate(answers_of(network), *held_out, seed=recipe.seed, is_known=is_known)
    if is_known:
        found |= {name: metadata["calibration"][name] for name in HOW_SURE}
    draft = folder / ".metadata.json"
    draft.write_text(to_json(metadata | {"calibration": found}), encoding="utf-8")
    draft.replace(folder / "metadata.json")
    return found


def answers_of(network: Network) -> Answering:
    """As `outputs_of`, of the file that serves."""

    def answer(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        parts = [network.answer(images[start : start + AT_ONCE]) for start in range(0, len(images), AT_ONCE)]
        return np.concatenate([part.logits for part in parts]), np.concatenate([part.features for part in parts])

    return answer


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
