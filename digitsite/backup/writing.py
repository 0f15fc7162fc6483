"""Writing a backup while people work.

A file is stored before the row that names it is committed, and deleted after the row is gone. So files are copied
first; then the rows are read as they are at one moment, and the few files that have been added are copied too. If a
file has been deleted in between, a later moment is chosen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from digitsite import preparation

from . import parts, rows
from .catalogue import Catalogue, Entry
from .errors import BackupError
from .files import Copier, named
from .manifest import FILES, Manifest, Table
from .progress import Progress
from .snapshot import snapshot
from .target import UNFINISHED, Target

MOMENTS = 5  # that are tried; at the last one, files that were deleted meanwhile count as lost


@dataclass(frozen=True)
class Written:
    """What was written, for the operator."""

    folder: Path
    rows: int
    files: int
    new: int
    new_bytes: int
    lost: list[str]
    removed: int  # older backups


def back_up(target: Target, progress: Progress, keep: int | None = None) -> Written:
    """Writes a backup, and removes the oldest beyond `keep`. Raises BackupError; then nothing is visible."""
    if not preparation.is_migrated():
        raise BackupError("The database is older than this version. Start the site or run `manage.py migrate` first.")
    with (
        target.writing() as unfinished,
        TemporaryDirectory(prefix=UNFINISHED, dir=target.folder) as scratch,
        Catalogue(Path(scratch) / "index") as catalogue,
    ):
        catalogue.remember(_earlier_files(target))
        copier = Copier(target.blobs, catalogue, Path(scratch) / "file")
        tables = _Backup(unfinished, catalogue, copier, progress).take()
        files = parts.write(unfinished / FILES, catalogue.lines())
        lost = catalogue.lost()
        Manifest(sorted(MigrationLoader(None).graph.nodes), tables, files).write(unfinished)
        folder = target.publish(unfinished)
        removed = _thin_out(target, keep, catalogue)
    count = sum(table.part.lines for table in tables)
    return Written(folder, count, files.lines - len(lost), copier.new, copier.new_bytes, lost, removed)


class _Backup:
    """A backup that is being written."""

    def __init__(self, unfinished: Path, catalogue: Catalogue, copier: Copier, progress: Progress) -> None:
        self._folder, self._catalogue, self._copier, self._progress = unfinished, catalogue, copier, progress

    def take(self) -> list[Table]:
        """Takes rows and files as they are at one moment."""
        moment = 1
        while True:
            self._copy_ahead()
            with snapshot():
                if self._copy_rest(at_last=moment == MOMENTS):
                    return self._write_rows()
            moment += 1

    def _copy_ahead(self) -> None:
        """Copies the files that there are now; notes which of them the storage has lost."""
        self._progress.begin("Files")
        for file in named():
            if not self._has(file.name) and file.still():
                self._catalogue.add(Entry(file.name, None, None, None))
            self._progress.advance()
        self._progress.end()

    def _copy_rest(self, *, at_last: bool) -> bool:
        """Copies what rows name in addition, within a snapshot. Returns whether nothing was deleted meanwhile.

        at_last: whether what was deleted counts as lost.
        """
        self._catalogue.forget_names()
        for file in named():
            if not self._has(file.name):
                if not at_last:
                    return False
                self._catalogue.add(Entry(file.name, None, None, None))
            self._catalogue.name(file.name)
        return True

    def _has(self, name: str) -> bool:
        return self._catalogue.has(name) or self._copier.copy(name)

    def _write_rows(self) -> list[Table]:
        models = rows.backed_up(apps)
        self._progress.begin("Rows", sum(model._base_manager.count() for model in models))
        tables = [self._write_table(model) for model in models]
        self._progress.end()
        return tables

    def _write_table(self, model: rows.Model) -> Table:
        name, columns = model._meta.label_lower, [field.attname for field in rows.columns(model)]
        return Table(name, columns, parts.write(Table.file(self._folder, name), self._counted(model, columns)))

    def _counted(self, model: rows.Model, columns: list[str]) -> Iterator[str]:
        for line in rows.lines(model, columns):
            yield line
            self._progress.advance()


def _earlier_files(target: Target) -> Iterator[list[object]]:
    """The files of the newest backup; none of a damaged one."""
    if whole := target.backups():
        try:
            files = Manifest.read(whole[-1]).files
            parts.check(whole[-1] / FILES, files)
        except BackupError:
            return
        yield from parts.read(whole[-1] / FILES, files)


def _thin_out(target: Target, keep: int | None, catalogue: Catalogue) -> int:
    """Removes the oldest backups, and the files that no backup needs. Returns how many backups were removed."""
    old = target.backups()[:-keep] if keep else []
    for each in old:
        target.remove(each)
    for each in target.backups():
        try:
            catalogue.need(parts.read(each / FILES, Manifest.read(each).files))
        except BackupError:
            return len(old)  # nobody knows which files it needs
    target.blobs.remove_except(catalogue.is_needed)
    return len(old)
