"""The life of a stack: what is accepted and refused, cancelling, deleting, restoring, removing."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier.accounts import closing
from classifier.digits import orphans
from classifier.errors import ArchiveRejected
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.models import Sheet, SheetPage, Stack, StackPage, Value
from classifier.sheets.stacks import lifecycle, removal
from tests.archives import incoming, zipped

from .conftest import png, read_whole, sheet_of, waiting_stack

pytestmark = pytest.mark.django_db


def files_of_sheets():
    """The names of all stored files of sheets and stacks."""
    return sorted(name for folder in ("sheets", "stacks") for name in orphans._files(default_storage, folder))


@pytest.mark.django_db(transaction=True)
def test_accepted_stack_is_stored_before_its_task_is_sent(sheet, sent):
    stack = waiting_stack(sheet, {"a.png": png()}, one_in=500, keep_days=30)
    assert sent == [("sheets.carry_on", stack.pk), ("sheets.start_worker",)]
    assert default_storage.exists(stack.file.name)
    assert (stack.status, stack.one_in, stack.keep_days, stack.description) == ("queued", 500, 30, sheet.description)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"one_in": 0}, "malformed"),
        ({"one_in": 200_000}, "malformed"),
        ({"keep_days": 0}, "malformed"),
        ({"keep_days": 5000}, "malformed"),
    ],
)
def test_senseless_wishes_are_refused(sheet, given, code):
    before = files_of_sheets()
    with pytest.raises(InvalidInput) as refused:
        waiting_stack(sheet, {"a.png": png()}, **given)
    assert refused.value.code == code
    assert (Stack.objects.count(), files_of_sheets()) == (0, before)


def test_archives_that_cannot_be_read_are_refused(sheet, monkeypatch, settings):
    monkeypatch.setattr(lifecycle, "PAGES_AT_MOST", 3)
    for data in (b"Dear Sir", zipped({}), zipped({f"{n}.png": png() for n in range(4)})):
        with incoming(data) as file, pytest.raises(ArchiveRejected):
            lifecycle.accept(sheet, sheet.owner, file)
    settings.BATCH_MAX_MB = 0
    with pytest.raises(ArchiveRejected, match="too large"):
        waiting_stack(sheet, {"a.png": png()})
    assert not Stack.objects.exists()


def test_sheet_without_fields_takes_no_stack(sheet):
    sheet.description = {"pages": 1, "fields": [], "tables": []}
    with pytest.raises(lifecycle.SheetNotReady):
        waiting_stack(sheet, {"a.png": png()})


def test_person_with_many_unread_stacks_waits(sheet, monkeypatch):
    monkeypatch.setattr(lifecycle, "WAITING_AT_MOST", 2)
    first, _ = (waiting_stack(sheet, {"a.png": png()}) for _ in range(2))
    with pytest.raises(ClassifierError) as refused:
        waiting_stack(sheet, {"a.png": png()})
    assert (refused.value.status, refused.value.code) == (429, "too_many_stacks")
    assert lifecycle.cancel(first)
    waiting_stack(sheet, {"a.png": png()})


@pytest.mark.usefixtures("believing")
def test_cancelled_stack_keeps_what_was_read(sheet):
    stack = waiting_stack(sheet, {"a.png": png()})
    assert lifecycle.cancel(stack)
    assert not lifecycle.cancel(stack)
    stack = read_whole(stack)
    assert (stack.status, StackPage.objects.count()) == ("cancelled", 0)


@pytest.mark.usefixtures("believing")
def test_deleted_stack_is_not_read_until_it_is_restored(sheet, sent):
    stack = waiting_stack(sheet, {"a.png": png()})
    lifecycle.delete(stack)
    assert not Stack.objects.visible_to(sheet.owner).exists()
    assert lifecycle.first_waiting() is None
    assert read_whole(stack).status == "queued"
    assert lifecycle.restorable_until(read_whole(stack)) > timezone.now()
    del sent[:]
    lifecycle.restore(stack)
    assert sent[0] == ("sheets.carry_on", stack.pk)
    assert read_whole(stack).status == "done"
    lifecycle.delete(stack)
    lifecycle.restore(stack)
    assert Value.objects.count() == 3


def test_stacks_of_a_deleted_sheet_wait(sheet):
    stack = waiting_stack(sheet, {"a.png": png()})
    Sheet.objects.update(deleted=timezone.now())
    assert lifecycle.claim(stack.pk) is None
    Sheet.objects.update(deleted=None)
    assert lifecycle.claim(stack.pk) == stack


def test_tolerance_can_be_changed_within_reason(sheet):
    stack = waiting_stack(sheet, {"a.png": png()})
    lifecycle.set_tolerance(stack, 1000)
    assert Stack.objects.get().one_in == stack.one_in == 1000
    with pytest.raises(InvalidInput):
        lifecycle.set_tolerance(stack, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("believing")
@pytest.mark.parametrize("way", ["deleted", "kept for days", "sheet deleted", "account closed"])
def test_what_is_due_is_removed_with_its_files(sheet, stranger, monkeypatch, way):
    monkeypatch.setattr(removal, "AT_ONCE", 2)
    stack = read_whole(waiting_stack(sheet, {f"{n}.png": png() for n in range(5)}, keep_days=20))
    other = read_whole(waiting_stack(sheet_of(stranger), {"a.png": png()}, keep_days=40))
    assert len(files_of_sheets()) == 1 + 1 + 5 + 3
    assert removal.remove_due() == 0
    Stack.objects.update(created=timezone.now() - timedelta(days=10))
    long_ago = timezone.now() - timedelta(days=8)
    if way == "deleted":
        Stack.objects.filter(pk=stack.pk).update(deleted=long_ago)
        assert removal.remove_due() == 1
    if way == "kept for days":
        Stack.objects.update(created=timezone.now() - timedelta(days=21))
        assert removal.remove_due() == 1
    if way == "sheet deleted":
        Sheet.objects.filter(pk=sheet.pk).update(deleted=long_ago)
        assert removal.remove_due() == 1
    if way == "account closed":
        assert closing.close(sheet.owner)
    assert list(Stack.objects.all()) == [other]
    assert (StackPage.objects.count(), Value.objects.count()) == (1, 3)
    assert Sheet.objects.count() == (2 if way in ("deleted", "kept for days") else 1)
    assert len(files_of_sheets()) == 3 + (Sheet.objects.count() == 2)


@pytest.mark.usefixtures("believing")
def test_only_files_without_a_row_are_orphans(sheet, monkeypatch):
    read_whole(waiting_stack(sheet, {"a.png": png()}))
    known = files_of_sheets()
    assert len(known) == 3
    lost = []
    for folder in ("sheets/{}/1-0a.png", "stacks/2026/11/{}.zip", "stacks/2026/11/{}/7.jpg"):
        with incoming(b"lost") as file:
            lost.append(default_storage.save(folder.format("0b1c8f0e-5d0f-4d52-9d6e-7f0000000001"), file))
    assert orphans.remove_orphans() == 0  # they may be about to get a row
    monkeypatch.setattr(orphans, "AGE", timedelta(0))
    assert orphans.remove_orphans() == len(lost) == 3
    assert files_of_sheets() == known
    assert SheetPage.objects.count() == StackPage.objects.count() == 1
