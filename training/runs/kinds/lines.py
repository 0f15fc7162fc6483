"""The training of a line reader."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULT, TFLITE, read_metadata
from classifier.recognition.calibration import Calibration
from classifier.recognition.inference import Network
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.lines.reading import DigitAnswer, DigitNetwork
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.verdict import judge_rows
from training.data.lines import LineDataset, held_back_scans
from training.networks.architectures import ARCHITECTURES
from training.networks.fitting import FitResult, FitSettings
from training.networks.line_calibration import calibrate_lines
from training.networks.line_material import gather_lines
from training.networks.lines.exporting import Serving, logits_of_file
from training.networks.lines.fitting import fit_lines
from training.networks.lines.reading import LineEvaluation, read_lines
from training.networks.weights import starting_version, weights_file
from training.runs.callbacks import Callbacks, TrainingStopped
from training.runs.recipe import Recipe
from training.synthesis.lines.scans import Scans
from training.synthesis.steps import Advance, Step, not_counted

from .settings import settings_of

if TYPE_CHECKING:
    import keras


CALIBRATED = 16_000  # numbers drawn to calibrate with, and words and outliers beside them
FEWEST_RIGHT = 20  # of them that the network reads right; with fewer there is nothing to calibrate


class LineTraining:
    """The training of a line reader; see `Training`."""

    fitted: FitResult
    settings: FitSettings

    def __init__(self, recipe: Recipe, data: LineDataset, callbacks: Callbacks) -> None:
        self.recipe, self.data, self.callbacks = recipe, data, callbacks

    def fit(self) -> keras.Model:
        recipe, data, callbacks = self.recipe, self.data, self.callbacks
        self.settings = settings_of(recipe, ARCHITECTURES[recipe.architecture])
        version = starting_version(recipe.start_from, recipe.architecture) if recipe.start_from else None
        begin = "Continuing from earlier weights" if version else "Fitting"
        times = "once" if self.settings.epochs == 1 else f"{self.settings.epochs} times"
        callbacks.stage(f"{begin} on {data.shown:,} lines, each shown {times}.")
        with weights_file(version) as start:
            self.fitted = fit_lines(
                ARCHITECTURES[recipe.architecture],
                data.readers,
                data.shown,
                data.held_out,
                self.settings,
                start=start,
                begin=partial(callbacks.begin, Step.FIT),
                progress=callbacks.progress,
                should_stop=callbacks.should_stop,
            )
        if self.fitted.stopped:
            raise TrainingStopped
        return self.fitted.model

    @cached_property
    def serving(self) -> Serving:
        """What serves, and so what is measured and calibrated. Raises ArtifactMismatch."""
        return Serving.of(self.fitted.model, self.data.held_out)

    def evaluate(self) -> LineEvaluation:
        test = self.data.test
        self.callbacks.enter(Step.TEST, f"Measuring on {len(test):,} test lines.")
        return LineEvaluation.of(read_lines(logits_of_file(self.serving.network), test), test.texts)

    def calibrate(self) -> dict[str, Any] | None:
        advance = self.callbacks.enter(Step.SCORE, f"Calibrating on {CALIBRATED:,} numbers, and words and outliers.")
        return calibrated(self.serving.network, self.recipe.seed, advance)

    def export(self, model: keras.Model, path: Path, advance: Advance) -> dict[str, Any]:
        advance(0.9)
        return self.serving.export(path)

    @property
    def description(self) -> dict[str, Any]:
        return {
            "dataset": self.data.description,
            "corrections": len(self.data.corrected),
            "settings": {
                **self.settings.to_json(),
                "held_out": len(self.data.held_out),
                "fitted_on": self.data.shown,
                "seconds": round(self.fitted.seconds),
            },
            "history": self.fitted.history,
        }


def calibrated(network: LineNetwork, seed: int, advance: Advance = not_counted) -> dict[str, Any] | None:
    """The calibration of a network, as it is stored; None if it reads too few numbers right."""
    # MNIST's test images, because the digit network has learnt the others.
    scans = Scans(*held_back_scans()[1])
    material = gather_lines(network.logits, digit_network(), scans, CALIBRATED, seed, advance)
    if material.is_right.sum() < FEWEST_RIGHT:
        return None
    return calibrate_lines(material, seed).to_stored()


def digit_network() -> DigitNetwork:
    """The bundled digit reader: with the one in service, the same recipe would be calibrated differently elsewhere."""
    folder = BUNDLED / BUNDLED_DEFAULT
    metadata = read_metadata(folder)
    network = Network((folder / TFLITE).read_bytes(), metadata["files"][TFLITE]["sha256"])
    calibration = Calibration.of(metadata["calibration"])

    def answers(digits: Sequence[FoundDigit]) -> list[DigitAnswer]:
        pixels = np.stack([digit.pixels for digit in digits])
        answer = network.answer(pixels)
        hints = [digit.hints for digit in digits]
        judgements = judge_rows(answer.logits, answer.features, pixels, hints, calibration)
        return [DigitAnswer(*each) for each in zip(judgements, answer.logits.tolist(), strict=True)]

    return answers
