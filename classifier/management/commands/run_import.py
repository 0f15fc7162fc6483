"""`manage.py run_import`: the process in which an inference worker has an import carried out."""

import os
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from classifier.jobs.parent_death import end_with_parent
from classifier.transfer.importing import jobs


class Command(BaseCommand):
    help = "Carry out an import that somebody has asked for. A worker starts this; people import on the site."
    requires_system_checks = []  # the worker's site has passed them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("public_id", type=uuid.UUID)
        parser.add_argument("--parent", type=int, required=True, help="the worker's process, without which this ends")

    def handle(self, *, public_id: uuid.UUID, parent: int, **options: Any) -> None:
        end_with_parent(parent)
        os.nice(jobs.NICENESS)
        from classifier.transfer.importing import importer  # NumPy and the rest, once this process is one that may work

        importer.run_all(public_id)
