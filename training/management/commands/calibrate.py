"""`manage.py calibrate FOLDER`: calibrates a trained network again."""

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.errors import MnistUnavailable
from classifier.recognition.errors import ModelFileDamaged
from training.runs.recalibration import recalibrate

THRESHOLDS = ("temperature", "refuse_from", "doubt_from", "refuse_below", "sure_from", "sure_in_picture")


class Command(BaseCommand):
    help = (
        "Calibrate the network in a folder that a training wrote, without training: of a digit reader its "
        "temperature, thresholds and out-of-distribution score; of a line reader how sure it is of a number, and what "
        "is not a number. Only metadata.json changes. A version that is already registered does not change."
    )
    requires_system_checks = []  # they concern pages and the database, which it does not use

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder with a .tflite file and metadata.json")

    def handle(self, **options: Any) -> None:  # Any: argparse decides the types
        try:
            calibration = recalibrate(options["folder"])
        except (ModelFileDamaged, MnistUnavailable, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        values = {name: np.atleast_1d(calibration[name]) for name in THRESHOLDS if name in calibration}
        self.stdout.write(", ".join(" ".join([name, *(f"{value:g}" for value in values[name])]) for name in values))
