"""The images that a recipe asks for: MNIST, generated digits, outliers and people's corrections."""

from __future__ import annotations

from dataclasses import replace

from classifier.digits.samples import download
from classifier.models import Correction
from classifier.recognition.classes import NOT_A_DIGIT
from training.data.datasets import (
    CORRECTIONS,
    GENERATED,
    JUNK,
    Dataset,
    compose,
    drawn_digits,
    drawn_outliers,
    generated_dataset,
    mnist_dataset,
    read_corrections,
    without_training_images,
)
from training.networks.architectures import ARCHITECTURES
from training.synthesis.drawing import PART, DrawingStopped, Part

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
    in_turn = ARCHITECTURES[recipe.architecture].in_turn if recipe.mnist and recipe.augmentation else 1
    turns = min(in_turn, recipe.epochs or in_turn)
    digits_drawn = needed(recipe.generated, turns, in_turn, more_than=SHIPPED)  # the shipped ones are others
    outliers_drawn = needed(recipe.junk, turns, in_turn)
    parts: list[tuple[str, Part, int]] = []
    try:
        if recipe.generated:
            callbacks.stage(f"Drawing {digits_drawn:,} digits, or reading them if an earlier training drew them.")
            parts.append((GENERATED, drawn_digits(digits_drawn, recipe.seed, callbacks.should_stop), 1))
        if recipe.junk:
            callbacks.stage(f"Drawing {outliers_drawn:,} pictures that are not digits, or reading them.")
            parts.append((JUNK, drawn_outliers(outliers_drawn, recipe.seed, callbacks.should_stop), 1))
    except DrawingStopped:
        raise TrainingStopped from None
    if recipe.corrections:
        parts.append((CORRECTIONS, read_corrections(Correction.objects.to_train_on()), CORRECTION_TIMES))
    dataset = compose(base, parts, turns) if parts else base
    if digits_drawn < recipe.generated:
        mnist, generated, *others = dataset.sources
        dataset = replace(dataset, sources=(mnist, replace(generated, out_of=recipe.generated), *others))
    if (digits := int((dataset.y_train != NOT_A_DIGIT).sum())) < FEWEST:
        raise ValueError(
            f"There are only {digits} accepted corrections to learn from; without other images at least {FEWEST} "
            "are needed."
        )
    return dataset


def needed(count: int, turns: int, in_turn: int, more_than: int = 0) -> int:
    """Returns how many of `count` pictures to draw for a training that shows only `turns` of `in_turn` parts of them.

    Pictures are drawn PART at a time, and the first ones are the same however many follow.
    """
    drawn = -(-count * turns // in_turn)
    drawn += -drawn % PART
    return drawn if more_than < drawn < count else count
