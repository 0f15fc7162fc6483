"""`manage.py calibrate FOLDER`: find anew what a trained network may be sure of, and what it should not read."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.errors import MnistUnavailable
from classifier.recognition.errors import ModelFileDamaged
from training.runs.calibrating import recalibrate

THRESHOLDS = ("temperature", "refuse_from", "doubt_from", "sure_from")


class Command(BaseCommand):
    help = (
        "Calibrate a network in a folder that a training wrote, without training: temperature, thresholds, what is no "
        "digit. Only its metadata.json changes; a version that the site knows already stays as it was registered."
    )
    requires_system_checks = []  # it needs neither pages nor a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="with mnist_cnn_model.tflite and metadata.json")

    def handle(self, **options: Any) -> None:  # Any: argparse's
        try:
            found = recalibrate(options["folder"])
        except (ModelFileDamaged, MnistUnavailable, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        said = {name: np.atleast_1d(found[name]) for name in THRESHOLDS}
        self.stdout.write(", ".join(" ".join([name, *(f"{value:g}" for value in said[name])]) for name in said))
