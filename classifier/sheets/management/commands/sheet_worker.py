"""`manage.py sheet_worker`: a Celery worker of one process for the queue `sheets`."""

from typing import Any

from django.core.management.base import BaseCommand

from classifier.sheets.stacks.worker import worker


class Command(BaseCommand):
    help = "Reads stacks of sheets. An inference worker starts it where OpenCV is installed; by hand, it runs on."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run()
