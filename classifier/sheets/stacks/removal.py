"""Removing stacks and sheets that were deleted days ago, and stacks that are kept no longer."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from classifier.digits.deletion import UNDO_DAYS
from classifier.sheets.models import Sheet, Stack, StackPage, StackQuerySet

AT_ONCE = 50  # pages, with their values, in one transaction
PAUSE_S = 0.01  # between two transactions, so other processes can write

log = logging.getLogger(__name__)


def remove_due() -> int:
    """Removes what is due. Returns the number of stacks and sheets. May be killed, or run twice at once."""
    removed = 0
    for stacks in _due():
        for stack in stacks.order_by("pk"):
            remove(stack)
            removed += 1
    for sheet in Sheet.objects.filter(deleted__lt=_undone_until()).order_by("pk"):
        for stack in Stack.objects.filter(sheet=sheet).order_by("pk"):
            remove(stack)
        sheet.delete()
        removed += 1
    if removed:
        log.info("Removed %s stacks and sheets that were deleted, or not to be kept any longer", removed)
    return removed


def remove(stack: Stack) -> None:
    """Removes a stack with its pages, values and files, some pages at a time."""
    Stack.objects.filter(pk=stack.pk, deleted=None).update(deleted=timezone.now(), holder=None)
    pages = StackPage.objects.filter(stack=stack).order_by("pk")
    while keys := list(pages.values_list("pk", flat=True)[:AT_ONCE]):
        StackPage.objects.filter(pk__in=keys).delete()
        time.sleep(PAUSE_S)
    for each in Stack.objects.filter(pk=stack.pk):
        each.delete()


def _due() -> Iterator[StackQuerySet]:
    yield Stack.objects.filter(deleted__lt=_undone_until())
    kept = Stack.objects.exclude(keep_days=None)
    for days in kept.order_by().values_list("keep_days", flat=True).distinct():
        yield kept.filter(keep_days=days, created__lt=timezone.now() - timedelta(days=days or 0))


def _undone_until() -> datetime:
    return timezone.now() - timedelta(days=UNDO_DAYS)
