"""`manage.py measure_versions`: measures all versions on the fixed sets and the held-back corrections."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.jobs.parent_death import end_with_parent
from classifier.models import ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.wording import percent
from training.evaluation.measuring import measure
from training.evaluation.robustness.report import measure_reports
from training.runs import reports

NICENESS = 10


class Command(BaseCommand):
    help = "Measure every version again, through the file that serves, and print the results."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--samples",
            action="store_true",
            help="extract MNIST's test images first, and measure only versions that have no measurement",
        )
        which.add_argument(
            "--reports",
            action="store_true",
            help="measure the missing robustness reports (with EVALUATION_SETS), at low priority",
        )
        parser.add_argument("--parent", type=int, help="the process id of the worker; this process ends with it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"] is not None:
            end_with_parent(options["parent"])
        if options["reports"]:
            os.nice(NICENESS)  # predictions go first
            self.measure_reports(reports.missing())
            return
        if options["samples"]:
            try:
                call_command("prepare_samples")
            except CommandError as error:  # without MNIST, versions are measured on the sets that ship
                self.stderr.write(str(error))
        chosen = {"measurement": None} if options["samples"] else {}
        measured = [each for each in ModelVersion.objects.filter(**chosen).order_by("created") if self.measure(each)]
        if not options["samples"]:
            self.measure_reports([each for each in measured if each.kind == ModelVersion.Kind.DIGIT])

    def measure(self, version: ModelVersion) -> bool:
        try:
            figures = measure(version).figures
        except ModelFileDamaged as error:
            self.stderr.write(f"{version}: {error}")
            return False
        sets = {name: value for name, value in figures.items() if isinstance(value, dict) and "accuracy" in value}
        shares = ", ".join(f"{name} {percent(value['accuracy'])}" for name, value in sets.items())
        self.stdout.write(f"{version}: {shares}; {figures['single_image_ms']:.3f} ms an image")
        return True

    def measure_reports(self, versions: list[ModelVersion]) -> None:
        for version, problem in measure_reports(versions):
            if problem:
                self.stderr.write(f"{version}: {problem}")
            else:
                self.stdout.write(f"{version}: its robustness report is measured.")
