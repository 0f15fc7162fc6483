"""Writes the parts of the charts, after a `figures` module has changed."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from classifier.pages.answers import figures
from training.pages import figures as staff_figures


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = ()  # they would load the charts, which may lack a part

    def handle(self, *args: Any, **options: Any) -> None:
        for module in (figures, staff_figures):
            module.FILE.write_text(json.dumps(module.parts(), indent=1, sort_keys=True) + "\n")
            self.stdout.write(f"Written: {module.FILE}")
