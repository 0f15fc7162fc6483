"""`manage.py measure_versions`: measure all versions on the fixed sets and the held-back corrections."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.errors import ModelFileDamaged
from classifier.models import ModelVersion
from training.measuring import measure


class Command(BaseCommand):
    help = "Measure every version anew, through the file that serves it, and say what was found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--samples",
            action="store_true",
            help="lay MNIST's test images out first, and measure only versions of which nothing is known",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["samples"]:
            try:
                call_command("prepare_samples")
            except CommandError as error:  # without MNIST, versions are measured on what ships
                self.stderr.write(str(error))
        unknown = {"measurement": None} if options["samples"] else {}
        for version in ModelVersion.objects.filter(**unknown).order_by("created"):
            try:
                figures = measure(version).figures
            except ModelFileDamaged as error:
                self.stderr.write(f"{version}: {error}")
                continue
            found = [f"{name} {value['accuracy']:.2%}" for name, value in figures.items() if isinstance(value, dict)]
            self.stdout.write(f"{version}: {', '.join(found)}; {figures['single_image_ms']:.3f} ms an image")
