"""`manage.py restore SOURCE`: restores a backup into an empty installation, or checks it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.utils import Error

from digitsite.backup import restoring
from digitsite.backup.errors import BackupError
from digitsite.backup.progress import Progress
from digitsite.backup.target import find

from .backup import lost_files

AGAIN = "The installation is still empty. Mend the cause, and run the same command again; it starts from the beginning."


class Command(BaseCommand):
    help = "Restore a backup into an empty installation, on either database. The site must not run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="Folder of a backup, or of several: then the newest is restored.")
        parser.add_argument("--check", action="store_true", help="Only read the backup and compare its checksums.")

    def handle(self, *args: Any, source: Path, check: bool, **options: Any) -> None:
        try:
            target, folder = find(source.resolve())
            if check:
                manifest = restoring.check(target, folder, Progress(self.stdout))
                self.stdout.write(f"{folder} is whole: made by version {manifest.version}, {manifest.created}.")
                return
            restored = restoring.restore(target, folder, Progress(self.stdout))
        except BackupError as error:
            raise CommandError(str(error)) from None
        except (OSError, Error) as error:
            raise CommandError(f"Not restored: {error}. {AGAIN}") from error
        except KeyboardInterrupt:
            raise CommandError(f"Interrupted. {AGAIN}") from None
        self._report(folder, restored)

    def _report(self, folder: Path, restored: restoring.Restored) -> None:
        self.stdout.write(f"Restored {folder}: {restored.rows:,} rows and {restored.files:,} files. Start the site.")
        if restored.lost:
            self.stderr.write(lost_files(restored.lost, "The site had lost before the backup"))
