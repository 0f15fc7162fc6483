"""`manage.py backup TARGET`: writes a backup while people work."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.utils import Error

from digitsite.backup.errors import BackupError
from digitsite.backup.progress import Progress
from digitsite.backup.target import Target
from digitsite.backup.writing import Written, back_up

FAILED = "No backup was made; earlier ones are as they were."


class Command(BaseCommand):
    help = "Back up database and files into a folder, while people work. A second backup copies only new files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="Folder of the backups; created if it does not exist.")
        parser.add_argument("--keep", type=_positive, metavar="N", help="Remove the oldest backups beyond this many.")

    def handle(self, *args: Any, target: Path, keep: int | None, **options: Any) -> None:
        os.umask(0o077)  # a backup is for its operator's eyes
        try:
            written = back_up(Target(target.resolve()), Progress(self.stdout), keep)
        except BackupError as error:
            raise CommandError(f"{error} {FAILED}") from None
        except (OSError, Error) as error:
            raise CommandError(f"{FAILED} The cause: {error}. Mend it, and run the same command again.") from error
        except KeyboardInterrupt:
            raise CommandError(f"Interrupted. {FAILED} Run the same command again.") from None
        self._report(written)

    def _report(self, written: Written) -> None:
        self.stdout.write(
            f"Backed up to {written.folder}: {written.rows:,} rows and {written.files:,} files, of which "
            f"{written.new:,} ({written.new_bytes / 1e6:,.1f} MB) are new here."
        )
        if written.removed:
            self.stdout.write(f"Older backups removed: {written.removed}.")
        if written.lost:
            self.stderr.write(lost_files(written.lost, "The storage of the site has lost"))


def lost_files(names: list[str], what: str) -> str:
    """A sentence about files that are not in a backup."""
    some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"{what} {len(names):,} of the files that the database names: {some}"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("must be at least 1")
    return int(text)
