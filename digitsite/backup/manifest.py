"""The manifest of a backup: what it holds, and which version of the code made it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from digitsite import __version__

from . import parts
from .errors import BackupError, Damaged
from .parts import Part

FORMAT = 1
NAME = "manifest.json"
FILES = "files.jsonl.gz"


@dataclass(frozen=True)
class Table:
    """The rows of a table."""

    model: str  # such as classifier.digit
    columns: list[str]
    part: Part

    @staticmethod
    def file(folder: Path, model: str) -> Path:
        """Where a backup has the rows of a model."""
        return folder / "rows" / f"{model}.jsonl.gz"


@dataclass(frozen=True)
class Manifest:
    migrations: list[tuple[str, str]]  # app and name of those that the database had
    tables: list[Table]
    files: Part
    version: str = __version__
    created: str = ""
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        content = asdict(self) | {"created": datetime.now(UTC).isoformat(timespec="seconds")}
        with (folder / NAME).open("xb") as file:
            file.write(json.dumps({"sha256": _checksum(content), "content": content}, indent=1).encode())
            parts.to_disk(file)
        self.read(folder)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises BackupError if it is missing or its format is newer, and Damaged if it differs from its checksum."""
        path = folder / NAME
        try:
            written = json.loads(path.read_bytes())
            content, sha256 = written["content"], written["sha256"]
        except FileNotFoundError:
            raise BackupError(f"There is no backup in {folder}: it has no {NAME}.") from None
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{path} cannot be read ({error})") from error
        if sha256 != _checksum(content):
            raise Damaged(f"{path} differs from its checksum")
        if content["format"] > FORMAT:
            raise BackupError(
                f"This backup was made by digitsite {content['version']}, whose format this version ({__version__}) "
                "does not know. Install that version or a newer one, and restore again."
            )
        return cls(**content | {
            "migrations": [(app, name) for app, name in content["migrations"]],
            "tables": [Table(each["model"], each["columns"], Part(*each["part"])) for each in content["tables"]],
            "files": Part(*content["files"]),
        })  # fmt: skip

    def check_rows(self, folder: Path) -> None:
        """Raises Damaged unless every list is as it was written."""
        parts.check(folder / FILES, self.files)
        for table in self.tables:
            parts.check(table.file(folder, table.model), table.part)


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
