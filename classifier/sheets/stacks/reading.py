"""Reading a stack: a task reads some seconds of one stack and stores the results page by page.

First every page becomes a row, see `counting`. Each core has a process that reads some pages at once, see `answering`.
The results are stored in order, each page with its values in one short transaction, see `storing`. So after a crash the
next task continues with the pages that still wait: none is lost and none is read twice. Every change of a stack is
conditional on its status and its holder.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import cv2

from classifier.batches.pacing import Pace
from classifier.digits import orphans
from classifier.jobs import leases, room
from classifier.jobs.process_pool import ProcessPool, processes
from classifier.sheets.models import Stack, StackPage
from classifier.uploads import turns
from classifier.uploads.stored import Archive

from . import counting
from .answering import FAILED, PageReader, decoder
from .lifecycle import Status, claim, end, put_back, wait
from .outcomes import PageOutcome
from .places import WaitingPage, packed
from .storing import store

TASK_S = 6.0  # that one task reads a stack; then another stack has its turn
HEARTBEAT_S = 2.0  # between two heartbeats
PAGES_AT_ONCE = 3  # given to a process: unpacking a large file takes as long as reading a page
ALONE_FROM = 3  # attempts without progress after which pages are read one by one
REFUSED_FROM = 6  # attempts without progress after which the next page is refused: it ends the process that reads it
FILE_GONE = "The file of this stack is gone, so the rest of it cannot be read."

log = logging.getLogger(__name__)


def prepare_to_read() -> None:
    """Starts the decoding server, so the first stack does not wait for it, and clears up after killed processes."""
    cv2.setNumThreads(1)  # each core has a process, and threads do not survive a fork
    orphans.remove_incoming()
    decoder().connect().close()


def carry_on(stack_id: int, *, should_leave: Callable[[], bool] = lambda: False, seconds: float = TASK_S) -> bool:
    """Reads a stack for some seconds. Returns whether there is more to do.

    should_leave: whether this worker was asked to stop.
    """
    if room.is_full():
        wait(stack_id, room.WAITS)
        return False
    stack = claim(stack_id)
    if stack is None:
        return False
    until = time.monotonic() + seconds
    return turns.take(
        stack,
        f"Stack {stack.public_id}",
        stack.file,
        lambda archive: _read(stack, archive, until, should_leave),
        done=lambda: end(stack, Status.DONE),
        failed=lambda sentence: end(stack, Status.FAILED, sentence),
        put_back=lambda why: put_back(stack, why),
        gone=FILE_GONE,
    )


def _read(stack: Stack, archive: Archive, until: float, should_leave: Callable[[], bool]) -> bool:
    """Reads until time.monotonic() is `until`. Returns whether the stack is read to its end. Raises LeaseLost."""
    decoder().connect().close()  # started here, so all processes share one
    beat = leases.beats(stack)
    if stack.counted is not None and not counting.count(stack, archive, beat, until, should_leave):
        return False
    if stack.attempts >= REFUSED_FROM:
        _refuse_next(stack)
    pieces = _pieces(stack, PAGES_AT_ONCE if stack.attempts < ALONE_FROM else 1)
    first = next(pieces, None)
    if first is None:
        return True
    waiting = [first]
    reader = PageReader(stack, archive.path)
    beat()
    number = processes() if stack.attempts < ALONE_FROM else 1
    is_done, pace = False, Pace(should_leave)
    with ProcessPool(reader.read, number) as pool:
        while True:
            # Each process has one piece in reserve.
            while not is_done and len(pool) < 2 * number and time.monotonic() < until and not should_leave():
                piece = waiting.pop() if waiting else next(pieces, None)
                if piece is None:
                    is_done = True
                else:
                    archive.bring([page.where for page in piece], beat)
                    pool.submit(piece)
            if not len(pool):
                return is_done
            for outcome in _next_outcomes(stack, pool):
                store(stack, outcome)
            pace.rest()


def _pieces(stack: Stack, size: int) -> Iterator[list[WaitingPage]]:
    """The pages that wait, in order, some at a time."""
    pages = StackPage.objects.filter(stack=stack, status=StackPage.Status.WAITING).order_by("number")
    after = 0
    while rows := list(pages.filter(number__gt=after).values_list("pk", "number", "place", "page")[:size]):
        yield [WaitingPage(key, number, packed(place), page) for key, number, place, page in rows]
        after = rows[-1][1]


def _refuse_next(stack: Stack) -> None:
    """Refuses the first page that waits, because the processes that read it have ended again and again."""
    page = StackPage.objects.filter(stack=stack, status=StackPage.Status.WAITING).order_by("number").first()
    if page is not None:
        log.error("Page %s of stack %s ended the processes that read it; refused", page.number, stack.public_id)
        store(stack, PageOutcome(page.pk, "failed", FAILED))


def _next_outcomes(stack: Stack, pool: "ProcessPool[[list[WaitingPage]], list[PageOutcome]]") -> list[PageOutcome]:
    """Waits for the outcomes of the next piece and gives heartbeats in the meantime. Raises LeaseLost."""
    while True:
        with suppress(TimeoutError):
            return pool.next_result(HEARTBEAT_S)
        leases.beat(stack)
