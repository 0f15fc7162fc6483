"""`manage.py measure_versions`: measure all versions on the fixed sets and the held-back corrections."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.errors import ModelFileDamaged
from classifier.models import ModelVersion
from training.measuring import measure


class Command(BaseCommand):
    help = "Measure every version anew, through the file that serves it, and say what was found."

    def handle(self, *args: Any, **options: Any) -> None:
        for version in ModelVersion.objects.order_by("created"):
            try:
                figures = measure(version).figures
            except ModelFileDamaged as error:
                self.stderr.write(f"{version}: {error}")
                continue
            found = [f"{name} {value['accuracy']:.2%}" for name, value in figures.items() if isinstance(value, dict)]
            self.stdout.write(f"{version}: {', '.join(found)}; {figures['single_image_ms']:.3f} ms an image")
