"""Archives for tests, good and bad, and batches made of them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from classifier.batches import lifecycle, reading, storage, uploads
from classifier.models import Batch


def zipped(files: Mapping[str, bytes] | list[tuple[Any, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """files: content by name (or by ZipInfo, in pairs)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            if isinstance(name, zipfile.ZipInfo):
                name.compress_type = method
            archive.writestr(name, content)
    return made.getvalue()


def incoming(data: bytes, name: str = "digits.zip") -> uploads.Incoming:
    """As a request's file arrives."""
    file, path = storage.new_file()
    file.write(data)
    file.flush()
    file.seek(0)
    return uploads.Incoming(file, path, name)


def waiting_batch(owner: User, files: Mapping[str, bytes] | bytes, **given: Any) -> Batch:
    """A batch just sent, which nobody reads yet."""
    data = files if isinstance(files, bytes) else zipped(files)
    with incoming(data) as file:
        return lifecycle.accept_batch(owner, file, **given)


def read_whole(batch: Batch) -> Batch:
    """Read it in this process, as its worker does."""
    while reading.carry_on(batch.pk):
        pass
    batch.refresh_from_db()
    return batch
