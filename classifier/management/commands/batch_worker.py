"""`manage.py batch_worker`: a Celery worker of one process for the queue `batches`."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.batches.worker import worker


class Command(BaseCommand):
    help = "Reads batches. An inference worker starts it when there are any; started by hand, it runs until stopped."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run()
