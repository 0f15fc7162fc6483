"""`manage.py worker QUEUE`: a Celery worker of one process."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from classifier.jobs import celery_worker, signs_of_life


class Command(BaseCommand):
    help = "Runs a worker for one queue until it is stopped."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=[queue.name for queue in settings.CELERY_TASK_QUEUES])

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        signs_of_life.give(queue, settings.SIGNS_OF_LIFE)
        celery_worker.run(queue)
