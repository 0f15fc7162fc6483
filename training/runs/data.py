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
from training.synthesis.cache import Part
from training.synthesis.drawing import draw
from training.synthesis.processes import DrawingStopped
from training.synthesis.steps import Advance, Step, not_counted

from .callbacks import Callbacks, TrainingStopped
from .recipe import CORRECTION_TIMES, Recipe
from .timing.amounts import pictures_of, to_draw

FEWEST = 20  # digits to learn from, at least


def training_data(
    recipe: Recipe, progress: download.Progress | None = None, callbacks: Callbacks | None = None
) -> Dataset:
    """Returns all images that a recipe asks for.

    progress: receives the progress of the MNIST download.
    Raises MnistUnavailable, TrainingStopped, and ValueError if there is too little to learn from.
    """
    callbacks = callbacks or Callbacks()
    advance = callbacks.begin(Step.READ, 1)

    def received(so_far: int, expected: int | None) -> None:
        if progress:
            progress(so_far, expected)
        if expected:
            advance(so_far / expected)

    base = mnist_dataset(progress=received) if recipe.mnist else without_training_images(generated_dataset())
    pictures = pictures_of(recipe)
    parts: list[tuple[str, Part, int]] = []
    try:
        if recipe.generated:
            callbacks.stage(f"Drawing {pictures.digits:,} digits, or reading them if an earlier training drew them.")
            advance = _begin(callbacks, Step.DIGITS, to_draw("digits", pictures.digits, recipe.seed))
            digits = drawn_digits(pictures.digits, recipe.seed, callbacks.should_stop, advance)
            parts.append((GENERATED, digits, 1))
        if recipe.junk:
            callbacks.stage(f"Drawing {pictures.outliers:,} pictures that are not digits, or reading them.")
            advance = _begin(callbacks, Step.OUTLIERS, to_draw("outliers", pictures.outliers, recipe.seed))
            outliers = draw("outliers", pictures.outliers, recipe.seed, drawn_folder(), callbacks.should_stop, advance)
            parts.append((OUTLIERS, outliers, 1))
    except DrawingStopped:
        raise TrainingStopped from None
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


def _begin(callbacks: Callbacks, step: Step, pictures: int) -> Advance:
    """Begins a step if there is something to draw."""
    return callbacks.begin(step, pictures) if pictures else not_counted
