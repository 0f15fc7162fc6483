"""The images that a recipe asks for: MNIST, generated digits, outliers and people's corrections."""

from __future__ import annotations

from dataclasses import replace

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
from training.data.sources import drawn_digits, drawn_folder, generated_dataset, mnist_dataset, read_corrections
from training.networks.architectures import ARCHITECTURES
from training.synthesis.cache import Part
from training.synthesis.drawing import PART, draw
from training.synthesis.processes import DrawingStopped

from .callbacks import Callbacks, TrainingStopped
from .recipe import CORRECTION_TIMES, SHIPPED, Recipe

FEWEST = 20  # digits to learn from, at least


def training_data(
    recipe: Recipe, progress: download.Progress | None = None, callbacks: Callbacks | None = None
) -> Dataset:
    """Returns all images that a recipe asks for.

    progress: receives the progress of the MNIST download.
    Raises MnistUnavailable, TrainingStopped, and ValueError if there is too little to learn from.
    """
    callbacks = callbacks or Callbacks()
    base = mnist_dataset(progress=progress) if recipe.mnist else without_training_images(generated_dataset())
    full_period = ARCHITECTURES[recipe.architecture].period if recipe.mnist and recipe.augmentation else 1
    period = min(full_period, recipe.epochs or full_period)
    digits_drawn = needed(recipe.generated, period, full_period, more_than=SHIPPED)  # the shipped ones are others
    outliers_drawn = needed(recipe.junk, period, full_period)
    parts: list[tuple[str, Part, int]] = []
    try:
        if recipe.generated:
            callbacks.stage(f"Drawing {digits_drawn:,} digits, or reading them if an earlier training drew them.")
            parts.append((GENERATED, drawn_digits(digits_drawn, recipe.seed, callbacks.should_stop), 1))
        if recipe.junk:
            callbacks.stage(f"Drawing {outliers_drawn:,} pictures that are not digits, or reading them.")
            outliers = draw("outliers", outliers_drawn, recipe.seed, drawn_folder(), callbacks.should_stop)
            parts.append((OUTLIERS, outliers, 1))
    except DrawingStopped:
        raise TrainingStopped from None
    if recipe.corrections:
        parts.append((CORRECTIONS, read_corrections(Correction.objects.to_train_on()), CORRECTION_TIMES))
    dataset = compose(base, parts, period) if parts else base
    if digits_drawn < recipe.generated:
        mnist, generated, *others = dataset.sources
        dataset = replace(dataset, sources=(mnist, replace(generated, out_of=recipe.generated), *others))
    if (digits := int((dataset.y_train != NOT_A_DIGIT).sum())) < FEWEST:
        raise ValueError(
            f"There are only {digits} accepted corrections to learn from; without other images at least {FEWEST} "
            "are needed."
        )
    return dataset


def needed(count: int, period: int, full_period: int, more_than: int = 0) -> int:
    """Returns how many of `count` pictures to draw for a training too short to show all of them.

    A training with as many epochs as `full_period` shows all; with `period` epochs, fewer, it shows that share.

    Pictures are drawn PART at a time, and the first ones are the same however many follow.
    """
    drawn = -(-count * period // full_period)
    drawn += -drawn % PART
    return drawn if more_than < drawn < count else count
