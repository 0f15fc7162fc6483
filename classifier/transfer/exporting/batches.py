"""The records of batches, and of their files in which no digit was found."""

from collections.abc import Iterator

from classifier.models import Batch, BatchFile, BatchQuerySet
from classifier.transfer.export_format import BATCHES, Record

from .files import file_record
from .records import oldest_first, with_timestamps

_FIELDS = (
    *("name", "status", "message", "created", "started", "finished", "one_digit", "size", "total", "read", "failed"),
    *("digits", "unsure", "refused", "labelled", "right", "confusion"),
    *("numbers", "numbers_right", "label_problems"),
)


def batch_record(batch: Batch) -> Record:
    ids = {"id": str(batch.public_id), "origin": str(batch.origin) if batch.origin else None}
    fields = {name: getattr(batch, name) for name in _FIELDS}
    archive = file_record(batch.file, {"name": archive_name(batch)}) if batch.file.name else None
    return ids | with_timestamps(fields, "created", "started", "finished") | {"archive": archive}


def archive_name(batch: Batch) -> str:
    """The name of a batch's archive in the ZIP."""
    return f"{BATCHES}{batch.public_id}.zip"


def unread_records(batches: BatchQuerySet) -> Iterator[Record]:
    """Yields a record for each file of these batches in which no digit was found, and each remark about a label."""
    for batch in oldest_first(batches.exclude(failed=0, label_problems={}).only("pk", "public_id")):
        for file in oldest_first(BatchFile.objects.filter(batch=batch)):
            name = str(batch.public_id)
            yield {"batch": name, "member": file.name, "reason": file.reason, "sentence": file.sentence}
