"""`manage.py batch_worker`: a Celery worker of one process for the queue `batches`."""

from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand

from classifier.batches import worker


class Command(BaseCommand):
    help = "Reads batches. An inference worker starts it when there are any; started by hand, it runs until stopped."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        worker.prepare()  # loads in the background while Celery starts
        worker.read_waiting()
        flags = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        name = ["--hostname", "batches@%h"]
        current_app.worker_main(
            ["worker", "--queues", "batches", *name, "--pool", "solo", *flags, "--loglevel", "INFO"]
        )
