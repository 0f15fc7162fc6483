"""`manage.py batch_worker`: work on the queue `batches` in this one process."""

from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand

from classifier.batches import worker


class Command(BaseCommand):
    help = "Read batches. Started by an inference worker when there are any; started by hand, it stays."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        worker.prepare()  # now: Celery takes a while to start, and so does what it would wait for then
        worker.read_waiting()
        calm = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        name = ["--hostname", "batches@%h"]
        current_app.worker_main(["worker", "--queues", "batches", *name, "--pool", "solo", *calm, "--loglevel", "INFO"])
