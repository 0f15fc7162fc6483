"""Installations to back up and restore, and comparing two of them row by row and file by file."""

import gzip
import json
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.environment import BASE_DIR, clean_environment

DUMP = """
import json, sys
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from classifier.models import triggers
from digitsite.backup import rows
found = {m._meta.db_table: list(rows.lines(m, [f.attname for f in rows.columns(m)])) for m in rows.backed_up(apps)}
with connection.cursor() as cursor:
    for statement in triggers.refreshing():
        cursor.execute(triggers._in_dialect(connection.vendor, statement))
again = {m._meta.db_table: list(rows.lines(m, [f.attname for f in rows.columns(m)])) for m in rows.backed_up(apps)}
print(json.dumps({"rows": found, "triggers": triggers.exist(), "copies are right": again == found}))
"""


@dataclass
class Installation:
    """A folder and a database, without running processes."""

    data_dir: Path
    database: str = ""  # an address; empty for SQLite in the folder

    @property
    def environment(self) -> dict[str, str]:
        database = {"DATABASE_URL": self.database} if self.database else {}
        return clean_environment() | {"DATA_DIR": str(self.data_dir)} | database

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
        """All rows by table, and whether triggers exist and what they copy is right."""
        output = self.manage("shell", "--no-imports", "-c", DUMP)
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
