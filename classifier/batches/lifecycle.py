"""A batch from upload to removal: accepting, cancelling, deleting, and claiming it for work."""

import logging
import time
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from classifier.archives import labels, survey
from classifier.errors import ArchiveRefused, TooManyBatches
from classifier.jobs import leases
from classifier.jobs.queue import enqueue
from classifier.models import Batch, Drawing

log = logging.getLogger(__name__)
Status = Batch.Status


WAITING_AT_MOST = 5  # unfinished batches of one person
REMOVED_AT_ONCE = 400  # drawings
REMOVED_MEANWHILE_S = 2.0  # while whoever deletes a batch waits; the rest is removed behind the scenes

CANNOT_GO_ON = "It could not be read to its end. What was read before is kept; send the rest again."


def accept_batch(owner: User, file: "UploadedFile[bytes]", *, one_digit: bool = False) -> Batch:
    """Keep an archive of pictures and have it read. one_digit: each of them is said to hold one digit.

    Raises ArchiveRefused, TooManyBatches, PictureTooLarge; nothing is kept then.
    """
    if Batch.objects.owned_by(owner).unfinished().count() >= WAITING_AT_MOST:
        raise TooManyBatches(f"{WAITING_AT_MOST} of your batches are not read yet. Wait until one is done.")
    if (file.size or 0) > settings.BATCH_MAX_MB * 2**20:
        raise ArchiveRefused(
            f"This is too much at once; at most {settings.BATCH_MAX_MB} MB can be sent.", "too_large", 413
        )
    archive: BinaryIO = file.file  # type: ignore[assignment]  # its stubs do not say what a file is
    found = survey.survey(
        archive,
        files_at_most=settings.BATCH_MAX_FILES,
        bytes_at_most=settings.BATCH_MAX_UNPACKED_MB * 2**20,
    )
    message = ""
    if found.labels_at is not None:
        misread = labels.read_labels(archive, found.labels_at).misread
        message = (
            f"{misread} line{'s' if misread > 1 else ''} of labels.csv gave no label from 0 to 9." if misread else ""
        )
    batch = Batch(
        owner=owner,
        name=(file.name or "archive.zip")[-255:],
        size=file.size or 0,
        message=message,
        one_digit=one_digit,
        total=found.pictures,
        position=found.start,
        labels_at=found.labels_at,
    )
    batch.file.save("", file, save=False)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            transaction.on_commit(lambda: send(batch.pk), robust=True)
    except BaseException:
        if not Batch.objects.filter(public_id=batch.public_id).exists():  # what was committed keeps its file
            batch.file.delete(save=False)
        raise
    return batch


def send(batch_id: int) -> bool:
    """Have a batch gone on with. Without a broker the row waits, and `late_batches` finds it."""
    return enqueue("classifier.carry_on_batch", batch_id) and call_worker()


def call_worker() -> bool:
    """Have the process that reads batches started: there will be one soon, or there is."""
    return enqueue("classifier.start_batch_worker", expires_s=10)


def cancel_batch(batch: Batch) -> bool:
    """Read no further; what was read is kept. False: it has ended already."""
    return leases.finish(Batch.objects.unfinished().filter(pk=batch.pk), Status.CANCELLED)


def delete_batch(batch: Batch) -> None:
    """Remove a batch with its digits and its file. It is gone at once; of a large one the rows go behind the scenes."""
    kept = Batch.objects.filter(pk=batch.pk).exclude(status=Status.DELETED)
    if not kept.update(status=Status.DELETED, holder=None, attempts=0):
        return
    if not remove(batch.pk, REMOVED_MEANWHILE_S):
        send(batch.pk)


def remove(batch_id: int, seconds: float) -> bool:
    """Remove drawings of a deleted batch, and last the batch itself; False when the time was too short."""
    end = time.monotonic() + seconds
    Batch.objects.filter(pk=batch_id).update(heartbeat=timezone.now())
    drawings = Drawing.objects.filter(batch=batch_id).order_by("pk")
    while keys := list(drawings.values_list("pk", flat=True)[:REMOVED_AT_ONCE]):
        Drawing.objects.filter(pk__in=keys).delete()
        if time.monotonic() > end:
            return False
    for batch in Batch.objects.filter(pk=batch_id, status=Status.DELETED):
        batch.delete()
    return True


def first_waiting() -> int | None:
    """The batch that has waited longest for a worker, or None."""
    waiting = Batch.objects.unfinished().filter(holder=None).order_by("heartbeat")
    return waiting.values_list("pk", flat=True).first()


def late_batches() -> list[int]:
    """Takes the batches that no worker continues, because their task was lost or their worker killed, to send again."""
    late, hopeless = leases.take_overdue(Batch.objects.with_work_left())
    for batch in hopeless:
        log.error("Batch %s made no progress in %s attempts; given up", batch.public_id, batch.attempts)
        end(batch, Status.FAILED, CANNOT_GO_ON)
    if late:
        log.warning("%s batches were not continued in time and are sent again", len(late))
    return [batch.pk for batch in late]


def claim(batch_id: int) -> Batch | None:
    """Claims a batch for this process. Returns None if it has ended or another process holds it."""
    return leases.claim(Batch.objects.unfinished().filter(pk=batch_id), started=Coalesce("started", timezone.now()))


def end(batch: Batch, status: Batch.Status, message: str = "") -> None:
    leases.finish(leases.held(batch), status, **({"message": message} if message else {}))
