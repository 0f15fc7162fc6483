"""What a person decides about a field: a text, nothing, or to undo the last decision."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.utils import timezone

from classifier.errors import NotFound
from classifier.recognition.errors import ClassifierError
from classifier.sheets.fields.description import Field, Kind
from classifier.sheets.fields.rules import ValueRejected, normalised
from classifier.sheets.models import Stack, Value

from .queue import HELD_FOR
from .teaching import review_of

TEXT_AT_MOST = 30  # characters that are stored
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class DecidedAlready(ClassifierError):
    """Another person was faster; their decision stays."""

    status = 409
    code = "decided_already"


def decide(
    stack: Stack, user: User, public_id: UUID | str, text: str, *, force: bool = False, is_first: bool = False
) -> Value:
    """Stores what a person sees in a field: see fields.rules.normalised; empty if nothing is there.

    force: the text is there although the field's rules forbid it. is_first: keep what another person has decided.
    Repeating it does no harm. Raises ValueRejected, DecidedAlready or NotFound.
    """
    value = _value(stack, public_id)
    text = _checked(text, field_of(stack, value), force=force)
    mine = Value.objects.filter(pk=value.pk)
    if is_first:
        mine = mine.filter(Q(decided=None) | Q(decided_by=user))
    decided: dict[str, Any] = {"text": text, "decided": timezone.now(), "decided_by": user}
    if value.decided is None or value.text != text:
        decided["review"] = review_of(stack, value, text)
    if not mine.update(**decided, held_by=None, held_until=None):
        value.refresh_from_db()
        who = value.decided_by.get_username() if value.decided_by else "Another person"
        said = f"that it is {value.text}" if value.text else "to leave it empty"
        raise DecidedAlready(f"{who} has already decided {said}.")
    value.refresh_from_db()
    return value


def leave_empty(
    stack: Stack, user: User, public_id: UUID | str, *, force: bool = False, is_first: bool = False
) -> Value:
    """Stores that nothing is written in a field. As `decide`."""
    return decide(stack, user, public_id, "", force=force, is_first=is_first)


def undo(stack: Stack, user: User, public_id: UUID | None = None) -> Value | None:
    """Takes the person's last decision in a stack back, or that about a value, and holds the value for them.

    Repeated without a value, it goes back one decision at a time; with one, repeating it does no harm. Returns None if
    there is nothing to undo. A decision that was changed does not return to what it was: the value is open again.
    """
    mine = Value.objects.filter(stack=stack, decided_by=user, decided__isnull=False)
    if public_id is not None:
        mine = mine.filter(public_id=public_id)
    last = mine.order_by("-decided", "-pk").first()
    if last is not None:
        back: dict[str, Any] = {"text": F("read"), "decided": None, "decided_by": None, "review": ""}
        held = {"held_by": user, "held_until": timezone.now() + HELD_FOR}
        mine.filter(pk=last.pk, decided=last.decided).update(**back, **held)
    undone = Q(pk=last.pk) if last else Q(public_id=public_id, held_by=user)
    return Value.objects.filter(undone, stack=stack, decided=None).select_related("page").first()


def field_of(stack: Stack, value: Value) -> Field:
    """The field that a value is written in."""
    return stack.described().fields()[value.position]


def _value(stack: Stack, public_id: UUID | str) -> Value:
    try:
        return Value.objects.select_related("page").get(stack=stack, public_id=UUID(str(public_id)))
    except (ValueError, Value.DoesNotExist):
        raise NotFound("There is no such field in this stack.") from None


def _checked(text: str, field: Field, *, force: bool) -> str:
    """The text as it is stored. Raises ValueRejected."""
    try:
        text = normalised(text, field)
    except ValueRejected:
        plain = "".join(unicodedata.normalize("NFKC", text).split()).replace(",", ".")
        is_number = field.kind is not Kind.CHECK and _NUMBER.fullmatch(plain)
        if not force or (plain and not is_number):
            raise
        text = plain
    if len(text) > TEXT_AT_MOST:
        raise ValueRejected(f"Write at most {TEXT_AT_MOST} characters.")
    return text
