"""The files of batches."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.conf import settings

from classifier.models import Batch


@contextmanager
def local_file(batch: Batch) -> Iterator[str]:
    """The path of a batch's file, or of a copy if the storage is remote. Raises FileNotFoundError."""
    try:
        path = batch.file.path
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(dir=incoming_folder()) as copy, batch.file.open("rb") as file:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy.name
    else:
        yield path


def incoming_folder() -> str:
    """The folder of uploads, on the same disk as stored files, so storing one only renames it."""
    return str(settings.FILE_UPLOAD_TEMP_DIR)


def new_file() -> tuple[BinaryIO, str]:
    """A new empty file in the folder of uploads, and its path."""
    handle, path = tempfile.mkstemp(dir=incoming_folder(), suffix=".zip")
    return os.fdopen(handle, "w+b"), path
