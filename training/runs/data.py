"""The images that a recipe asks for: MNIST, generated digits, outliers and people's corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from classifier.digits.samples import download
from classifier.models import Correction
from classifier.recognition.classes import NOT_A_DIGIT
from training.data.datasets import (
    CORRECTIONS,
    GENERATED,
    OUTLIERS,
    Dataset,
    compose,
    without_training_images,
)
from training.data.sources import drawn_folder, generated_dataset, mnist_dataset, read_corrections
from training.networks.architectures import ARCHITECTURES
from training.synthesis.cache import Part
from training.synthesis.drawing import PART, draw
from training.synthesis.processes import DrawingStopped
from training.synthesis.steps import Step

from .callbacks import Callbacks, TrainingStopped
from .recipe import CORRECTION_TIMES, SHIPPED, Recipe

FEWEST = 20  # digits to learn from, at least


@dataclass(frozen=True)
class Pictures:
    """The pictures that are drawn for a recipe."""

    digits: int
    outliers: int
    period: int  # an epoch shows one in this many of both, the next epoch others


def training_data(
    recipe: Recipe, progress: download.Progress | None = None, callbacks: Callbacks | None = None
) -> Dataset:
    """Returns all images that a recipe asks for.

    progress: receives the progress of the MNIST download.
    Raises MnistUnavailable, TrainingStopped, and ValueError if there is too little to learn from.
    """
    callbacks = callbacks or Callbacks()
    base = _base(recipe, progress, callbacks)
    pictures = pictures_of(recipe)
    parts = _drawn(recipe, pictures, callbacks)
    if recipe.corrections:
        parts.append((CORRECTIONS, read_corrections(Correction.objects.to_train_on()), CORRECTION_TIMES))
    dataset = compose(base, parts, pictures.period) if parts else base
    if pictures.digits < recipe.generated:
        mnist, generated, *others = dataset.sources
        dataset = replace(dataset, sources=(mnist, replace(generated, out_of=recipe.generated), *others))
    if (count := int((dataset.y_train != NOT_A_DIGIT).sum())) < FEWEST:
        raise ValueError(
            f"There are only {count} accepted corrections to learn from; without other images at least {FEWEST} "
            "are needed."
        )
    return dataset


def pictures_of(recipe: Recipe) -> Pictures:
    full_period = ARCHITECTURES[recipe.architecture].period if recipe.mnist and recipe.augmentation else 1
    period = min(full_period, recipe.epochs or full_period)
    return Pictures(
        needed(recipe.generated, period, full_period, more_than=SHIPPED),  # the shipped ones are others
        needed(recipe.junk, period, full_period),
        period,
    )


def needed(count: int, period: int, full_period: int, more_than: int = 0) -> int:
    """Returns how many of `count` pictures to draw for a training too short to show all of them.

    A training with as many epochs as `full_period` shows all; with `period` epochs, fewer, it shows that share.

    Pictures are drawn PART at a time, and the first ones are the same however many follow.
    """
    drawn = -(-count * period // full_period)
    drawn += -drawn % PART
    return drawn if more_than < drawn < count else count


def _base(recipe: Recipe, progress: download.Progress | None, callbacks: Callbacks) -> Dataset:
    """Returns MNIST, or the test images of the generated digits if the recipe leaves MNIST out."""
    advance = callbacks.begin(Step.READ, 1)

    def received(so_far: int, expected: int | None) -> None:
        if progress:
            progress(so_far, expected)
        if expected:
            advance(so_far / expected)

    return mnist_dataset(progress=received) if recipe.mnist else without_training_images(generated_dataset())


def _drawn(recipe: Recipe, pictures: Pictures, callbacks: Callbacks) -> list[tuple[str, Part, int]]:
    """Returns the sources that a program draws. Raises TrainingStopped."""
    parts: list[tuple[str, Part, int]] = []
    given = recipe.seed, drawn_folder(), callbacks.should_stop
    try:
        if recipe.generated:
            callbacks.stage(f"Drawing {pictures.digits:,} digits, or reading them if an earlier training drew them.")
            shipped = generated_dataset()
            if pictures.digits <= len(shipped.x_train):
                digits = shipped.x_train[: pictures.digits], shipped.y_train[: pictures.digits]
            else:
                digits = draw("digits", pictures.digits, *given, partial(callbacks.begin, Step.DIGITS))
            parts.append((GENERATED, digits, 1))
        if recipe.junk:
            callbacks.stage(f"Drawing {pictures.outliers:,} pictures that are not digits, or reading them.")
            outliers = draw("outliers", pictures.outliers, *given, partial(callbacks.begin, Step.OUTLIERS))
            parts.append((OUTLIERS, outliers, 1))
    except DrawingStopped:
        raise TrainingStopped from None
    return parts
