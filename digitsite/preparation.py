"""Prepares an installation before the site starts. Each step does nothing if it is done already."""

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from classifier.models import triggers
from digitsite import __version__

# A table of this name says that a restore has begun; it goes in the transaction that restores the rows.
RESTORING = "digitsite_restoring"


class NotUsable(Exception):
    """The database cannot be used as it is; the message tells the operator what to do."""


def migrate() -> bool:
    """Migrates the database. Returns whether there was anything to do. Raises NotUsable."""
    check_usable(connection)
    call_command("createcachetable", verbosity=0)
    if is_migrated() and triggers.exist():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def check_usable(database: BaseDatabaseWrapper) -> None:
    """Raises NotUsable if a newer version has migrated the database, or a restore was interrupted."""
    check_not_newer(database)
    if RESTORING in database.introspection.table_names():
        raise NotUsable(
            "A backup was being restored into this database when it was interrupted. Run `manage.py restore` again; it "
            "starts from the beginning. Or choose an empty database."
        )


def is_migrated() -> bool:
    """Whether the database has all migrations of this version."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def check_not_newer(database: BaseDatabaseWrapper) -> None:
    """Raises NotUsable if the database has migrations that this version does not know."""
    if unknown := unknown_migrations(MigrationRecorder(database).applied_migrations()):
        raise NotUsable(
            f"The database is newer than this version ({__version__}) of digitsite: it has {named(unknown)}. Start the "
            "newer version, or restore a backup from before the upgrade."
        )


def unknown_migrations(applied: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the installed apps that the code does not have, not even within a squashed migration."""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations).union(*(each.replaces for each in loader.disk_migrations.values()))
    return sorted((app, name) for app, name in applied if app in loader.migrated_apps and (app, name) not in known)


def named(migrations: list[tuple[str, str]]) -> str:
    """The names of migrations for a sentence, at most three."""
    names = ["the migration " + ".".join(each) for each in migrations[:1]] + [".".join(m) for m in migrations[1:3]]
    more = f" and {len(migrations) - 3} more" if len(migrations) > 3 else ""
    return ", ".join(names) + more


def collect_static() -> bool:
    """Collects and compresses the static files if any has changed. Returns whether it did."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    now = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(now)
    return True


def _static_fingerprint() -> str:
    """A hash that changes with the name, size or time of any source and with the storage backend."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def create_first_administrator() -> tuple[str, str] | None:
    """Creates the user `admin` if there are no users. Returns its name and password, which are shown only once."""
    people = get_user_model().objects
    if people.exists():
        return None
    name, password = "admin", secrets.token_urlsafe(12)
    people.create_superuser(username=name, password=password)
    return name, password
