"""Counting the pages of a stack: each becomes a row before any is read, so none can be lost."""

import time
from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import F

from classifier.archives import directory
from classifier.archives.rejections import MemberRejected
from classifier.errors import ArchiveRejected
from classifier.jobs import leases
from classifier.sheets.models import Stack, StackPage
from classifier.uploads import contents
from classifier.uploads.contents import Lines
from classifier.uploads.stored import Archive

from .answering import FILE_BYTES, decoder
from .lifecycle import PAGES_AT_MOST, TOO_MANY_PAGES
from .places import place_of

FILES_AT_ONCE = 64  # whose pages become rows in one transaction
ROWS_AT_ONCE = 500


def count(
    stack: Stack, archive: Archive, beat: Callable[[], None], until: float, should_leave: Callable[[], bool]
) -> bool:
    """Makes rows of the pages that have none yet. Returns False if the time was too short.

    until: of time.monotonic(). Raises ArchiveRejected if there are too many pages; SiteBusy; LeaseLost.
    """
    last = directory.find_contents(archive.file).end
    for lines in contents.lines(archive, decoder(), stack.counted or 0, beat, FILE_BYTES, FILES_AT_ONCE):
        number = sum(lines.pages.get(entry.at, 1) for entry in lines.files)
        if stack.total + number > PAGES_AT_MOST:
            StackPage.objects.filter(stack=stack).delete()
            raise ArchiveRejected(TOO_MANY_PAGES, "too_many_pages", 413)
        counted = lines.end if lines.end < last else None
        with transaction.atomic():
            mine = leases.held(stack).filter(counted=stack.counted)
            if not leases.renew(mine, counted=counted, total=F("total") + number, attempts=0):
                raise leases.LeaseLost
            StackPage.objects.bulk_create(_rows(stack, lines), batch_size=ROWS_AT_ONCE)
        stack.counted, stack.total = counted, stack.total + number
        if counted is not None and (time.monotonic() > until or should_leave()):
            return False
    return True


def _rows(stack: Stack, lines: Lines) -> Iterator[StackPage]:
    number = stack.total
    for entry in lines.files:
        pages = range(1, lines.pages[entry.at] + 1) if entry.at in lines.pages else [None]
        for page in pages:
            number += 1
            row = StackPage(stack=stack, number=number, name=entry.name, place=place_of(entry.where), page=page)
            if entry.rejection:
                row.status, row.reason = StackPage.Status.REFUSED, entry.rejection
                row.sentence = str(MemberRejected(entry.rejection))
            yield row
