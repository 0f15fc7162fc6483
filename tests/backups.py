"""Installations to back up and restore, and comparing two of them row by row and file by file."""

import gzip
import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from django.apps import apps
from django.db import connection

from tests.environment import BASE_DIR, clean_environment

PRINT = "import json; from tests.backups import everything; print(json.dumps(everything()))"


def everything() -> dict[str, object]:
    """All rows by table, and whether the triggers exist and what they have copied is right."""
    from classifier.models import triggers  # the settings are those of the process

    found = _all_rows()
    with connection.cursor() as cursor:
        for statement in triggers.refreshing():
            cursor.execute(triggers.copies.in_dialect(connection.vendor, statement))
    return {"rows": found, "triggers": triggers.exist(), "copies are right": _all_rows() == found}


def _all_rows() -> dict[str, list[str]]:
    """Without the help of what is tested. Sessions are not backed up; JSON has no order of its own in PostgreSQL."""
    return {
        model._meta.db_table: [
            json.dumps(row, sort_keys=True, default=_plain)
            for row in model._base_manager.order_by("pk").values_list().iterator()
        ]
        for model in apps.get_models(include_auto_created=True)
        if "session" not in model._meta.label_lower
    }


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


@dataclass
class Installation:
    """A folder and a database, without running processes."""

    data_dir: Path
    database: str = ""  # an address; empty for SQLite in the folder
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        database = {"DATABASE_URL": self.database} if self.database else {}
        return clean_environment() | {"DATA_DIR": str(self.data_dir)} | database | self.settings

    def popen(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manage(self, *command: str, code: int = 0) -> str:
        """Runs a command, which must end with that code. Returns its output."""
        process = self.popen(*command)
        output = process.communicate(timeout=600)[0]
        assert process.returncode == code, output
        return output

    def contents(self) -> dict[str, object]:
        """What `everything` says of it."""
        output = self.manage("shell", "--no-imports", "-c", PRINT)
        return dict(json.loads(output.splitlines()[-1]))

    def files(self) -> dict[str, str]:
        """The checksum of each file of the storage."""
        media = self.data_dir / "media"
        paths = [path for path in media.rglob("*") if path.is_file()]
        return {str(path.relative_to(media)): sha256(path.read_bytes()).hexdigest() for path in paths}


def rows_of_backup(folder: Path) -> dict[str, list[str]]:
    """The rows of a backup, by the name of the model."""
    return {
        path.name.removesuffix(".jsonl.gz"): gzip.decompress(path.read_bytes()).decode().splitlines()
        for path in (folder / "rows").iterdir()
    }
