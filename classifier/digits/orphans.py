"""Removing files that no row names.

A file is stored before its row is committed, and deleted after its row is gone; a process that is killed in
between leaves it behind. The name of each file holds the public id of its row.
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

AGE = timedelta(hours=1)  # nothing takes as long between its files and its row
ASKED_AT_ONCE = 500  # rows
PUBLIC_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

log = logging.getLogger(__name__)


def remove_orphans() -> int:
    """Remove model files and originals without a row; returns how many. What cannot be listed is left alone."""
    first = ModelVersion.objects.order_by("created").first()
    if first is None:
        return 0
    # Files from before the first row are another database's: this one may have been chosen by mistake.
    ages = first.created - AGE, timezone.now() - AGE
    storage = ModelVersion.tflite_file.field.storage
    models_removed = _remove(ModelVersion, storage, "models", ages)
    # Who is killed before the first file leaves an empty folder; a fresh one may be about to get it.
    empty = [path for path in _empty_folders(storage, "models") if _is_between(storage, path, ages)]
    for folder in {str(PurePosixPath(path).parent) for path in models_removed}.union(empty):
        with suppress(OSError):  # it is not empty; a storage without folders has none
            storage.delete(folder)
    pictures_removed = _remove(Drawing, Drawing.original.field.storage, "originals", ages)
    batches_removed = _remove(Batch, Batch.file.field.storage, "batches", ages)
    imports_removed = _remove(Import, Import.file.field.storage, "imports", ages)
    others = pictures_removed + batches_removed + imports_removed
    return len(models_removed) + len(others) + _remove_incoming()


def _remove(model: type[models.Model], storage: Storage, folder: str, ages: tuple[datetime, datetime]) -> list[str]:
    """Remove the files below `folder` that have no row in `model` and were written between `ages`; their names."""
    removed = []
    files = _files(storage, folder)
    while some := list(islice(files, ASKED_AT_ONCE)):
        found = {path: uuid.UUID(match.group()) for path in some if (match := PUBLIC_ID.search(path))}
        rows = model._default_manager.filter(public_id__in=set(found.values()))
        known = set(rows.values_list("public_id", flat=True))
        for path in (path for path, public_id in found.items() if public_id not in known):
            if _is_between(storage, path, ages):
                storage.delete(path)
                log.warning("Removed %s, which no row names", path)
                removed.append(path)
    return removed


def _remove_incoming() -> int:
    """Remove what was being received by a process that was killed."""
    removed = 0
    for path in settings.FILE_UPLOAD_TEMP_DIR.glob("*"):
        with suppress(FileNotFoundError):  # its owner has removed it, or moved it away
            if path.stat().st_mtime < time.time() - AGE.total_seconds():
                path.unlink()
                removed += 1
    return removed


def _is_between(storage: Storage, path: str, ages: tuple[datetime, datetime]) -> bool:
    try:
        return ages[0] < storage.get_modified_time(path) < ages[1]
    except FileNotFoundError:  # somebody else has removed it
        return False


def _empty_folders(storage: Storage, folder: str) -> Iterator[str]:
    """The empty folders of versions in `folder`."""
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
    """The folders and the files in a folder; none when it cannot be listed."""
    try:
        return storage.listdir(folder)
    except (NotImplementedError, FileNotFoundError):  # some storages cannot be listed: Django has them say so thus
        return [], []
