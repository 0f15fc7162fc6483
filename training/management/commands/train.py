"""`manage.py train`: make a model, and say how it goes."""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.errors import MnistUnavailable
from training.architectures import ARCHITECTURES
from training.datasets import Dataset, generated_dataset, mnist_dataset
from training.evaluation import Evaluation
from training.fitting import Progress
from training.recipe import Recipe, Watch, make_model


def epochs(value: str) -> int | None:
    """`auto` or a number of epochs."""
    if value == "auto":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is neither auto nor a number of epochs")
    return int(value)


def above_zero(kind: Callable[[str], float]) -> Callable[[str], float]:
    """A number of that kind that is more than 0."""

    def read(value: str) -> float:
        number = kind(value)
        if not number > 0:
            raise argparse.ArgumentTypeError(f"{value} is not above 0")
        return number

    read.__name__ = kind.__name__  # argparse names it when the value is no number at all
    return read


class Command(BaseCommand):
    help = "Train a network and write its files into a folder."
    requires_system_checks = []  # it needs neither pages nor a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default=Recipe.architecture)
        parser.add_argument("--epochs", type=epochs, default=None, metavar="auto|N")
        parser.add_argument("--seed", type=int, default=Recipe.seed)
        parser.add_argument("--batch-size", type=above_zero(int), default=Recipe.batch_size)
        parser.add_argument("--learning-rate", type=above_zero(float), default=Recipe.learning_rate, help="at its peak")
        parser.add_argument(
            "--data", choices=["auto", "mnist", "generated"], default="auto", help="auto: MNIST if it can be had"
        )
        parser.add_argument("--output", type=Path, help="a folder that does not exist yet")
        parser.add_argument("--dry-run", action="store_true", help="one epoch on a few images: does it all work?")

    def handle(self, **options: Any) -> None:  # Any: argparse's
        hush_tensorflow()
        recipe = Recipe(
            architecture=options["architecture"],
            epochs=options["epochs"],
            batch_size=options["batch_size"],
            learning_rate=options["learning_rate"],
            seed=options["seed"],
        )
        folder = options["output"] or default_folder(recipe)
        if folder.exists():
            raise CommandError(f"{folder} exists already; choose a folder that does not.")
        dataset = self.read_dataset(options["data"])
        if options["dry_run"]:
            recipe, dataset = replace(recipe, epochs=1), dataset.shortened(1000, 200)
        self.say(f"Training {recipe.architecture} on {dataset.name}, seed {recipe.seed}.")
        started = time.monotonic()
        evaluation = make_model(recipe, dataset, folder, Watch(stage=self.say, progress=self.show_progress))
        self.show_result(evaluation, dataset, time.monotonic() - started)
        self.say(f"Written to {folder}")

    def read_dataset(self, choice: str) -> Dataset:
        if choice == "generated":
            return generated_dataset()
        try:
            return mnist_dataset(progress=self.show_download)
        except MnistUnavailable as error:
            if choice == "mnist":
                raise CommandError(str(error)) from error
            self.say(f"{error}\nTraining on generated digits instead: enough to try the site out, not to be relied on.")
            return generated_dataset()

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def show_download(self, received: int, expected: int | None) -> None:
        if self.stdout.isatty():
            share = f" of {expected / 1e6:.1f}" if expected else ""
            self.stdout.write(f"\rFetching MNIST: {received / 1e6:.1f}{share} MB", ending="")
            self.stdout.flush()

    def show_progress(self, progress: Progress) -> None:
        """A bar per batch in a terminal, and everywhere a line per epoch."""
        figures = f"loss {progress.loss:.4f}, accuracy {progress.accuracy:.4f}"
        head = f"Epoch {progress.epoch:>3}/{progress.epochs}"
        if progress.epoch_done:
            if progress.val_loss is not None:
                figures += f"; held out: loss {progress.val_loss:.4f}, accuracy {progress.val_accuracy:.4f}"
            clear = "\r\x1b[K" if self.stdout.isatty() else ""
            self.say(f"{clear}{head}  {figures}")
        elif self.stdout.isatty():
            filled = 30 * progress.batch // progress.batches
            bar = "█" * filled + "░" * (30 - filled)
            self.stdout.write(f"\r\x1b[K{head} {bar} {progress.batch}/{progress.batches} {figures}", ending="")
            self.stdout.flush()

    def show_result(self, evaluation: Evaluation, dataset: Dataset, seconds: float) -> None:
        self.say(f"Accuracy on the {evaluation.images:,} test images of {dataset.name}: {evaluation.accuracy:.2%}")
        digits = "  ".join(f"{digit}: {share:.1%}" for digit, share in enumerate(evaluation.per_digit))
        self.say(f"By digit: {digits}")
        self.say(f"It took {seconds:.0f} s.")


def default_folder(recipe: Recipe) -> Path:
    """A new folder under DATA_DIR, named after the network and the hour (UTC)."""
    return Path(settings.DATA_DIR) / "trained" / f"{recipe.architecture}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def hush_tensorflow() -> None:
    """TensorFlow talks a lot while it starts; only its errors are let through."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
