"""Register the networks that ship with the project; the first start serves the default one."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.digits.registry import register_bundled


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        for version in register_bundled():
            self.stdout.write(f"{version}{' (in service)' if version.is_active else ''}")
