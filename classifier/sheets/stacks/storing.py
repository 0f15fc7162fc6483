"""Storing what was read on a page: its picture, its row and its values, each page in one short transaction."""

from django.core.files.base import ContentFile
from django.db import transaction

from classifier.jobs import leases
from classifier.sheets.models import Stack, StackPage, Value
from classifier.sheets.models.values import is_chosen_as_check

from .outcomes import PageOutcome, ValueRead

SENTENCE_AT_MOST = 300  # characters
TEXT_AT_MOST = 30
Status = StackPage.Status


def store(stack: Stack, outcome: PageOutcome) -> None:
    """Stores an outcome, unless its page has one. Raises LeaseLost; OSError if the picture cannot be stored."""
    page = StackPage.objects.filter(pk=outcome.key, status=Status.WAITING).first()
    if page is None:
        raise leases.LeaseLost
    page.stack = stack
    if outcome.picture:
        page.file.save("", ContentFile(outcome.picture), save=False)
    page.width, page.height = outcome.width, outcome.height
    try:
        with transaction.atomic():
            # First, so no row is written for a stack that this worker does not hold.
            if not leases.renew(leases.held(stack), attempts=0):
                raise leases.LeaseLost
            _fill(stack, page, outcome)
    except BaseException:
        if page.file and not StackPage.objects.filter(pk=page.pk, file=page.file.name).exists():
            page.file.delete(save=False)
        raise


def _fill(stack: Stack, page: StackPage, outcome: PageOutcome) -> None:
    page.sheet_page, page.copy = outcome.sheet_page, outcome.copy
    page.status = Status.REFUSED if outcome.reason else Status.READ
    page.reason, page.sentence = outcome.reason, outcome.sentence[:SENTENCE_AT_MOST]
    roster = stack.sheet.roster
    if page.copy and page.copy <= len(roster):
        page.label = str(roster[page.copy - 1])[:200]
    if twin := _twin(page):
        page.status, page.reason = Status.REFUSED, "duplicate"
        page.sentence = (
            f"Page {twin.number} of this stack is the same page of copy {page.copy}, so only that one was read. "
            "If this one is right, put it in again in a stack of its own."
        )
    page.save()
    if page.status == Status.READ:
        Value.objects.bulk_create([_value(stack, page, each) for each in outcome.values])


def _twin(page: StackPage) -> StackPage | None:
    """A page that was read before and is the same page of the same numbered copy."""
    if not page.copy or page.status != Status.READ:
        return None
    read = StackPage.objects.filter(stack=page.stack_id, status=Status.READ, copy=page.copy)
    return read.filter(sheet_page=page.sheet_page).exclude(pk=page.pk).only("number").first()


def _value(stack: Stack, page: StackPage, value: ValueRead) -> Value:
    read = value.read
    made = Value(
        stack=stack,
        page=page,
        position=value.position,
        key=value.key,
        kind=value.kind,
        text=read.text[:TEXT_AT_MOST],
        read=read.text[:TEXT_AT_MOST],
        confidence=read.confidence,
        risk=read.risk,
        alternatives=read.alternatives,
        reason=read.reason,
    )
    made.is_check = is_chosen_as_check(made.public_id)
    return made
