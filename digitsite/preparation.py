"""Prepares an installation before the site starts. Each step does nothing if it is done already."""

import hashlib
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from classifier.models import triggers


def migrate() -> bool:
    """Migrates the database. Returns whether there was anything to do."""
    call_command("createcachetable", verbosity=0)
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()) and triggers.exist():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


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
