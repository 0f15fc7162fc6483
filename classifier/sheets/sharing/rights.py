"""The one door to sheets and stacks: what a person may do with them. Owners may do everything."""

from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from classifier.errors import NotFound
from classifier.sheets.models import Sheet, SheetShare, Stack, StackQuerySet

Level = SheetShare.Level
Person = AbstractBaseUser | AnonymousUser


def may(user: Person, sheet: Sheet, level: Level) -> bool:
    """Whether a person may do with a sheet what a level permits."""
    if user.pk is None:
        return False
    return sheet.owner_id == user.pk or sheet.shares.filter(user_id=user.pk, level__gte=level).exists()


def sheet_for(user: Person, public_id: UUID | str, level: Level) -> Sheet:
    """A sheet that the person may use at this level. Raises NotFound, also if it is deleted."""
    sheet = Sheet.objects.kept().filter(public_id=public_id).select_related("owner").first()
    if sheet is None or not may(user, sheet, level):
        raise NotFound("There is no such sheet.")
    return sheet


def stack_for(user: Person, public_id: UUID | str, level: Level) -> Stack:
    """A stack whose sheet the person may use at this level. Raises NotFound, also if either is deleted."""
    return _permitted(Stack.objects.kept(), user, public_id, level)


def deleted_stack_for(user: Person, public_id: UUID | str, level: Level) -> Stack:
    """As `stack_for`, but the stack may be deleted."""
    return _permitted(Stack.objects.filter(sheet__deleted=None), user, public_id, level)


def _permitted(stacks: StackQuerySet, user: Person, public_id: UUID | str, level: Level) -> Stack:
    stack = stacks.filter(public_id=public_id).select_related("sheet__owner").first()
    if stack is None or not may(user, stack.sheet, level):
        raise NotFound("There is no such stack.")
    return stack
