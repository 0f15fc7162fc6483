"""The steps that a recipe takes, and how much work each is."""

from __future__ import annotations

from collections.abc import Callable

from training.data.datasets import GENERATED, HELD_OUT, MNIST
from training.data.lines import lines_to_draw
from training.data.sources import drawn_folder
from training.networks.architectures import ARCHITECTURES
from training.networks.material import PHOTOGRAPHED
from training.runs.data import Pictures, pictures_of
from training.runs.recipe import CORRECTION_TIMES, SHIPPED, Recipe
from training.synthesis.drawing import SEED_OFFSET, drawn_for, is_kept
from training.synthesis.sheets import boxed
from training.synthesis.steps import Step

MNIST_IMAGES = 60_000  # to learn from, of which HELD_OUT are held out


def work_of(recipe: Recipe, corrections: int) -> dict[Step, float]:
    """Returns the steps of a run, in their order, with the work of each in the unit that the run counts.

    corrections: how many there are to learn from.
    """
    return {step: amount for step, amount in WORK[recipe.kind](recipe, corrections).items() if amount}


def _of_digits(recipe: Recipe, corrections: int) -> dict[Step, float]:
    pictures = pictures_of(recipe)
    labelled = MNIST_IMAGES * recipe.mnist + corrections * recipe.corrections
    held = (labelled + pictures.digits) * HELD_OUT / MNIST_IMAGES
    shown = _shown(recipe, pictures, corrections)
    fitted = shown * (1 - HELD_OUT / MNIST_IMAGES)
    epochs = recipe.epochs or ARCHITECTURES[recipe.architecture].expected_epochs
    calibrating, seed = drawn_for(int(held)), recipe.seed + SEED_OFFSET
    return {
        Step.START: 1,
        Step.READ: 1,
        Step.DIGITS: _to_draw("digits", pictures.digits, recipe.seed) if pictures.digits > SHIPPED else 0,
        Step.BOXED: _boxed_to_draw(recipe, pictures.boxed),
        Step.OUTLIERS: _to_draw("outliers", pictures.outliers, recipe.seed),
        Step.LOAD: 1,
        Step.TRIAL: 0 if recipe.epochs else epochs * fitted,
        Step.FIT: epochs * (fitted if recipe.epochs else shown),
        Step.TEST: 1,
        Step.DRAWINGS: sum(_to_draw(kind, calibrating, seed) for kind in ("digits", "outliers")),
        Step.PHOTOGRAPHS: (held + 2 * calibrating) // PHOTOGRAPHED,
        Step.SCORE: 1,
        Step.FILES: 1,
        Step.REGISTER: 1,
        Step.MEASURE: 2,
    }


def _of_lines(recipe: Recipe, corrections: int) -> dict[Step, float]:
    epochs = recipe.epochs or ARCHITECTURES[recipe.architecture].expected_epochs
    return {
        Step.START: 1,
        Step.READ: 1,
        Step.LINES: lines_to_draw(_scans(recipe), recipe.generated, recipe.seed),
        Step.LOAD: 1,
        Step.FIT: epochs * recipe.generated,
        Step.TEST: 1,
        Step.SCORE: 1,
        Step.FILES: 1,
        Step.REGISTER: 1,
        Step.MEASURE: 2,
    }


WORK: dict[str, Callable[[Recipe, int], dict[Step, float]]] = {"digit": _of_digits, "line": _of_lines}


def _shown(recipe: Recipe, pictures: Pictures, corrections: int) -> float:
    """Returns how many images an epoch shows."""
    drawn = (pictures.digits * bool(recipe.generated) + pictures.boxed + pictures.outliers) / pictures.period
    return MNIST_IMAGES * recipe.mnist + drawn + corrections * recipe.corrections * CORRECTION_TIMES


def _to_draw(kind: str, count: int, seed: int) -> int:
    """Returns how many of these pictures have to be drawn: none if an earlier training left them."""
    return 0 if is_kept(kind, count, seed, drawn_folder()) else count


def _boxed_to_draw(recipe: Recipe, count: int) -> int:
    """The same of digits in boxes."""
    return 0 if boxed.is_kept(_scans(recipe), count, recipe.seed, drawn_folder()) else count


def _scans(recipe: Recipe) -> str:
    """Names the digits of people with which lines and sheets are drawn."""
    return MNIST if recipe.mnist else GENERATED
