"""The life of a batch: accepting, claiming, finishing, cancelling, deleting and removing it."""

import logging
import time
from collections import Counter
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from classifier.archives import labels, survey
from classifier.errors import ArchiveRejected, TooManyBatches
from classifier.jobs import leases, trace
from classifier.jobs.queue import enqueue
from classifier.models import Batch, BatchFile, Drawing

log = logging.getLogger(__name__)
Status = Batch.Status

NAME_AT_MOST = 255  # characters, the end of a longer name
WAITING_AT_MOST = 5  # unfinished batches of one person
LISTED_AT_MOST = 10_000  # remarks about the labels of a batch; all are counted
ROWS_AT_ONCE = 1000
REMOVED_AT_ONCE = 400  # drawings
REMOVED_IN_REQUEST_S = 2.0  # during the request that deletes a batch; a worker removes the rest

GAVE_UP = "The rest of this batch could not be read. What was read is kept; send the rest again."


def accept_batch(owner: User, file: "UploadedFile[bytes]", *, one_digit: bool = False) -> Batch:
    """Stores an archive of pictures and sends the task that reads it. one_digit: each picture has one digit.

    Raises ArchiveRejected or TooManyBatches; nothing is stored then.
    """
    if Batch.objects.owned_by(owner).unfinished().count() >= WAITING_AT_MOST:
        raise TooManyBatches(f"{WAITING_AT_MOST} of your batches are not read yet. Wait until one is done.")
    if (file.size or 0) > settings.BATCH_MAX_MB * 2**20:
        raise ArchiveRejected(f"The batch is too large: the limit is {settings.BATCH_MAX_MB} MB.", "too_large", 413)
    archive: BinaryIO = file.file  # type: ignore[assignment]  # Django's stubs do not say so
    contents = survey.survey(
        archive,
        files_at_most=settings.BATCH_MAX_FILES,
        bytes_at_most=settings.BATCH_MAX_UNPACKED_MB * 2**20,
    )
    batch = Batch(
        owner=owner,
        name=(file.name or "archive.zip")[-NAME_AT_MOST:],
        size=file.size or 0,
        one_digit=one_digit,
        total=contents.pictures,
        position=contents.start,
        counted=contents.start,
        labels_at=contents.labels_at,
    )
    remarks = _check_labels(batch, archive)
    _store(batch, file, remarks)
    return batch


def _check_labels(batch: Batch, archive: BinaryIO) -> list[BatchFile]:
    """Counts what cannot be used of a labels.csv, and returns rows about the first LISTED_AT_MOST.

    Raises ArchiveRejected.
    """
    if batch.labels_at is None:
        return []
    table = labels.read_table(archive, batch.labels_at)
    counts, rows = Counter[str](), list[BatchFile]()
    for problem in labels.problems(archive, table, labels.match(archive, table)):
        counts[problem.code] += 1
        if len(rows) < LISTED_AT_MOST:
            name = problem.name[-NAME_AT_MOST:]
            rows.append(BatchFile(batch=batch, name=name, reason=problem.code, sentence=problem.sentence))
    batch.label_problems = dict(counts)
    return rows


def _store(batch: Batch, file: "UploadedFile[bytes]", remarks: list[BatchFile]) -> None:
    trace.about_row(batch)
    batch.file.save("", file, save=False)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            for remark in remarks:
                remark.batch = batch  # which has a key now
            BatchFile.objects.bulk_create(remarks, batch_size=ROWS_AT_ONCE)
            transaction.on_commit(lambda: send(batch.pk), robust=True)
    except BaseException:
        if not Batch.objects.filter(public_id=batch.public_id).exists():  # a committed batch keeps its file
            batch.file.delete(save=False)
        raise


def send(batch_id: int) -> bool:
    """Sends the task that continues a batch. If the broker is down, `late_batches` finds the row later."""
    return enqueue("classifier.carry_on_batch", batch_id) and call_worker()


def call_worker() -> bool:
    """Asks an inference worker to start the process that reads batches, unless it runs."""
    return enqueue("classifier.start_batch_worker", expires_s=10)


def cancel_batch(batch: Batch) -> bool:
    """Stops reading a batch; what was read is kept. Returns False if the batch has ended already."""
    return leases.finish(Batch.objects.unfinished().filter(pk=batch.pk), Status.CANCELLED)


def delete_batch(batch: Batch) -> None:
    """Deletes a batch with its digits and its file. It disappears at once; a worker removes the rows of a large one."""
    kept = Batch.objects.filter(pk=batch.pk).exclude(status=Status.DELETED)
    if not kept.update(status=Status.DELETED, holder=None, attempts=0):
        return
    if not remove(batch.pk, REMOVED_IN_REQUEST_S):
        send(batch.pk)


def remove(batch_id: int, seconds: float) -> bool:
    """Removes the drawings of a deleted batch, then the batch itself. Returns False if the time was too short."""
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
        end(batch, Status.FAILED, GAVE_UP)
    if late:
        log.warning("%s batches were not continued in time and are sent again", len(late))
    return [batch.pk for batch in late]


def claim(batch_id: int) -> Batch | None:
    """Claims a batch for this process. Returns None if it has ended or another process holds it."""
    batches = Batch.objects.unfinished().filter(pk=batch_id)
    return leases.claim(batches, started=Coalesce("started", timezone.now()), message="")


def wait(batch_id: int, why: str) -> None:
    """Leaves a batch that nobody holds for later and tells its owner why; the scheduler sends it again."""
    Batch.objects.unfinished().filter(pk=batch_id, holder=None).update(message=why, heartbeat=timezone.now())


def put_back(batch: Batch, why: str) -> None:
    """Releases a claimed batch for a reason of the site, which does not count as an attempt."""
    leases.release(leases.held(batch), message=why, attempts=0)


def end(batch: Batch, status: Batch.Status, message: str = "") -> None:
    leases.finish(leases.held(batch), status, **({"message": message} if message else {}))
