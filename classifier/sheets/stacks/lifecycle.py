"""The life of a stack: accepting, claiming, finishing, cancelling, deleting and restoring it."""

import logging
from datetime import datetime, timedelta
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from classifier.archives import survey
from classifier.digits.deletion import UNDO_DAYS
from classifier.errors import ArchiveRejected
from classifier.jobs import leases, trace
from classifier.jobs.queue import enqueue
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.models import Sheet, Stack, StackQuerySet
from classifier.sheets.models.stacks import ONE_IN

log = logging.getLogger(__name__)
Status = Stack.Status

PAGES_AT_MOST = 2000  # of a stack
NAME_AT_MOST = 255  # characters, the end of a longer name
WAITING_AT_MOST = 5  # unfinished stacks of one person
ONE_IN_AT_MOST = 100_000
KEEP_DAYS_AT_MOST = 3650
GAVE_UP = "The rest of this stack could not be read. What was read is kept; put the rest in again."
TOO_MANY_PAGES = (
    f"This stack has more than {PAGES_AT_MOST:,} pages, the most that is read at once. Divide it into several stacks."
)


class TooManyStacks(ClassifierError):
    """A person has too many stacks in progress."""

    status = 429
    code = "too_many_stacks"


class SheetNotReady(ClassifierError):
    """A sheet without fields or empty pages cannot read anything."""

    status = 409
    code = "sheet_not_ready"


def accept(
    sheet: Sheet,
    sender: User,
    file: "UploadedFile[bytes]",
    *,
    one_in: int = ONE_IN,
    keep_days: int | None = None,
    webhook: str = "",
    webhook_secret: str = "",
) -> Stack:
    """Stores an archive of pages (see `uploads.receiving`) and sends the task that reads it.

    Raises ArchiveRejected, InvalidInput, SheetNotReady or TooManyStacks; nothing is stored then.
    """
    check_may_send(sender)
    if not sheet.described().fields() or not sheet.pages.exists():
        raise SheetNotReady("This sheet has no fields yet. Describe its fields first, then put pages in.")
    check_one_in(one_in)
    if keep_days is not None and not 1 <= keep_days <= KEEP_DAYS_AT_MOST:
        raise InvalidInput(f"A stack is kept for 1 to {KEEP_DAYS_AT_MOST:,} days.")
    if (file.size or 0) > settings.BATCH_MAX_MB * 2**20:
        raise ArchiveRejected(f"The stack is too large: the limit is {settings.BATCH_MAX_MB} MB.", "too_large", 413)
    archive: BinaryIO = file.file  # type: ignore[assignment]  # Django's stubs do not say so
    contents = survey.survey(archive, files_at_most=PAGES_AT_MOST, bytes_at_most=settings.BATCH_MAX_UNPACKED_MB * 2**20)
    stack = Stack(
        sheet=sheet,
        sent_by=sender,
        name=(file.name or "stack.zip")[-NAME_AT_MOST:],
        size=file.size or 0,
        description=sheet.description,
        one_in=one_in,
        keep_days=keep_days,
        counted=contents.start,
        webhook=webhook,
        webhook_secret=webhook_secret,
    )
    _store(stack, file)
    return stack


def _store(stack: Stack, file: "UploadedFile[bytes]") -> None:
    trace.about_row(stack)
    stack.file.save("", file, save=False)
    try:
        with transaction.atomic():
            stack.save(force_insert=True)
            transaction.on_commit(lambda: send(stack.pk), robust=True)
    except BaseException:
        if not Stack.objects.filter(public_id=stack.public_id).exists():  # a committed stack keeps its file
            stack.file.delete(save=False)
        raise


def check_may_send(sender: User) -> None:
    """Raises TooManyStacks for a person with too many unfinished ones."""
    if Stack.objects.unfinished().filter(sent_by=sender, deleted=None).count() >= WAITING_AT_MOST:
        raise TooManyStacks(f"{WAITING_AT_MOST} of your stacks are not read yet. Wait until one is done.")


def check_one_in(one_in: int) -> None:
    """Raises InvalidInput for a tolerance that makes no sense."""
    if not 1 <= one_in <= ONE_IN_AT_MOST:
        raise InvalidInput(f"Choose one wrong field in 1 to {ONE_IN_AT_MOST:,}.")


def set_tolerance(stack: Stack, one_in: int) -> None:
    """Says of how many fields taken unseen one may be wrong. Nothing is read again. Raises InvalidInput."""
    check_one_in(one_in)
    Stack.objects.filter(pk=stack.pk).update(one_in=one_in)
    stack.one_in = one_in


def send(stack_id: int) -> bool:
    """Sends the task that continues a stack. If the broker is down, `late_stacks` finds the row later."""
    return enqueue("sheets.carry_on", stack_id) and call_worker()


def call_worker() -> bool:
    """Has the process that reads sheets started, unless it runs: before a file arrives, or a task is sent to it."""
    return enqueue("sheets.start_worker", expires_s=10)


def cancel(stack: Stack) -> bool:
    """Stops reading a stack; what was read is kept. Returns False if the stack has ended already."""
    return leases.finish(Stack.objects.unfinished().filter(pk=stack.pk), Status.CANCELLED)


def delete(stack: Stack) -> None:
    """Deletes a stack; it can be restored for UNDO_DAYS. Its reading stops."""
    Stack.objects.filter(pk=stack.pk, deleted=None).update(deleted=timezone.now(), holder=None)


def restore(stack: Stack) -> None:
    """Takes a deletion back. An unfinished stack is read on."""
    is_restored = Stack.objects.filter(pk=stack.pk).exclude(deleted=None).update(deleted=None, attempts=0)
    if is_restored and Stack.objects.unfinished().filter(pk=stack.pk).exists():
        send(stack.pk)


def restorable_until(stack: Stack) -> datetime | None:
    """When a deleted stack is removed; None if it is not deleted."""
    return stack.deleted + timedelta(days=UNDO_DAYS) if stack.deleted else None


def at_work() -> StackQuerySet:
    """Unfinished stacks that are to be read: neither they nor their sheets are deleted."""
    return Stack.objects.unfinished().filter(deleted=None, sheet__in=Sheet.objects.kept())


def first_waiting() -> int | None:
    """The stack that has waited longest for a worker, or None."""
    return at_work().filter(holder=None).order_by("heartbeat").values_list("pk", flat=True).first()


def late_stacks() -> list[int]:
    """Takes the stacks that no worker continues, because their task was lost or their worker killed, to send again."""
    late, hopeless = leases.take_overdue(at_work())
    for stack in hopeless:
        log.error("Stack %s made no progress in %s attempts; given up", stack.public_id, stack.attempts)
        end(stack, Status.FAILED, GAVE_UP)
    if late:
        log.warning("%s stacks were not continued in time and are sent again", len(late))
    return [stack.pk for stack in late]


def look_after() -> None:
    """Sends late stacks again."""
    for stack_id in late_stacks():
        send(stack_id)


def claim(stack_id: int) -> Stack | None:
    """Claims a stack for this process. Returns None if it has ended, is deleted, or another process holds it."""
    stacks = at_work().filter(pk=stack_id)
    return leases.claim(stacks, started=Coalesce("started", timezone.now()), message="")


def wait(stack_id: int, why: str) -> None:
    """Leaves a stack that nobody holds for later and tells people why; the scheduler sends it again."""
    Stack.objects.unfinished().filter(pk=stack_id, holder=None).update(message=why, heartbeat=timezone.now())


def put_back(stack: Stack, why: str) -> None:
    """Releases a claimed stack for a reason of the site, which does not count as an attempt."""
    leases.release(leases.held(stack), message=why, attempts=0)


def end(stack: Stack, status: Stack.Status, message: str = "") -> None:
    """Ends a claimed stack, and has another program told if it is done."""
    ended = leases.finish(leases.held(stack), status, **({"message": message} if message else {}))
    if ended and status == Status.DONE and stack.webhook:
        enqueue("sheets.announce", stack.pk)
