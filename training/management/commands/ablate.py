"""`manage.py ablate`: prints a table of what each ingredient of the training gains."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from numpy.typing import NDArray
from PIL import Image

from classifier.digits.samples.mnist import GENERATED_FILE, read_generated
from classifier.errors import MnistUnavailable
from classifier.recognition.preprocessing.framing import to_network_scale
from classifier.recognition.preprocessing.pipeline import sketch_to_model_input
from classifier.recognition.preprocessing.strokes import Sketch, render
from classifier.recognition.wording import percent
from training.data.datasets import Dataset, hold_out
from training.management.commands.train import epochs
from training.networks.architectures import ARCHITECTURES
from training.networks.backend import ProcessorUnsuitable, prepare_tensorflow
from training.networks.fitting import fit
from training.runs.data import training_data
from training.runs.kinds.settings import settings_of
from training.runs.recipe import Recipe
from training.synthesis.cache import Part

GENERATED, OUTLIERS = 20_000, 5_000
# What each step adds to the step before it.
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("MNIST alone", {}),
    ("+ varied images", {"augmentation": True}),
    (f"+ {GENERATED:,} generated digits", {"generated": GENERATED}),
    (f"+ {OUTLIERS:,} pictures that are not digits", {"junk": OUTLIERS}),
    ("the same with deeper_cnn", {"architecture": "deeper_cnn", "batch_size": 512, "learning_rate": 0.006}),
]


class Command(BaseCommand):
    help = "Train networks, each with one more ingredient, and print a table of their accuracy on test images."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--epochs", type=epochs, default=10, help="Of each network; by default %(default)s.")
        parser.add_argument("--output", type=Path, help="A folder for the networks, as .keras files.")

    def handle(self, **options: Any) -> None:  # Any: argparse decides the types
        folder: Path | None = options["output"]
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        try:
            prepare_tensorflow()
            self.say("| learnt from | MNIST test | generated digits | strokes, framed | strokes, only resized |")
            self.say("| --- | --- | --- | --- | --- |")
            for number, (words, recipe) in enumerate(recipes(options["epochs"])):
                dataset = training_data(recipe)
                model = fit_ingredients(recipe, dataset)
                sets = {"mnist": (dataset.x_test, dataset.y_test), **fixed_sets()}
                shares = [percent(accuracy(model, part)) for part in sets.values()]
                self.say(f"| {words} | {' | '.join(shares)} |")
                if folder:
                    model.save(folder / f"{number}.keras")
        except (MnistUnavailable, ProcessorUnsuitable) as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def recipes(count: int) -> Iterator[tuple[str, Recipe]]:
    """Each step in words, with the recipe of all ingredients so far."""
    recipe = Recipe(epochs=count)
    for words, added in STEPS:
        recipe = replace(recipe, **added)
        yield words, recipe


def fit_ingredients(recipe: Recipe, dataset: Dataset) -> Any:  # a keras.Model, which is untyped
    """A network fitted on the same images as `train` fits on."""
    split, _ = hold_out(dataset, recipe.seed)
    architecture = ARCHITECTURES[recipe.architecture]
    settings = settings_of(recipe, architecture)
    return fit(architecture, split.images, split.labels, settings, periods=split.periods).model


def fixed_sets() -> dict[str, Part]:
    """The sets that ship: generated test images, and strokes framed by the pipeline and only resized."""
    arrays = read_generated()
    drawings = json.loads(gzip.decompress((GENERATED_FILE.parent / "generated_strokes.json.gz").read_bytes()))
    sketches = [Sketch(each["strokes"], each["size"][0], each["size"][1], each["pen"]) for each in drawings]
    labels = np.array([drawing["label"] for drawing in drawings], np.uint8)
    return {
        "generated": (arrays["x_test"], arrays["y_test"]),
        "framed": (np.stack([sketch_to_model_input(sketch) for sketch in sketches]), labels),
        "resized": (np.stack([only_resized(sketch) for sketch in sketches]), labels),
    }


def only_resized(sketch: Sketch) -> NDArray[np.uint8]:
    """The whole pad resized to 28×28, as most demonstrations do it."""
    return np.asarray(Image.fromarray(render(sketch)).resize((28, 28), Image.Resampling.BILINEAR))


def accuracy(model: Any, part: Part) -> float:
    images, labels = part
    read = np.asarray(model.predict(to_network_scale(images), batch_size=500, verbose=0)).argmax(1)
    return float((read == labels).mean())
