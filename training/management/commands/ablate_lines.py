"""`manage.py ablate_lines`: prints a table of what each ingredient of the generated lines gains."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.digits.lines.reader import Reader as LineReader
from classifier.errors import MnistUnavailable, SiteBusy
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.wording import percent
from training.data.examples import SetUnreadable
from training.data.labelled_sets import read_examples
from training.data.lines import HELD_OUT, SEED_OFFSET, held_back_lines
from training.data.sources import drawn_folder, mnist_dataset
from training.evaluation.reading import PreprocessedExample, Reader, preprocess_all, read
from training.management.commands.evaluate import find_reader
from training.management.commands.train import epochs
from training.networks.architectures import ARCHITECTURES
from training.networks.backend import ProcessorUnsuitable, prepare_tensorflow
from training.networks.fitting import FitSettings
from training.networks.lines.exporting import logits_of_file, to_tflite
from training.networks.lines.fitting import fit_lines
from training.networks.lines.reading import read_lines, right_lines
from training.runs.kinds.settings import settings_of
from training.runs.recipe import Recipe
from training.synthesis.cache import Part
from training.synthesis.lines.ingredients import Ingredient
from training.synthesis.lines.parts import Lines, Series, draw_lines
from training.synthesis.lines.parts import read_lines as read_part
from training.synthesis.lines.scans import named

ARCHITECTURE = ARCHITECTURES["line_reader"]


class Command(BaseCommand):
    help = """Train a line reader on few lines, and again without each ingredient of them. Prints a table of the whole
numbers read correctly: of the held-out lines by the network alone, and of each set by the code that serves."""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lines", type=count, default=30_000, help="drawn for each network (default: %(default)s)")
        parser.add_argument("--epochs", type=epochs, default=2, help="of each network (default: %(default)s)")
        parser.add_argument("--set", action="append", default=[], type=Path, help="a labelled set; may be repeated")

    def handle(self, **options: Any) -> None:  # Any: argparse decides the types
        try:
            prepare_tensorflow()
            reader = find_reader(None)
            sets = {path.name: preprocess_all(read_examples(path).examples) for path in options["set"]}
            self.say(f"| without | held-out lines | {''.join(f'{name} | ' for name in sets)}")
            self.say("| --- | --- |" + " --- |" * len(sets))
            for without, network in networks(options["lines"], options["epochs"]):
                shares = [of_lines(network), *(of_set(network, reader, examples) for examples in sets.values())]
                self.say(f"| {without or '(nothing left out)'} | {' | '.join(percent(each, 1) for each in shares)} |")
        except (MnistUnavailable, ProcessorUnsuitable, SetUnreadable, SiteBusy) as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        self.stdout.write(line.rstrip())
        self.stdout.flush()


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < ARCHITECTURE.batch_size:
        raise ArgumentTypeError(f"At least {ARCHITECTURE.batch_size} lines are needed.")
    return int(text)


def networks(lines: int, shown: int | None) -> Iterator[tuple[Ingredient | None, LineNetwork]]:
    """A network that learnt from all ingredients, and one without each of them."""
    recipe = Recipe(
        architecture=ARCHITECTURE.name,
        epochs=shown,
        batch_size=ARCHITECTURE.batch_size,
        learning_rate=ARCHITECTURE.learning_rate,
        augmentation=ARCHITECTURE.augmentation,
    )
    settings = settings_of(recipe, ARCHITECTURE)
    dataset = mnist_dataset()
    scans = dataset.x_train, dataset.y_train
    series = Series(drawn_folder(), named(dataset.name), recipe.seed)
    others = draw_lines(replace(series, seed=recipe.seed + SEED_OFFSET), scans, HELD_OUT)
    held_out = Lines.joined(map(read_part, others))
    for without in (None, *Ingredient):
        yield without, fitted(replace(series, without=without), scans, lines, held_out, settings)


def fitted(series: Series, scans: Part, lines: int, held_out: Lines, settings: FitSettings) -> LineNetwork:
    parts = [partial(read_part, path) for path in draw_lines(series, scans, lines)]
    return LineNetwork.from_bytes(to_tflite(fit_lines(ARCHITECTURE, parts, lines, held_out, settings).model))


def of_lines(network: LineNetwork) -> float:
    """The share of the lines for measuring that a network reads right along its best path."""
    lines = held_back_lines()
    return float(right_lines(read_lines(logits_of_file(network), lines), lines.texts).mean())


def of_set(network: LineNetwork, reader: Reader, examples: list[PreprocessedExample]) -> float:
    """The share of a set that is read right with the digit reader's help, without a calibration: none is refused."""
    answers = read(reader, examples, LineReader(network, reader.network, None, reader.calibration))
    return float(np.mean([answer.is_right for answer in answers if answer.label]))
