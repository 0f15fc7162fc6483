"""The endpoints of values: what is written in the fields of a stack's pages."""

from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.endpoints import AnyAccept, Endpoint, Tagged
from classifier.errors import NotFound
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.deciding import acts, queue
from classifier.sheets.models import Stack, Value, ValueQuerySet
from classifier.sheets.sharing.rights import Level, stack_for

from .content import content_of, flag_in, number_in, text_in
from .pagination import ByPage
from .pictures import crop

STATES = {
    "open": ValueQuerySet.doubtful,
    "check": ValueQuerySet.unchecked,
    "taken": ValueQuerySet.taken,
    "decided": ValueQuerySet.decided,
}


class NothingToUndo(ClassifierError):
    """A person has decided nothing in a stack, or has taken everything back."""

    status = 409
    code = "nothing_to_undo"


class ValueSerializer(serializers.ModelSerializer[Value]):
    """context: `stack`, and `fields`, the fields of its description by their keys."""

    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    crop = serializers.SerializerMethodField()
    page = serializers.IntegerField(source="page.number")
    name = serializers.SerializerMethodField()
    table = serializers.SerializerMethodField()
    row = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    alternatives = serializers.ListField(child=serializers.CharField())
    decided_by = serializers.SerializerMethodField()

    class Meta:
        model = Value
        fields = [
            *(
                "id",
                "url",
                "crop",
                "page",
                "key",
                "name",
                "table",
                "row",
                "kind",
                "state",
                "text",
                "read",
                "confidence",
            ),
            *("confidence", "risk", "alternatives", "reason", "is_check", "decided", "decided_by"),
        ]

    def get_url(self, value: Value) -> str:
        return reverse("sheets-api:value-detail", args=[self.context["stack"].public_id, value.public_id])

    def get_crop(self, value: Value) -> str:
        return reverse("sheets-api:value-crop", args=[self.context["stack"].public_id, value.public_id])

    def get_name(self, value: Value) -> str:
        return str(self.context["fields"][value.key].name)

    def get_table(self, value: Value) -> str | None:
        return self.context["fields"][value.key].table or None

    def get_row(self, value: Value) -> int | None:
        return self.context["fields"][value.key].row or None

    def get_state(self, value: Value) -> str:
        return state_of(value, self.context["stack"])

    def get_decided_by(self, value: Value) -> str | None:
        return value.decided_by.get_username() if value.decided_by else None


def state_of(value: Value, stack: Stack) -> str:
    """A key of STATES. A check that nobody has looked at yet counts as taken too."""
    if value.decided is not None:
        return "decided"
    if value.risk > 1.0 / stack.one_in:
        return "open"
    return "check" if value.is_check else "taken"


def context_of(stack: Stack) -> dict[str, Any]:
    return {"stack": stack, "fields": {field.key: field for field in stack.described().fields()}}


class ValueList(Tagged, ListAPIView[Value]):
    """The values of a stack, page by page. `state` selects some."""

    serializer_class = ValueSerializer
    pagination_class = ByPage

    @cached_property
    def stack(self) -> Stack:
        return stack_for(self.request.user, self.kwargs["public_id"], Level.READ)

    def get_queryset(self) -> ValueQuerySet:
        values = Value.objects.filter(stack=self.stack).select_related("page", "decided_by")
        state = self.request.query_params.get("state", "")
        if not state:
            return values
        if state not in STATES:
            raise InvalidInput(f"state is one of {', '.join(STATES)}.")
        return STATES[state](values)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), **context_of(self.stack)}


class ValueDetail(Tagged):
    def get(self, request: Request, public_id: UUID, value_id: UUID) -> Response:
        stack = stack_for(request.user, public_id, Level.READ)
        return _shown(stack, _value_of(stack, value_id))

    def put(self, request: Request, public_id: UUID, value_id: UUID) -> Response:
        """Decides what is written in the field; `null` leaves it empty."""
        stack = stack_for(request.user, public_id, Level.DECIDE)
        content = content_of(request)
        text = "" if content.get("text", "") is None else text_in(content, "text")
        choices = {name: flag_in(content, name) for name in ("force", "is_first")}
        return _shown(stack, acts.decide(stack, cast(User, request.user), value_id, text, **choices))


class ValueCrop(Endpoint):
    """What is written in a field, as a JPEG with a margin around it."""

    content_negotiation_class = AnyAccept

    def get(self, request: Request, public_id: UUID, value_id: UUID) -> HttpResponseBase:
        stack = stack_for(request.user, public_id, Level.READ)
        value = _value_of(stack, value_id)
        return crop(request, value.page.file, acts.field_of(stack, value).box)


class NextValues(Endpoint):
    """POST: holds the next values that a person should look at, for two minutes, and returns them."""

    def post(self, request: Request, public_id: UUID) -> Response:
        stack = stack_for(request.user, public_id, Level.DECIDE)
        count = number_in(content_of(request), "count", 1, queue.HELD_AT_MOST, default=10)
        values = queue.next_values(stack, cast(User, request.user), count)
        shown = ValueSerializer(values, many=True, context=context_of(stack)).data
        return Response({"results": shown, "left": queue.left(stack)})


class UndoneValue(Endpoint):
    """POST: takes back the person's last decision in a stack."""

    def post(self, request: Request, public_id: UUID) -> Response:
        stack = stack_for(request.user, public_id, Level.DECIDE)
        value = acts.undo(stack, cast(User, request.user))
        if value is None:
            raise NothingToUndo("You have no decision in this stack that could be taken back.")
        return _shown(stack, value)


def _shown(stack: Stack, value: Value) -> Response:
    return Response(ValueSerializer(value, context=context_of(stack)).data)


def _value_of(stack: Stack, value_id: UUID) -> Value:
    value = Value.objects.filter(stack=stack, public_id=value_id).select_related("page", "decided_by").first()
    if value is None:
        raise NotFound("This stack has no such value.")
    return value
