"""`manage.py ablate`: what each ingredient of the training gains, as a table."""

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
from training.data.datasets import hold_out
from training.management.commands.train import epochs, hush_tensorflow
from training.networks.architectures import ARCHITECTURES
from training.networks.fitting import fit
from training.runs.data import training_data
from training.runs.fits import settings_of
from training.runs.recipe import Recipe
from training.synthesis.cache import Part

GENERATED, OUTLIERS = 20_000, 5_000
# What each step adds to the one before it.
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("MNIST alone", {}),
    ("+ varied images", {"augmentation": True}),
    (f"+ {GENERATED:,} generated digits", {"generated": GENERATED}),
    (f"+ {OUTLIERS:,} pictures of no digit", {"junk": OUTLIERS}),
    ("the same with deeper_cnn", {"architecture": "deeper_cnn", "batch_size": 512, "learning_rate": 0.006}),
]


class Command(BaseCommand):
    help = "Train a network with one ingredient more each time, and say how well each reads what it never saw."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--epochs", type=epochs, default=10, help="of each network (%(default)s)")
        parser.add_argument("--output", type=Path, help="a folder for the networks, as .keras files")

    def handle(self, **options: Any) -> None:
        hush_tensorflow()
        folder: Path | None = options["output"]
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        sets: dict[str, Part] = {}
        self.say("| learnt from | MNIST test | generated digits | strokes, framed | strokes, only resized |")
        self.say("| --- | --- | --- | --- | --- |")
        try:
            for number, (words, recipe) in enumerate(recipes(options["epochs"])):
                dataset = training_data(recipe)
                sets = sets or {"mnist": (dataset.x_test, dataset.y_test), **fixed_sets()}
                split, _ = hold_out(dataset, recipe.seed)  # the same images as `train` fits on
                architecture = ARCHITECTURES[recipe.architecture]
                fitted = fit(
                    architecture,
                    split.images,
                    split.labels,
                    settings_of(recipe, architecture),
                    periods=split.periods,
                )
                model = fitted.model
                shares = [percent(share_right(model, part)) for part in sets.values()]
                self.say(f"| {words} | {' | '.join(shares)} |")
                if folder:
                    model.save(folder / f"{number}.keras")
        except MnistUnavailable as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def recipes(count: int) -> Iterator[tuple[str, Recipe]]:
    """Each step in words, and the recipe with all that came before it."""
    recipe = Recipe(epochs=count)
    for words, added in STEPS:
        recipe = replace(recipe, **added)
        yield words, recipe


def fixed_sets() -> dict[str, Part]:
    """What ships: test images of generated digits; and strokes, as the pipeline frames them and as resizing would."""
    arrays = read_generated()
    strokes = json.loads(gzip.decompress((GENERATED_FILE.parent / "generated_strokes.json.gz").read_bytes()))
    sketches = [Sketch(each["strokes"], each["size"][0], each["size"][1], each["pen"]) for each in strokes]
    labels = np.array([each["label"] for each in strokes], np.uint8)
    return {
        "generated": (arrays["x_test"], arrays["y_test"]),
        "framed": (np.stack([sketch_to_model_input(sketch) for sketch in sketches]), labels),
        "resized": (np.stack([only_resized(sketch) for sketch in sketches]), labels),
    }


def only_resized(sketch: Sketch) -> NDArray[np.uint8]:
    """As most demonstrations do it: the whole pad made 28×28."""
    return np.asarray(Image.fromarray(render(sketch)).resize((28, 28), Image.Resampling.BILINEAR))


def share_right(model: Any, part: Part) -> float:
    images, labels = part
    read = np.asarray(model.predict(to_network_scale(images), batch_size=500, verbose=0)).argmax(1)
    return float((read == labels).mean())
