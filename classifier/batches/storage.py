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
    """The path of a batch's file; of storage elsewhere, that of a copy. Raises FileNotFoundError."""
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
    """Where files are written before they are stored: beside them, so that moving one costs nothing."""
    return str(settings.FILE_UPLOAD_TEMP_DIR)


def new_file() -> tuple[BinaryIO, str]:
    """A file beside those that are stored, and its path."""
    handle, path = tempfile.mkstemp(dir=incoming_folder(), suffix=".zip")
    return os.fdopen(handle, "w+b"), path
