"""`manage.py train`: train a network and show its progress."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from classifier.digits.registry import register_version
from classifier.errors import MnistUnavailable
from classifier.models import ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.wording import percent
from training.evaluation.measuring import measure
from training.management.terminal import Terminal
from training.networks.architectures import ARCHITECTURES
from training.networks.backend import prepare_tensorflow
from training.runs.callbacks import Callbacks
from training.runs.data import training_data
from training.runs.execution import make_model
from training.runs.kinds.training import Evaluation
from training.runs.recipe import DESCRIPTIONS, SHIPPED, Recipe, full_recipe
from training.runs.timing.amounts import work_of
from training.runs.timing.clock import Clock
from training.runs.timing.paces import rough_paces


def epochs(value: str) -> int | None:
    """`auto` or a number of epochs."""
    if value == "auto":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is neither auto nor a number of epochs")
    return int(value)


def above_zero(kind: Callable[[str], float]) -> Callable[[str], float]:
    """Returns a parser of numbers above 0 of this kind, for argparse."""

    def read(value: str) -> float:
        number = kind(value)
        if not number > 0:
            raise argparse.ArgumentTypeError(f"{value} is not above 0")
        return number

    read.__name__ = kind.__name__  # argparse names it in its error for a value that is not a number
    return read


DATA = {
    "auto": "MNIST if it is available, otherwise the generated digits that ship",
    "mnist": "MNIST, with the drawn pictures that suit the network",
    "generated": "generated digits without MNIST, by default the 4,000 that ship",
    "both": "MNIST and these generated digits",
    "none": "accepted corrections only",
}


FEW = 1_000  # images that a dry run learns from


class Command(BaseCommand):
    help = "Train a network and write its files into a folder."
    requires_system_checks = []  # they concern pages; only --corrections, --start-from and --register need the database

    def add_arguments(self, parser: CommandParser) -> None:
        about = DESCRIPTIONS
        parser.add_argument(
            "--architecture", choices=sorted(ARCHITECTURES), default=Recipe.architecture, help=about["architecture"]
        )
        data = "; ".join(f"{name}: {words}" for name, words in DATA.items())
        parser.add_argument("--data", choices=DATA, default="auto", help=f"What to learn from. {data}")
        usual = "Default: what suits the network."
        parser.add_argument("--generated", type=int, metavar="N", help=f"{about['generated']} {usual}")
        parser.add_argument("--boxed", type=int, metavar="N", help=f"{about['boxed']} {usual}")
        parser.add_argument("--outliers", type=int, metavar="N", dest="junk", help=f"{about['junk']} {usual}")
        parser.add_argument("--corrections", action="store_true", help=about["corrections"])
        parser.add_argument(
            "--augmentation", action=argparse.BooleanOptionalAction, help=f"{about['augmentation']} {usual}"
        )
        parser.add_argument(
            "--start-from", metavar="VERSION", help=f"{about['start_from']} Give its name or public id."
        )
        parser.add_argument(
            "--epochs",
            type=epochs,
            default=None,
            metavar="auto|N",
            help=f"{about['epochs']} The default, auto, means empty.",
        )
        parser.add_argument("--batch-size", type=above_zero(int), help=f"{about['batch_size']} {usual}")
        parser.add_argument("--learning-rate", type=above_zero(float), help=f"{about['learning_rate']} {usual}")
        parser.add_argument("--seed", type=int, default=Recipe.seed, help=about["seed"])
        parser.add_argument(
            "--output", type=Path, help="A folder that does not exist yet; by default in DATA_DIR/trained."
        )
        parser.add_argument(
            "--register", action="store_true", help="Then register the network as a candidate and measure it."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Train one epoch on a few images, to see that everything works."
        )

    def handle(self, **options: Any) -> None:  # Any: argparse decides the types
        if options["dry_run"] and options["register"]:
            raise CommandError("A dry run trains too little to register its network; omit --dry-run or --register.")
        try:
            prepare_tensorflow()
            recipe = self.read_recipe(options)
            self.terminal = Terminal(self.stdout, Clock(work_of(recipe, corrections=0), rough_paces(recipe)))
            self.train(recipe, options)
        except (ValueError, ModelFileDamaged) as error:
            raise CommandError(str(error)) from error

    def train(self, recipe: Recipe, options: dict[str, Any]) -> None:
        folder = options["output"] or default_folder(recipe)
        if folder.exists():
            raise CommandError(f"{folder} exists already; choose a folder that does not.")
        if options["dry_run"]:
            recipe = replace(recipe, epochs=1, generated=min(recipe.generated, FEW), boxed=min(recipe.boxed, FEW))
        recipe, dataset = self.read_images(recipe, may_do_without_mnist=options["data"] == "auto")
        if options["dry_run"]:
            dataset = dataset.shortened(FEW, 200)
        self.say(f"Training {recipe.architecture} on {dataset.name}, seed {recipe.seed}.")
        started = time.monotonic()
        evaluation = make_model(recipe, dataset, folder, self.callbacks())
        self.show_result(evaluation, dataset, time.monotonic() - started)
        self.say(f"Written to {folder}")
        if options["register"]:
            version = register_version(folder)
            measure(version)
            self.say(f"Registered as {version}, a candidate.")

    def read_recipe(self, options: dict[str, Any]) -> Recipe:
        """Raises ValueError."""
        data = options["data"]
        given = {
            name: options[name]
            for name in ("generated", "boxed", "junk", "augmentation", "batch_size", "learning_rate")
            if options[name] is not None
        }
        if data in ("generated", "both"):
            given = {"generated": SHIPPED} | given
        if data in ("generated", "none"):
            given = {"generated": 0, "boxed": 0, "junk": 0} | given
        return replace(
            full_recipe(options["architecture"]),
            mnist=data in ("auto", "mnist", "both"),
            corrections=options["corrections"],
            epochs=options["epochs"],
            start_from=public_id(options["start_from"]) if options["start_from"] else None,
            seed=options["seed"],
            **given,
        )

    def read_images(self, recipe: Recipe, *, may_do_without_mnist: bool) -> tuple[Recipe, Any]:
        """The images, and the recipe, which changes if MNIST is not available."""
        try:
            return recipe, training_data(recipe, self.terminal.download, self.callbacks())
        except MnistUnavailable as error:
            if not may_do_without_mnist:
                raise CommandError(str(error)) from error
            self.say(f"{error}\nTraining on generated digits instead: enough to try the site, but not reliable.")
            recipe = replace(recipe, mnist=False, generated=SHIPPED, boxed=0, junk=0)
            return recipe, training_data(recipe)

    def callbacks(self) -> Callbacks:
        terminal = self.terminal
        return Callbacks(stage=terminal.say, progress=terminal.progress, begin=terminal.begin)

    def say(self, line: str) -> None:
        self.terminal.say(line)

    def show_result(self, evaluation: Evaluation, dataset: Any, seconds: float) -> None:
        self.say(f"Accuracy on {dataset.tested_on} ({evaluation.images:,}): {percent(evaluation.accuracy)}")
        self.say(evaluation.in_words)
        self.say(f"It took {seconds:.0f} s.")


def public_id(version: str) -> str:
    """The public id of the version of this name; any other text is returned as it is."""
    named = ModelVersion.objects.filter(name=version).first()
    return str(named.public_id) if named else version


def default_folder(recipe: Recipe) -> Path:
    """A new folder in DATA_DIR, named after the network and the time in the site's zone."""
    return Path(settings.DATA_DIR) / "trained" / f"{recipe.architecture}-{timezone.localtime():%Y%m%d-%H%M%S}"
