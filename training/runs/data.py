"""What a recipe asks for to learn from: MNIST, generated digits, outliers and lines, people's corrections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from classifier.digits.samples import download
from classifier.models import Correction
from classifier.recognition.classes import NOT_A_DIGIT
from training.data.datasets import (
    BOXED,
    CORRECTIONS,
    GENERATED,
    OUTLIERS,
    SHEETS,
    Dataset,
    compose,
    without_training_images,
)
from training.data.lines import LineDataset, corrected_lines, line_dataset
from training.data.sources import drawn_folder, generated_dataset, mnist_dataset, read_corrections
from training.networks.architectures import ARCHITECTURES
from training.synthesis.cache import Part
from training.synthesis.drawing import PART, draw
from training.synthesis.lines.parts import Lines
from training.synthesis.processes import DrawingStopped
from training.synthesis.sheets.boxed import draw_boxed
from training.synthesis.steps import Step

from .callbacks import Callbacks, TrainingStopped
from .recipe import CORRECTION_TIMES, SHIPPED, Recipe

FEWEST = 20  # digits to learn from, at least


@dataclass(frozen=True)
class Pictures:
    """The pictures that are drawn for a recipe."""

    digits: int
    boxed: int
    outliers: int
    period: int  # an epoch shows one in this many of each, the next epoch others


def training_data(
    recipe: Recipe, progress: download.Progress | None = None, callbacks: Callbacks | None = None
) -> Any:  # Any: a Dataset for a digit reader, a LineDataset for a line reader
    """Returns all images that a recipe asks for.

    progress: receives the progress of the MNIST download.
    Raises MnistUnavailable, TrainingStopped, and ValueError if there is too little to learn from.
    """
    callbacks = callbacks or Callbacks()
    base = _base(recipe, progress, callbacks)
    try:
        return READERS[recipe.kind](recipe, base, callbacks)
    except DrawingStopped:
        raise TrainingStopped from None


def digits_of(recipe: Recipe, base: Dataset, callbacks: Callbacks) -> Dataset:
    """Returns the images that a digit reader learns from. base: see `_base`."""
    pictures = pictures_of(recipe)
    parts = _drawn(recipe, pictures, base, callbacks)
    if recipe.corrections:
        parts.append((CORRECTIONS, read_corrections(Correction.objects.to_train_on()), CORRECTION_TIMES))
        if len((of_sheets := digits_of_sheets())[1]):
            parts.append((SHEETS, of_sheets, CORRECTION_TIMES))
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


def digits_of_sheets() -> Part:
    """See `decided_digits`."""
    from training.data.sheets import decided_digits  # OpenCV: pages that estimate the time of a run do not need it

    return decided_digits()


def lines_of_sheets() -> Lines:
    """See `decided_lines`."""
    from training.data.sheets import decided_lines  # OpenCV, as above

    return decided_lines()


def pictures_of(recipe: Recipe) -> Pictures:
    full_period = ARCHITECTURES[recipe.architecture].period if recipe.mnist and recipe.augmentation else 1
    period = min(full_period, recipe.epochs or full_period)
    return Pictures(
        needed(recipe.generated, period, full_period, more_than=SHIPPED),  # the shipped ones are others
        needed(recipe.boxed, period, full_period),
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


def _drawn(recipe: Recipe, pictures: Pictures, base: Dataset, callbacks: Callbacks) -> list[tuple[str, Part, int]]:
    """Returns the sources that a program draws. base: see `_base`. Raises DrawingStopped."""
    parts: list[tuple[str, Part, int]] = []
    given = recipe.seed, drawn_folder(), callbacks.should_stop
    if recipe.generated:
        callbacks.stage(f"Drawing {pictures.digits:,} digits, or reading them if an earlier training drew them.")
        shipped = generated_dataset()
        if pictures.digits <= len(shipped.x_train):
            digits = shipped.x_train[: pictures.digits], shipped.y_train[: pictures.digits]
        else:
            digits = draw("digits", pictures.digits, *given, partial(callbacks.begin, Step.DIGITS))
        parts.append((GENERATED, digits, 1))
    if recipe.boxed:
        callbacks.stage(f"Drawing {pictures.boxed:,} digits in boxes of sheets, or reading them.")
        boxed = draw_boxed(_scans(recipe, base), pictures.boxed, *given, partial(callbacks.begin, Step.BOXED))
        parts.append((BOXED, boxed, 1))
    if recipe.junk:
        callbacks.stage(f"Drawing {pictures.outliers:,} pictures that are not digits, or reading them.")
        outliers = draw("outliers", pictures.outliers, *given, partial(callbacks.begin, Step.OUTLIERS))
        parts.append((OUTLIERS, outliers, 1))
    return parts


def lines_of(recipe: Recipe, base: Dataset, callbacks: Callbacks) -> LineDataset:
    """Returns the lines that a line reader learns from. base: see `_base`; people wrote MNIST's digits in it."""
    if not recipe.generated:
        raise ValueError("There are no lines to learn from; choose how many a program draws.")
    callbacks.stage(f"Drawing {recipe.generated:,} lines, or reading them if an earlier training drew them.")
    return line_dataset(
        _scans(recipe, base),
        recipe.generated,
        recipe.seed,
        Lines.joined([corrected_lines(), lines_of_sheets()]) if recipe.corrections else Lines([], []),
        CORRECTION_TIMES,
        callbacks.should_stop,
        partial(callbacks.begin, Step.LINES),
    )


def _scans(recipe: Recipe, base: Dataset) -> tuple[str, Part]:
    """Returns the digits that people wrote, to draw with, and the name of their source. base: see `_base`."""
    scans = base if recipe.mnist else generated_dataset()
    return scans.name, (scans.x_train, scans.y_train)


READERS: dict[str, Callable[[Recipe, Dataset, Callbacks], Any]] = {"digit": digits_of, "line": lines_of}
