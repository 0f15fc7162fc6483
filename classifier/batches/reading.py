"""Reading a batch: a task reads some seconds of one batch and stores the results piece by piece.

First the pages of all files are counted. Each core has a process that decodes and answers pieces of a few dozen members
or pages, see `planning` and `answering`. The results are stored
in order, each with the batch's new position in one short transaction, see `outcomes`. So after a crash the next task
continues where the last transaction ended: no member is lost and none is read twice. Every change of a batch is
conditional on its status and its holder.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from classifier.archives import labels
from classifier.digits import orphans
from classifier.errors import ArchiveRejected
from classifier.jobs import leases, room
from classifier.jobs.process_pool import ProcessPool, processes
from classifier.models import Batch
from classifier.uploads import turns
from classifier.uploads.stored import Archive

from . import planning
from .answering import PieceReader, decoder
from .lifecycle import claim, end, put_back, remove, wait
from .outcomes import Outcome, store
from .pacing import Pace
from .places import File, Place

TASK_S = 6.0  # that one task reads a batch; then another batch has its turn
HEARTBEAT_S = 2.0  # between two heartbeats
FILE_GONE = "The file of this batch is gone, so the rest of it cannot be read."

Status = Batch.Status


def carry_on(batch_id: int, *, should_leave: Callable[[], bool] = lambda: False, seconds: float = TASK_S) -> bool:
    """Reads a batch, or removes a deleted one, for some seconds. Returns whether there is more to do.

    should_leave: whether this worker was asked to stop.
    """
    if Batch.objects.filter(pk=batch_id, status=Status.DELETED).exists():
        return not remove(batch_id, seconds)
    if room.is_full():
        wait(batch_id, room.WAITS)
        return False
    batch = claim(batch_id)
    if batch is None:
        return False
    until = time.monotonic() + seconds
    return turns.take(
        batch,
        f"Batch {batch.public_id}",
        batch.file,
        lambda archive: _read(batch, archive, until, should_leave),
        done=lambda: end(batch, Status.DONE),
        failed=lambda sentence: end(batch, Status.FAILED, sentence),
        put_back=lambda why: put_back(batch, why),
        gone=FILE_GONE,
    )


def prepare_to_read() -> None:
    """Starts the decoding server, so the first batch does not wait for it, and clears up after killed processes."""
    orphans.remove_incoming()
    decoder().connect().close()


def _read(batch: Batch, archive: Archive, until: float, should_leave: Callable[[], bool]) -> bool:
    """Reads until time.monotonic() is `until`. Returns whether the batch is read to its end. Raises LeaseLost."""
    decoder().connect().close()  # started here, so all processes share one
    ahead = 2 * processes()  # pieces: each process has one in reserve
    beat = leases.beats(batch)
    if batch.counted is not None and not _count_pages(batch, archive, beat, until, should_leave):
        return False
    given = _labels_of(batch, archive.file)
    pieces = planning.pieces(batch, archive, beat)
    reader = PieceReader(batch, archive.path, given)
    is_done, pace = False, Pace(should_leave)
    with ProcessPool(reader.answer, processes()) as pool:
        while True:
            while not is_done and len(pool) < ahead and time.monotonic() < until and not should_leave():
                piece = next(pieces, None)
                if piece is None:
                    is_done = True
                else:
                    archive.bring([file.entry.where for file in piece.files if not file.entry.rejection], beat)
                    pool.submit(*piece)
            if not len(pool):
                return is_done
            store(batch, _next_outcome(batch, pool))
            pace.rest()


_matched: dict[UUID, labels.Labels] = {}  # of the batch read last: matching 100,000 names takes a second


def _labels_of(batch: Batch, file: BinaryIO) -> labels.Labels | None:
    """The labels of a batch's files; None without a labels.csv."""
    if batch.labels_at is None:
        return None
    if batch.public_id not in _matched:
        _matched.clear()
        _matched[batch.public_id] = labels.match(file, labels.read_table(file, batch.labels_at))
    return _matched[batch.public_id]


def _count_pages(
    batch: Batch, archive: Archive, beat: Callable[[], None], until: float, should_leave: Callable[[], bool]
) -> bool:
    """Counts the pages that are not counted yet, so the total is known. Returns False if the time was too short.

    Raises ArchiveRejected if there are too many; LeaseLost.
    """
    for more, position in planning.counts(batch, archive, beat):
        batch.total += more
        if batch.total > settings.BATCH_MAX_FILES:
            raise ArchiveRejected(
                f"This batch has more than {settings.BATCH_MAX_FILES:,} pictures and pages, the most that is read at "
                "once. Divide it into several.",
                "too_many_files",
                413,
            )
        if not leases.renew(leases.held(batch), total=batch.total, counted=position, attempts=0):
            raise leases.LeaseLost
        if position is not None and (time.monotonic() > until or should_leave()):
            return False
    return True


def _next_outcome(batch: Batch, pool: "ProcessPool[[Place, Place, list[File]], Outcome]") -> Outcome:
    """Waits for the next piece's outcome and gives heartbeats in the meantime. Raises LeaseLost."""
    while True:
        with suppress(TimeoutError):
            return pool.next_result(HEARTBEAT_S)
        leases.beat(batch)
