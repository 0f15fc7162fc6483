"""Imports as rows: asking for one, cancelling, taking back, and having a process of its own carry each out.

The reading itself is `importing`, which web and inference processes do not load. Every change of an import's status
is conditional on the status before, so that doing anything here twice or in two places at once does no harm.
"""

import logging
import os
import subprocess
import sys
import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from classifier.errors import ImportAtWork, ImportRefused
from classifier.jobs import leases
from classifier.jobs.queue import enqueue
from classifier.models import Import

Status = Import.Status

PROCESSES = 2  # carrying out imports at once, for each worker
NICENESS = 5  # people who wait for an answer go first

GAVE_UP = (
    "It could not be read to its end: the process that reads it stopped again and again. Tell whoever runs this site."
)

log = logging.getLogger(__name__)


def request_import(owner: User, file: "UploadedFile[bytes]") -> Import:
    """Store an export and have it taken in behind the scenes.

    Raises ImportRefused when it cannot be one, ImportAtWork while another of this person's is at work.
    """
    name, size = (file.name or "export")[-100:], file.size or 0
    if not size:
        raise ImportRefused("This file is empty. Choose the ZIP or the JSON as it was downloaded.")
    if size > settings.IMPORT_MAX_MB * 2**20:
        raise ImportRefused(
            f"This file has {size / 2**20:,.0f} MB; at most {settings.IMPORT_MAX_MB:,} MB can be imported. Export in "
            "several parts."
        )
    start = file.read(64)
    file.seek(0)
    is_zip = start.startswith(b"PK")
    if not is_zip and not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise ImportRefused("This is no export of this site. Choose the ZIP or the JSON as it was downloaded.")
    if Import.objects.owned_by(owner).unfinished().exists():
        raise ImportAtWork(_AT_WORK)
    taken = Import(owner=owner, name="".join(c for c in name if c.isprintable()) or "export", size=size)
    taken.file.save("export.zip" if is_zip else "export.json", file, save=False)
    try:
        with transaction.atomic():
            taken.save(force_insert=True)
            transaction.on_commit(lambda: send(taken.pk), robust=True)
    except IntegrityError:
        taken.file.delete(save=False)
        raise ImportAtWork(_AT_WORK) from None
    except BaseException:
        if not Import.objects.filter(pk=taken.pk).exists():  # what was committed keeps its file
            taken.file.delete(save=False)
        raise
    return taken


_AT_WORK = "Another import of yours is at work. Wait until it is done, or cancel it first."


def cancel(taken: Import) -> bool:
    """Have an import end before its next chunk; what it has brought stays. False when it is over already."""
    mine = Import.objects.filter(pk=taken.pk)
    if leases.finish(mine.waiting(), Status.CANCELLED):
        remove_file(taken)
        return True
    return bool(mine.running().update(cancel_asked=True))


def take_back(taken: Import) -> bool:
    """Have everything removed that an ended import has brought. False when there is nothing to remove.

    Raises ImportAtWork while another of this person's is at work.
    """
    ended = (Status.DONE, Status.FAILED, Status.CANCELLED)
    mine = Import.objects.filter(Q(brought__gt=0) | Q(batches__gt=0), pk=taken.pk, status__in=ended)
    try:
        with transaction.atomic():
            changed = mine.update(status=Status.REMOVING, heartbeat=timezone.now(), holder=None, attempts=0, error="")
            transaction.on_commit(lambda: send(taken.pk), robust=True)
    except IntegrityError:
        raise ImportAtWork(_AT_WORK) from None
    return bool(changed)


def remove_file(taken: Import) -> None:
    """An import that has ended needs its file no more."""
    if taken.file.name:
        taken.file.storage.delete(taken.file.name)
        Import.objects.filter(pk=taken.pk).update(file="")


def send(import_id: int) -> bool:
    """Ask a worker to start the process. Without a broker the row waits, and the scheduler asks again."""
    return enqueue("classifier.start_import", import_id)


_processes: list["subprocess.Popen[bytes]"] = []


def start_process(import_id: int) -> bool:
    """Start `manage.py run_import`, unless this worker has its share of such processes already."""
    _processes[:] = [process for process in _processes if process.poll() is None]
    taken = Import.objects.unfinished().claimable(timezone.now()).filter(pk=import_id).first()
    if taken is None or len(_processes) >= PROCESSES:
        return False  # the scheduler asks again
    manage = str(settings.BASE_DIR / "manage.py")
    command = [sys.executable, manage, "run_import", str(taken.public_id), "--parent", str(os.getpid())]
    _processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0))
    return True


def claim(public_id: uuid.UUID) -> Import | None:
    """Claims an import for this process. Returns None if it has ended or another process holds it."""
    return leases.claim(Import.objects.unfinished().filter(public_id=public_id).select_related("owner"))


def next_waiting() -> uuid.UUID | None:
    """The import that has waited longest for a process, or None."""
    waiting = Import.objects.unfinished().claimable(timezone.now()).order_by("heartbeat")
    return waiting.values_list("public_id", flat=True).first()


def look_after() -> None:
    """Sends again the imports that no process works on, and fails those that make no progress."""
    _processes[:] = [process for process in _processes if process.poll() is None]  # polling reaps the ended ones
    overdue, hopeless = leases.take_overdue(Import.objects.unfinished())
    for taken in hopeless:
        log.error("Import %s made no progress in %s attempts; given up", taken.pk, taken.attempts)
        if leases.finish(leases.held(taken), Status.FAILED, error=GAVE_UP):
            remove_file(taken)
    for taken in overdue:
        if not send(taken.pk):
            return  # no broker: the others wait too
