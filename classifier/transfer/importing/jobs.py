"""Imports as jobs: requesting, cancelling and removing one, and starting the process that carries it out.

That process runs `importer`, which web and inference processes do not load. Each change of an import's status is
conditional on the status before, so doing it twice or in two places at once does no harm.
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

from classifier.errors import ImportAtWork, ImportRejected
from classifier.jobs import leases, room, trace
from classifier.jobs.queue import enqueue
from classifier.models import Import

Status = Import.Status

PROCESSES = 2  # that import at the same time, for each worker
NICENESS = 5  # people who wait for an answer go first

GAVE_UP = (
    "This file could not be imported: the process that reads it stopped several times. Tell the operator of this site."
)

FILES_AWAY = "The site could not reach its files. This goes on by itself when it can."

AT_WORK = "Another of your imports is not finished. Wait until it is done, or cancel it first."

log = logging.getLogger(__name__)


def request_import(owner: User, file: "UploadedFile[bytes]") -> Import:
    """Stores an export and requests its import in the background.

    Raises ImportRejected if it cannot be an export, ImportAtWork while another import of this person is unfinished.
    """
    is_zip = _check_file(file)
    if Import.objects.owned_by(owner).unfinished().exists():
        raise ImportAtWork(AT_WORK)
    name = "".join(filter(str.isprintable, (file.name or "")[-100:])) or "export"
    job = Import(owner=owner, name=name, size=file.size or 0)
    trace.about_row(job)
    job.file.save("export.zip" if is_zip else "export.json", file, save=False)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            transaction.on_commit(lambda: send(job.pk), robust=True)
    except IntegrityError:
        job.file.delete(save=False)
        raise ImportAtWork(AT_WORK) from None
    except BaseException:
        if not Import.objects.filter(pk=job.pk).exists():  # a committed row keeps its file
            job.file.delete(save=False)
        raise
    return job


def _check_file(file: "UploadedFile[bytes]") -> bool:
    """Whether an export is a ZIP, otherwise it is JSON. Raises ImportRejected if it is neither, or too large."""
    size = file.size or 0
    if not size:
        raise ImportRejected("This file is empty. Choose the ZIP or the JSON that you downloaded.")
    if size > settings.IMPORT_MAX_MB * 2**20:
        raise ImportRejected(
            f"This file has {size / 2**20:,.0f} MB; at most {settings.IMPORT_MAX_MB:,} MB can be imported. Export in "
            "parts."
        )
    start: bytes = file.read(64)
    file.seek(0)
    is_zip = start.startswith(b"PK")
    if not is_zip and not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise ImportRejected("This is no export of this site. Choose the ZIP or the JSON that you downloaded.")
    return is_zip


def cancel(job: Import) -> bool:
    """Ends an import before its next chunk and keeps what it has imported. Returns False if it has ended already."""
    mine = Import.objects.filter(pk=job.pk)
    if leases.finish(mine.waiting(), Status.CANCELLED):
        remove_file(job)
        return True
    return bool(mine.running().update(cancel_asked=True))


def request_removal(job: Import) -> bool:
    """Requests the removal of everything that a finished import has imported. Returns False if there is nothing.

    Raises ImportAtWork while another import of this person is unfinished.
    """
    ended = (Status.DONE, Status.FAILED, Status.CANCELLED)
    mine = Import.objects.filter(Q(brought__gt=0) | Q(batches__gt=0), pk=job.pk, status__in=ended)
    try:
        with transaction.atomic():
            changed = mine.update(status=Status.REMOVING, heartbeat=timezone.now(), holder=None, attempts=0, error="")
            transaction.on_commit(lambda: send(job.pk), robust=True)
    except IntegrityError:
        raise ImportAtWork(AT_WORK) from None
    return bool(changed)


def remove_file(job: Import) -> None:
    """Deletes the uploaded file of an import that has ended."""
    if job.file.name:
        job.file.storage.delete(job.file.name)
        Import.objects.filter(pk=job.pk).update(file="")


def send(import_id: int) -> bool:
    """Asks a worker to start the process. Without a broker the row waits, and the scheduler sends it again."""
    return enqueue("classifier.start_import", import_id)


_processes: list["subprocess.Popen[bytes]"] = []


def start_process(import_id: int) -> bool:
    """Starts `manage.py run_import`. Returns False if it is not needed or this worker runs PROCESSES already."""
    _processes[:] = [process for process in _processes if process.poll() is None]
    job = Import.objects.unfinished().claimable(timezone.now()).filter(pk=import_id).first()
    if job is None or len(_processes) >= PROCESSES:
        return False  # the scheduler sends it again
    if room.is_full():
        Import.objects.unfinished().filter(pk=import_id, holder=None).update(error=room.WAITS, heartbeat=timezone.now())
        return False
    manage = str(settings.BASE_DIR / "manage.py")
    command = [sys.executable, manage, "run_import", str(job.public_id), "--parent", str(os.getpid())]
    environment = os.environ | trace.for_child()
    _processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, process_group=0))
    return True


def claim(public_id: uuid.UUID) -> Import | None:
    """Claims an import for this process. Returns None if it has ended or another process holds it."""
    return leases.claim(Import.objects.unfinished().filter(public_id=public_id).select_related("owner"), error="")


def next_waiting() -> uuid.UUID | None:
    """The import that has waited longest for a process, or None."""
    waiting = Import.objects.unfinished().claimable(timezone.now()).order_by("heartbeat")
    return waiting.values_list("public_id", flat=True).first()


def look_after() -> None:
    """Sends again the imports that no process works on, and fails those that make no progress."""
    _processes[:] = [process for process in _processes if process.poll() is None]  # polling reaps the ended ones
    overdue, hopeless = leases.take_overdue(Import.objects.unfinished())
    for job in hopeless:
        log.error("Import %s made no progress in %s attempts; given up", job.public_id, job.attempts)
        if leases.finish(leases.held(job), Status.FAILED, error=GAVE_UP):
            remove_file(job)
    for job in overdue:
        if not send(job.pk):
            return  # no broker: the others wait too
