"""`manage.py run_import`: the process that carries out imports for an inference worker."""

import os
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from classifier.jobs import trace
from classifier.jobs.parent_death import end_with_parent
from classifier.transfer.importing import jobs


class Command(BaseCommand):
    help = "Carries out a requested import. A worker starts this command; people import on the site."
    requires_system_checks = []  # the worker has passed them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("public_id", type=uuid.UUID)
        parser.add_argument("--parent", type=int, required=True, help="the worker's process id; ends with it")

    def handle(self, *, public_id: uuid.UUID, parent: int, **options: Any) -> None:
        end_with_parent(parent)
        trace.continue_parents()
        os.nice(jobs.NICENESS)
        from classifier.transfer.importing import importer  # loads NumPy, so only at the lower priority

        importer.run_all(public_id)
