"""`manage.py doctor`: says what is wrong with this installation and what to do about it."""

import logging
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from digitsite.doctor import examination


class Command(BaseCommand):
    help = "Examine this installation. Exits with 1 if something is wrong or cannot be checked."
    requires_system_checks = []  # they are among what is examined

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON for programs.")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        logging.disable(logging.CRITICAL)  # the findings say what the log would
        try:
            findings = examination.examine(examination.all_checks())
        finally:
            logging.disable(logging.NOTSET)
        self.stdout.write(examination.as_json(findings) if json else examination.as_text(findings))
        if not examination.is_well(findings):
            sys.exit(1)
