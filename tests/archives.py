"""Archives and batches for tests."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from classifier.batches import lifecycle, reading
from classifier.models import Batch, Drawing
from classifier.uploads import receiving, stored
from tests.factories import picture, seven

PNG = picture(seven(40))


def zipped(files: Mapping[str, bytes] | list[tuple[Any, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive. files: content by name, or pairs of a ZipInfo and content."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            if isinstance(name, zipfile.ZipInfo):
                name.compress_type = method
            archive.writestr(name, content)
    return data.getvalue()


def many(count: int) -> dict[str, bytes]:
    """`count` pictures of a seven, in folders named 0 to 9."""
    return {f"{number % 10}/{number:04}.png": PNG for number in range(count)}


def members_of(batch: Batch) -> list[str]:
    """The names of the members that were read, in order."""
    return list(Drawing.objects.filter(batch=batch).order_by("pk").values_list("member", flat=True))


def incoming(data: bytes, name: str = "digits.zip") -> receiving.Incoming:
    """A file as a request receives it."""
    file, path = stored.new_file()
    file.write(data)
    file.flush()
    file.seek(0)
    return receiving.Incoming(file, path, name)


def waiting_batch(owner: User, files: Mapping[str, bytes] | bytes, **given: Any) -> Batch:
    """A batch that waits for a worker."""
    data = files if isinstance(files, bytes) else zipped(files)
    with incoming(data) as file:
        return lifecycle.accept_batch(owner, file, **given)


def read_whole(batch: Batch) -> Batch:
    """Reads a batch to its end in this process."""
    while reading.carry_on(batch.pk):
        pass
    batch.refresh_from_db()
    return batch
