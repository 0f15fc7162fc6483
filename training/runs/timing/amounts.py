"""The steps that a recipe takes, and how much work each is."""

from __future__ import annotations

from dataclasses import dataclass

from training.data.datasets import HELD_OUT
from training.data.sources import drawn_folder
from training.networks.architectures import ARCHITECTURES
from training.networks.material import PHOTOGRAPHED, SEED_OFFSET, drawn_for
from training.runs.recipe import CORRECTION_TIMES, SHIPPED, Recipe
from training.synthesis.drawing import PART, is_kept
from training.synthesis.steps import Step

MNIST_IMAGES = 60_000  # to learn from, of which HELD_OUT are held out


@dataclass(frozen=True)
class Pictures:
    """The pictures that are drawn for a recipe."""

    digits: int
    outliers: int
    period: int  # an epoch shows one in this many of both, the next epoch others


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


def to_draw(kind: str, count: int, seed: int) -> int:
    """Returns how many of these pictures have to be drawn: none if an earlier training left them."""
    is_there = (kind == "digits" and count <= SHIPPED) or is_kept(kind, count, seed, drawn_folder())
    return 0 if is_there else count


def work_of(recipe: Recipe, corrections: int) -> dict[Step, float]:
    """Returns the steps of a run, in their order, with the work of each in the unit that the run counts.

    corrections: how many there are to learn from.
    """
    pictures = pictures_of(recipe)
    labelled = MNIST_IMAGES * recipe.mnist + corrections * recipe.corrections
    held = (labelled + pictures.digits) * HELD_OUT / MNIST_IMAGES
    shown = _shown(recipe, pictures, corrections)
    fitted = shown * (1 - HELD_OUT / MNIST_IMAGES)
    epochs = recipe.epochs or ARCHITECTURES[recipe.architecture].expected_epochs
    calibrating, seed = drawn_for(int(held)), recipe.seed + SEED_OFFSET
    work: dict[Step, float] = {
        Step.START: 1,
        Step.READ: 1,
        Step.DIGITS: to_draw("digits", pictures.digits, recipe.seed),
        Step.OUTLIERS: to_draw("outliers", pictures.outliers, recipe.seed),
        Step.LOAD: 1,
        Step.TRIAL: 0 if recipe.epochs else epochs * fitted,
        Step.FIT: epochs * (fitted if recipe.epochs else shown),
        Step.DRAWINGS: sum(_not_kept(kind, calibrating, seed) for kind in ("digits", "outliers")),
        Step.PHOTOGRAPHS: (held + 2 * calibrating) // PHOTOGRAPHED,
        Step.SCORE: 1,
        Step.TEST: 1,
        Step.FILES: 1,
        Step.REGISTER: 1,
        Step.MEASURE: 2,
    }
    return {step: amount for step, amount in work.items() if amount}


def _shown(recipe: Recipe, pictures: Pictures, corrections: int) -> float:
    """Returns how many images an epoch shows."""
    drawn = (pictures.digits * bool(recipe.generated) + pictures.outliers) / pictures.period
    return MNIST_IMAGES * recipe.mnist + drawn + corrections * recipe.corrections * CORRECTION_TIMES


def _not_kept(kind: str, count: int, seed: int) -> int:
    return 0 if is_kept(kind, count, seed, drawn_folder()) else count
