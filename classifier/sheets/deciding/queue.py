"""Which fields a person is asked about next. Several people at once are never asked about the same one."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from classifier.sheets.models import Stack, Value, ValueQuerySet

HELD_FOR = timedelta(minutes=2)  # a page renews what it holds every minute
HELD_AT_MOST = 50  # values at once


def next_values(stack: Stack, user: User, count: int, besides: Collection[UUID] = ()) -> list[Value]:
    """Holds up to `count` values for a person, and returns them with their pages.

    Doubtful values come first, those with the highest risk before the others, then checks. Values that the person
    holds already are among them, except for `besides`: those that the caller has.
    """
    free = _open(stack).filter(_free_for(user)).exclude(public_id__in=list(besides)).order_by("-risk", "pk")
    keys = _hold(free, user, max(0, min(count, HELD_AT_MOST)))
    return list(Value.objects.filter(pk__in=keys).select_related("page").order_by("-risk", "pk"))


def renew(stack: Stack, user: User, public_ids: Collection[UUID]) -> set[UUID]:
    """Holds values longer that the person was asked about. Returns which of them are still theirs."""
    asked = list(public_ids)[:HELD_AT_MOST]
    keys = _hold(_open(stack).filter(_free_for(user), public_id__in=asked).order_by("pk"), user, HELD_AT_MOST)
    return set(Value.objects.filter(pk__in=keys).order_by().values_list("public_id", flat=True))


def release(stack: Stack, user: User) -> None:
    """Lets others be asked about everything that the person holds."""
    Value.objects.filter(stack=stack, decided=None, held_by=user).update(held_by=None, held_until=None)


def left(stack: Stack) -> int:
    """How many values people have still to look at: doubtful ones and checks, those included that somebody holds."""
    return _open(stack).count()


def _open(stack: Stack) -> ValueQuerySet:
    """Doubtful values and checks. All checks have a lower risk, so they come last in the order of the risk."""
    return Value.objects.filter(Q(risk__gt=1.0 / stack.one_in) | Q(is_check=True), stack=stack, decided=None)


def _free_for(user: User) -> Q:
    return Q(held_until=None) | Q(held_until__lt=timezone.now()) | Q(held_by=user)


def _hold(free: ValueQuerySet, user: User, count: int) -> list[int]:
    """Holds the first free values. Skips those that another request takes at this moment. Returns their keys."""
    with transaction.atomic():
        keys = list(free.select_for_update(skip_locked=True).values_list("pk", flat=True)[:count])
        Value.objects.filter(pk__in=keys).update(held_by=user, held_until=timezone.now() + HELD_FOR)
    return keys
