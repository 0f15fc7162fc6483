"""Says what KEEP_ORIGINALS_DAYS and KEEP_DIGITS_DAYS would remove now, and when that begins. It removes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.retention import showing


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(showing.sentences())
        for sentence in found or ["Everything is kept until its owner deletes it: both settings are 0."]:
            self.stdout.write(sentence)
