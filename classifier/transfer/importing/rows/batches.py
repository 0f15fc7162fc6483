"""The rows of batches, not saved yet."""

import uuid

from django.contrib.auth.models import User
from django.utils import timezone

from classifier.models import Batch, BatchFile
from classifier.transfer.export_format import Record
from classifier.transfer.importing.errors import RecordRejected

from .fields import integers, moment, moment_or_none, origin_of, text

INTERRUPTED = "This batch was exported while it was being read; these are the results up to then."

_ENDED = (Batch.Status.DONE, Batch.Status.CANCELLED, Batch.Status.FAILED)
_COUNTS = ("total", "read", "failed", "digits", "unsure", "refused", "labelled", "right")
_NEWER = ("numbers", "numbers_right", "label_problems")  # which older exports lack


def batch_row(record: Record, *, owner: User, namespace: uuid.UUID) -> Batch:
    """The batch of a record; a batch that had not ended counts as cancelled.

    namespace: its public id is derived from this and its origin. Raises RecordRejected.
    """
    origin = origin_of(record)
    status, message, finished = record["status"], text(record, "message"), moment_or_none(record, "finished")
    if status not in _ENDED:
        status, message, finished = Batch.Status.CANCELLED.value, message or INTERRUPTED, timezone.now()
    batch = Batch(
        public_id=uuid.uuid5(namespace, f"batch {origin}"),
        owner=owner,
        origin=origin,
        name=text(record, "name"),
        status=status,
        created=moment(record, "created"),
        started=moment_or_none(record, "started"),
        finished=finished,
        message=message,
        one_digit=record["one_digit"],
        size=record["size"],
        position=0,  # it will not be read
        confusion=[integers(row) for row in record["confusion"]],
        **{name: record[name] for name in _COUNTS},
        **{name: record[name] for name in _NEWER if name in record},
    )
    _check_sums(batch)
    return batch


def _check_sums(batch: Batch) -> None:
    if batch.read + batch.failed > batch.total or max(batch.unsure + batch.refused, batch.labelled) > batch.digits:
        raise RecordRejected("Its counts do not fit: more files or digits were read than there are.")
    if not batch.numbers_right <= batch.numbers <= batch.read:
        raise RecordRejected("Its counts do not fit: more numbers were read correctly than there are.")
    hits = sum(row[label] for label, row in enumerate(batch.confusion))
    if (sum(map(sum, batch.confusion)), hits) != (batch.labelled, batch.right):
        raise RecordRejected("confusion does not add up to labelled and right.")


def unread_row(record: Record, batch_key: int) -> BatchFile:
    """The row of a file in which no digit was found, or of a remark about a label. Raises RecordRejected."""
    return BatchFile(
        batch_id=batch_key, name=text(record, "member"), reason=record["reason"], sentence=text(record, "sentence")
    )
