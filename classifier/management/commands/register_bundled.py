"""Registers the bundled networks and puts the default one into service if no other is."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.digits.registry import register_bundled


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        for version in register_bundled():
            self.stdout.write(f"{version}{' (in service)' if version.is_active else ''}")
