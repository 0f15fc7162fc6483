"""`manage.py batch_worker`: a Celery worker of one process for the queue `batches`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from classifier.batches import worker
from classifier.jobs import celery_worker, signs_of_life


class Command(BaseCommand):
    help = "Reads batches. An inference worker starts it when there are any; started by hand, it runs until stopped."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        signs_of_life.give("batches", settings.SIGNS_OF_LIFE)
        worker.prepare()  # loads in the background while Celery starts
        worker.read_waiting()
        celery_worker.run("batches")
