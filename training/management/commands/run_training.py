"""`manage.py run_training`: the process that a training worker starts for a run."""

import logging
import os
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from classifier.jobs import trace
from classifier.jobs.parent_death import end_with_parent
from training.models import TrainingRun
from training.runs.execution import carry_out
from training.runs.recording import recorded

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Carry out a training run that a worker has claimed. Workers start this command; people start runs."
    requires_system_checks = []  # the worker has passed them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("public_id", type=uuid.UUID)
        parser.add_argument(
            "--parent", type=int, required=True, help="the process id of the worker; this process ends with it"
        )

    def handle(self, *, public_id: uuid.UUID, parent: int, **options: Any) -> None:
        end_with_parent(parent)
        trace.continue_parents()
        if run := TrainingRun.objects.running().filter(public_id=public_id).first():
            log.info("Training run %s begins", run.public_id)
            recorded(carry_out, run, is_orphan=lambda: os.getppid() != parent)
