"""Who may do what with a sheet and its stacks."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from classifier.errors import NotFound
from classifier.sheets.models import Sheet, SheetShare, Stack
from classifier.sheets.sharing.rights import Level, may, sheet_for, stack_for


@pytest.fixture
def sheet(owner):
    return Sheet.objects.create(owner=owner, name="Marks")


@pytest.fixture
def stack(sheet):
    return Stack.objects.create(sheet=sheet, name="7b", size=1, description={})


def permitted(user, sheet):
    return [level for level in Level if may(user, sheet, level)]


def test_owner_may_everything_and_others_nothing(sheet, owner, stranger, staff):
    assert permitted(owner, sheet) == list(Level)
    assert permitted(stranger, sheet) == permitted(staff, sheet) == permitted(AnonymousUser(), sheet) == []


@pytest.mark.parametrize("level", Level)
def test_a_level_includes_those_before_it(sheet, stranger, level):
    SheetShare.objects.create(sheet=sheet, user=stranger, level=level)
    assert permitted(stranger, sheet) == [each for each in Level if each <= level]


def test_doors_open_from_the_level_of_the_share_down(sheet, stack, owner, stranger):
    SheetShare.objects.create(sheet=sheet, user=stranger, level=Level.DECIDE)
    for user, level in ((owner, Level.CHANGE), (stranger, Level.DECIDE), (stranger, Level.READ)):
        assert sheet_for(user, sheet.public_id, level) == sheet
        assert stack_for(user, stack.public_id, level) == stack
    for door, row in ((sheet_for, sheet), (stack_for, stack)):
        with pytest.raises(NotFound):
            door(stranger, row.public_id, Level.CHANGE)
        with pytest.raises(NotFound):
            door(owner, uuid.uuid4(), Level.READ)


def test_what_is_deleted_is_not_found(sheet, stack, owner):
    Stack.objects.filter(pk=stack.pk).update(deleted=timezone.now())
    with pytest.raises(NotFound):
        stack_for(owner, stack.public_id, Level.READ)
    Stack.objects.filter(pk=stack.pk).update(deleted=None)
    Sheet.objects.filter(pk=sheet.pk).update(deleted=timezone.now())
    with pytest.raises(NotFound):
        sheet_for(owner, sheet.public_id, Level.READ)
    with pytest.raises(NotFound):
        stack_for(owner, stack.public_id, Level.READ)
