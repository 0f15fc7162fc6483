"""Restoring a backup into an empty installation.

The tables are made in the version of the backup, files are stored, and then all rows are inserted in one transaction:
until it is committed, the installation is empty. Later migrations run on the restored rows. A table of its own keeps
the site from starting in between.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from django.apps.registry import Apps
from django.apps.registry import apps as installed
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.utils import Error

from digitsite import preparation, supervision
from digitsite.signin.configuration import SWITCHES

from . import emptiness, parts, rows
from .blobs import hash_of
from .errors import BackupError, Damaged
from .manifest import FILES, Manifest, Table
from .progress import Progress
from .target import Target


@dataclass(frozen=True)
class Restored:
    """What was restored, for the operator."""

    manifest: Manifest
    rows: int
    files: int
    lost: list[str]  # files that the site had lost before the backup


def check(target: Target, folder: Path, progress: Progress) -> Manifest:
    """Reads a whole backup. Raises BackupError if a part is damaged or this version is too old for it."""
    manifest = _manifest(folder)
    progress.begin("Checked files", manifest.files.lines)
    for _, _, _, sha256 in parts.read(folder / FILES, manifest.files):
        if sha256:
            target.blobs.check(sha256)
        progress.advance()
    progress.end()
    return manifest


def restore(target: Target, folder: Path, progress: Progress) -> Restored:
    """Restores a backup. Raises BackupError; then the installation is as empty as before."""
    manifest = _manifest(folder)
    with _alone():
        files = _Files(target, goes_on=_begin())
        replaced = emptiness.prepared_files()
        emptiness.drop_tables()
        progress.begin("Files", manifest.files.lines)
        for name, _, _, sha256 in parts.read(folder / FILES, manifest.files):
            files.restore(name, sha256)
            progress.advance()
        progress.end()
        count = _restore_rows(folder, manifest, progress)
        try:
            files.delete(replaced)
            preparation.migrate()
        except (OSError, Error, KeyboardInterrupt) as error:
            raise BackupError(
                f"All rows and files are restored, but a last step failed ({error!r}). Run `manage.py migrate`, or "
                "start the site, to finish."
            ) from error
    return Restored(manifest, count, files.count, files.lost)


def _begin() -> bool:
    """Notes in the database that a restore has begun. Returns whether an earlier one had."""
    goes_on = preparation.RESTORING in connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {preparation.RESTORING} (begun INTEGER)")
    return goes_on


def _manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose lists are as they were written and which this version can restore."""
    manifest = Manifest.read(folder)
    if unknown := preparation.unknown_migrations(manifest.migrations):
        raise BackupError(
            f"This backup is newer than this version of digitsite: it was made by version {manifest.version} with "
            f"{preparation.named(unknown)}. Install that version or a newer one, and restore again."
        )
    check_switched_on(table.model for table in manifest.tables)
    manifest.check_rows(folder)
    return manifest


def check_switched_on(models: Iterable[str]) -> None:
    """Raises BackupError if the backup has tables of apps that the settings here switch off."""
    labels = {model.partition(".")[0] for model in models}
    off = [
        switch
        for label, switch in SWITCHES.items()
        if label in labels and not installed.is_installed(f"allauth.{label}")
    ]
    if off:
        raise BackupError(f"This backup is of a site with {' and '.join(off)}. Set it as there, and restore again.")


@contextmanager
def _alone() -> Iterator[None]:
    """Keeps the site from running in the block. Raises BackupError if it runs already or holds anything."""
    try:
        with supervision.locked(settings.DATA_DIR):
            preparation.check_not_newer(connection)
            emptiness.check_empty()
            emptiness.check_alone()
            yield
    except (supervision.CannotStart, preparation.NotUsable) as error:
        raise BackupError(str(error)) from None


class _Files:
    """Stores the files of a backup under their names.

    goes_on: whether an interrupted restore may have left incomplete files.
    """

    def __init__(self, target: Target, *, goes_on: bool) -> None:
        self._blobs, self._goes_on = target.blobs, goes_on
        self.count, self.lost = 0, list[str]()

    def restore(self, name: str, sha256: str | None) -> None:
        """Stores a file and reads it back, unless it is there already. Raises BackupError."""
        if sha256 is None:
            self.lost.append(name)
            return
        self.count += 1
        if default_storage.exists(name):
            if self._stored(name) == sha256:
                return
            if not self._goes_on:
                raise BackupError(
                    f"The storage of the site has another file with the name {name}. Choose an empty storage or a new "
                    "folder (DATA_DIR), and restore again."
                )
            default_storage.delete(name)
        self._blobs.check(sha256)
        with self._blobs.open(sha256) as file:
            stored = default_storage.save(name, File(file))
        if stored != name or self._stored(name) != sha256:
            raise BackupError(f"The storage does not return {name} as it was stored; its disk may be failing.")

    def delete(self, names: list[str]) -> None:
        """Deletes files of the prepared installation, which no row names any more, and their folders."""
        for name in names:
            default_storage.delete(name)
            with suppress(OSError):  # the folder has other files, or the storage has no folders
                default_storage.delete(str(PurePosixPath(name).parent))

    def _stored(self, name: str) -> str:
        with default_storage.open(name) as file:
            return hash_of(cast(BinaryIO, file))


def _restore_rows(folder: Path, manifest: Manifest, progress: Progress) -> int:
    """Makes the tables as they were and inserts all rows, without triggers. Returns how many there are."""
    executor = MigrationExecutor(connection)
    apps = executor.migrate(_targets(executor.loader, manifest)).apps
    progress.begin("Rows", sum(table.part.lines for table in manifest.tables))
    count = 0
    with transaction.atomic():
        for table in manifest.tables:
            lines = parts.read(Table.file(folder, table.model), table.part)
            for inserted in rows.insert(_model(apps, table), table.columns, lines):
                progress.advance(inserted)
                count += inserted
        rows.set_sequences([_model(apps, table) for table in manifest.tables])
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {preparation.RESTORING}")
    progress.end()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # without figures it would choose slow ways until it looks by itself
    return count


def _model(apps: Apps, table: Table) -> rows.Model:
    try:
        return apps.get_model(table.model)
    except LookupError:
        raise Damaged(f"it has rows of an unknown table, {table.model}") from None


def _targets(loader: MigrationLoader, manifest: Manifest) -> list[tuple[str, str]]:
    """The last migrations of each app in the backup, as this version has them: some may be squashed since."""
    had = set(manifest.migrations)
    had |= {key for key, each in loader.replacements.items() if had.issuperset(each.replaces)}
    nodes = loader.graph.node_map
    return [
        key
        for key in had.intersection(nodes)
        if not any(child.key in had and child.key[0] == key[0] for child in nodes[key].children)
    ]
