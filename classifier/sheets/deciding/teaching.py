"""What people decide about fields is offered to staff, and what they accept, networks learn, like any correction.

The audit log says who reviewed it.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction

from classifier import audit
from classifier.models import Review
from classifier.sheets.fields.description import Kind
from classifier.sheets.models import Stack, Value

Act = audit.Act


def review_of(stack: Stack, value: Value, text: str) -> str:
    """The review of a new decision: waiting, or empty if there is nothing to learn.

    Nothing is learnt from check boxes, from empty fields, and from what the networks read without doubt.
    """
    was_sure = text == value.read and value.risk <= 1 / stack.one_in
    return "" if value.kind == Kind.CHECK or not text or was_sure else Review.WAITING


def review(ids: Iterable[int], *, accept: bool, by: User) -> int:
    """Accepts or rejects decisions that wait. Returns how many; those that are reviewed already do not change."""
    state = Review.ACCEPTED if accept else Review.REJECTED
    with transaction.atomic():
        values = Value.objects.to_review().filter(pk__in=list(ids)).select_for_update(of=("self",))
        keys = list(values.values_list("pk", flat=True))
        _record(Act.REVIEWED, keys, by, "accepted" if accept else "rejected")
        return Value.objects.filter(pk__in=keys).update(review=state)


def undo_review(ids: Iterable[int], *, by: User) -> int:
    """Lets reviewed decisions wait again. Returns how many."""
    with transaction.atomic():
        reviewed = Value.objects.filter(pk__in=list(ids), review__in=(Review.ACCEPTED, Review.REJECTED))
        keys = list(reviewed.select_for_update().values_list("pk", flat=True))
        _record(Act.REVIEW_UNDONE, keys, by)
        return Value.objects.filter(pk__in=keys).update(review=Review.WAITING)


def _record(act: Act, keys: list[int], by: User, detail: str = "") -> None:
    values = Value.objects.filter(pk__in=keys).select_related("stack__sheet")
    audit.record_each(act, by=by, on=((value.stack.sheet.owner_id, value) for value in values), detail=detail)
