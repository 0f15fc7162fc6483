"""Writes the description of the API, after its addresses or responses have changed."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.pages.api_docs import SCHEMA


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        from classifier.api import schema  # drf-spectacular, which no serving process needs

        SCHEMA.write_text(schema.as_json())
        self.stdout.write(f"Written: {SCHEMA}")
