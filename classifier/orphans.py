"""Removing files that no row names.

A file is stored before its row is committed, and deleted after its row is gone; a process that is killed in
between leaves it behind. The name of each file holds the public id of its row.
"""

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePosixPath

from django.core.files.storage import Storage
from django.db import models
from django.utils import timezone

from .models import Drawing, ModelVersion

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
    models_removed = _remove(ModelVersion, ModelVersion.tflite_file.field.storage, "models", ages)
    for folder in {PurePosixPath(path).parent for path in models_removed}:
        with suppress(OSError):  # it is not empty; a storage without folders has none
            ModelVersion.tflite_file.field.storage.delete(str(folder))
    return len(models_removed) + len(_remove(Drawing, Drawing.original.field.storage, "originals", ages))


def _remove(model: type[models.Model], storage: Storage, folder: str, ages: tuple[datetime, datetime]) -> list[str]:
    """Remove the files below `folder` that have no row in `model` and were written between `ages`; their names."""
    removed = []
    files = _files(storage, folder)
    while some := list(islice(files, ASKED_AT_ONCE)):
        found = {path: uuid.UUID(match.group()) for path in some if (match := PUBLIC_ID.search(path))}
        rows = model._default_manager.filter(public_id__in=set(found.values()))
        known = set(rows.values_list("public_id", flat=True))
        for path in (path for path, public_id in found.items() if public_id not in known):
            with suppress(FileNotFoundError):  # somebody else has removed it
                if ages[0] < storage.get_modified_time(path) < ages[1]:
                    storage.delete(path)
                    log.warning("Removed %s, which no row names", path)
                    removed.append(path)
    return removed


def _files(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except (NotImplementedError, FileNotFoundError):  # some storages cannot be listed: Django has them say so thus
        return
    for name in names:
        yield f"{folder}/{name}"
    for each in folders:
        yield from _files(storage, f"{folder}/{each}")
