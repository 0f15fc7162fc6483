"""Removes files that have no row.

A file is stored before its row is committed and deleted after its row, so a process that is killed in between
leaves the file. The name of each file contains the public id of its row.
"""

import logging
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import Storage
from django.db import models
from django.utils import timezone

from classifier.models import Batch, Drawing, Import, ModelVersion

# Model with the public ids, a field with its storage, folder. An app above adds its own when it starts.
WITH_FILES: list[tuple[type[models.Model], models.FileField, str]] = [
    (Drawing, Drawing.original.field, "originals"),
    (Batch, Batch.file.field, "batches"),
    (Import, Import.file.field, "imports"),
]
AGE = timedelta(hours=1)  # no request takes as long between storing a file and its row
AT_ONCE = 500  # files in one query
PUBLIC_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

log = logging.getLogger(__name__)


def remove_orphans() -> int:
    """Removes files without a row. Returns how many. Storages that cannot be listed are skipped."""
    first = ModelVersion.objects.order_by("created").first()
    if first is None:
        return 0
    # Older files belong to another database: this one may have been configured by mistake.
    ages = first.created - AGE, timezone.now() - AGE
    storage = ModelVersion.tflite_file.field.storage
    models_removed = _remove(ModelVersion, storage, "models", ages)
    # A process killed before its first file leaves an empty folder; a recent one may be about to receive a file.
    empty = [path for path in _empty_folders(storage, "models") if _is_between(storage, path, ages)]
    for folder in {str(PurePosixPath(path).parent) for path in models_removed}.union(empty):
        with suppress(OSError):  # not empty, or a storage without folders
            storage.delete(folder)
    removed = len(models_removed) + remove_incoming()
    for model, field, folder in WITH_FILES:
        removed += len(_remove(model, field.storage, folder, ages))
    return removed


def _remove(model: type[models.Model], storage: Storage, folder: str, ages: tuple[datetime, datetime]) -> list[str]:
    """Removes files in `folder` that have no row in `model` and were written between `ages`. Returns their names."""
    removed = []
    files = _files(storage, folder)
    while some := list(islice(files, AT_ONCE)):
        named = {path: uuid.UUID(match.group()) for path in some if (match := PUBLIC_ID.search(path))}
        rows = model._default_manager.filter(public_id__in=set(named.values()))
        known = set(rows.values_list("public_id", flat=True))
        for path in (path for path, public_id in named.items() if public_id not in known):
            if _is_between(storage, path, ages):
                storage.delete(path)
                log.warning("Removed %s, which has no row", path)
                removed.append(path)
    return removed


def remove_incoming() -> int:
    """Removes from this machine uploads, and parts of batches, whose process was killed. Returns how many."""
    removed = 0
    for path in settings.FILE_UPLOAD_TEMP_DIR.glob("*"):
        with suppress(FileNotFoundError):  # its process has removed or moved it
            if path.stat().st_mtime < time.time() - AGE.total_seconds():
                path.unlink()
                removed += 1
    return removed


def _is_between(storage: Storage, path: str, ages: tuple[datetime, datetime]) -> bool:
    try:
        return ages[0] < storage.get_modified_time(path) < ages[1]
    except FileNotFoundError:  # another process has removed it
        return False


def _empty_folders(storage: Storage, folder: str) -> Iterator[str]:
    """The empty folders of model versions in `folder`."""
    folders, _ = _listed(storage, folder)
    for each in folders:
        if PUBLIC_ID.fullmatch(each) and _listed(storage, f"{folder}/{each}") == ([], []):
            yield f"{folder}/{each}"


def _files(storage: Storage, folder: str) -> Iterator[str]:
    folders, names = _listed(storage, folder)
    for name in names:
        yield f"{folder}/{name}"
    for each in folders:
        yield from _files(storage, f"{folder}/{each}")


def _listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """The folders and files in a folder; both empty if it cannot be listed."""
    try:
        return storage.listdir(folder)
    except (NotImplementedError, FileNotFoundError):  # raised by storages that cannot be listed
        return [], []
