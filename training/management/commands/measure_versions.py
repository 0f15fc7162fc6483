"""`manage.py measure_versions`: measure all versions on the fixed sets and the held-back corrections."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.jobs.parent_death import end_with_parent
from classifier.models import ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.wording import percent
from training.evaluation.measuring import measure, measure_cards
from training.runs import reports

NICENESS = 10


class Command(BaseCommand):
    help = "Measure every version anew, through the file that serves it, and say what was found."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--samples",
            action="store_true",
            help="lay MNIST's test images out first, and measure only versions of which nothing is known",
        )
        which.add_argument(
            "--cards",
            action="store_true",
            help="measure the cards that are missing (robustness and EVALUATION_SETS), at low priority",
        )
        parser.add_argument("--parent", type=int, help="the worker's process, without which this ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"] is not None:
            end_with_parent(options["parent"])
        if options["cards"]:
            os.nice(NICENESS)  # people's digits go first
            self.measure_cards(reports.missing())
            return
        if options["samples"]:
            try:
                call_command("prepare_samples")
            except CommandError as error:  # without MNIST, versions are measured on what ships
                self.stderr.write(str(error))
        unknown = {"measurement": None} if options["samples"] else {}
        measured = [each for each in ModelVersion.objects.filter(**unknown).order_by("created") if self.measure(each)]
        if not options["samples"]:
            self.measure_cards(measured)

    def measure(self, version: ModelVersion) -> bool:
        try:
            figures = measure(version).figures
        except ModelFileDamaged as error:
            self.stderr.write(f"{version}: {error}")
            return False
        found = [
            f"{name} {percent(value['accuracy'])}" for name, value in figures.items() if "accuracy" in _dict(value)
        ]
        self.stdout.write(f"{version}: {', '.join(found)}; {figures['single_image_ms']:.3f} ms an image")
        return True

    def measure_cards(self, versions: list[ModelVersion]) -> None:
        for version, problem in measure_cards(versions):
            if problem:
                self.stderr.write(f"{version}: {problem}")
            else:
                self.stdout.write(f"{version}: its card is measured.")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
