"""The endpoints of stacks and their pages."""

from dataclasses import asdict
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.endpoints import AnyAccept, Endpoint, Tagged
from classifier.errors import NotFound
from classifier.sheets.deciding.checks import checks
from classifier.sheets.models import Stack, StackPage, StackQuerySet
from classifier.sheets.models.stacks import ONE_IN
from classifier.sheets.sharing.rights import Level, deleted_stack_for, sheet_for, stack_for
from classifier.sheets.stacks import lifecycle
from classifier.sheets.stacks.progress import figures, forecast
from classifier.sheets.webhooks import allowing
from classifier.uploads import receiving

from .content import content_of, id_in, number_in, number_of_form
from .pagination import InOrder, NewestFirst
from .pictures import picture


class StackSerializer(serializers.ModelSerializer[Stack]):
    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    sheet = serializers.UUIDField(source="sheet.public_id")
    pages = serializers.SerializerMethodField()
    values = serializers.SerializerMethodField()

    class Meta:
        model = Stack
        fields = [
            *("id", "url", "sheet", "name", "status", "message", "created", "started", "finished", "size", "total"),
            *("one_in", "keep_days", "webhook", "pages", "values"),
        ]

    def get_url(self, stack: Stack) -> str:
        return reverse("sheets-api:stack-detail", args=[stack.public_id])

    def get_pages(self, stack: Stack) -> str:
        return reverse("sheets-api:stack-pages", args=[stack.public_id])

    def get_values(self, stack: Stack) -> str:
        return reverse("sheets-api:value-list", args=[stack.public_id])


class WholeStackSerializer(StackSerializer):
    figures = serializers.SerializerMethodField()
    forecast = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()

    class Meta(StackSerializer.Meta):
        fields = [*StackSerializer.Meta.fields, "figures", "forecast", "checks"]

    def get_figures(self, stack: Stack) -> dict[str, Any]:
        return asdict(figures(stack))

    def get_forecast(self, stack: Stack) -> list[dict[str, Any]]:
        return [asdict(each) | {"sentence": each.sentence} for each in forecast(stack)]

    def get_checks(self, stack: Stack) -> dict[str, Any]:
        found = checks(stack)
        return asdict(found) | {"rate": found.rate, "interval": found.interval, "sentence": found.sentence}


class NewStackSerializer(StackSerializer):
    """Says the secret of the webhook, which no other answer does."""

    class Meta(StackSerializer.Meta):
        fields = [*StackSerializer.Meta.fields, "webhook_secret"]


class StackList(Endpoint, ListAPIView[Stack]):
    """GET: the stacks that the person may see, newest first; with `sheet`, those of one sheet.

    POST: puts a stack in, which is read in the background.
    """

    serializer_class = StackSerializer
    pagination_class = NewestFirst
    parser_classes: list[type[BaseParser]] = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST":
            receiving.receive_to_disk(request)
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> StackQuerySet:
        stacks = Stack.objects.visible_to(self.request.user).select_related("sheet").defer("description")
        sheet = self.request.query_params.get("sheet", "")
        return stacks.filter(sheet=sheet_for(self.request.user, id_in(sheet, "sheet"), Level.READ)) if sheet else stacks

    def post(self, request: Request) -> Response:
        file = receiving.received(request)
        sheet = sheet_for(request.user, id_in(request.POST.get("sheet", ""), "sheet"), Level.CHANGE)
        one_in, keep_days = (number_of_form(request, name) for name in ("one_in", "keep_days"))
        webhook, secret = allowing.checked(request.POST.get("webhook", ""), request.POST.get("webhook_secret", ""))
        stack = lifecycle.accept(
            sheet,
            cast(User, request.user),
            file,
            one_in=ONE_IN if one_in is None else one_in,
            keep_days=keep_days,
            webhook=webhook,
            webhook_secret=secret,
        )
        address = request.build_absolute_uri(reverse("sheets-api:stack-detail", args=[stack.public_id]))
        return Response(NewStackSerializer(stack).data, status=202, headers={"Location": address})


class StackDetail(Tagged):
    parser_classes: list[type[BaseParser]] = [JSONParser]

    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(WholeStackSerializer(stack_for(request.user, public_id, Level.READ)).data)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Changes of how many values taken unseen one may be wrong. Nothing is read again."""
        stack = stack_for(request.user, public_id, Level.CHANGE)
        one_in = number_in(content_of(request), "one_in", 1, lifecycle.ONE_IN_AT_MOST)
        lifecycle.set_tolerance(stack, one_in)
        return Response(WholeStackSerializer(stack).data)

    def delete(self, request: Request, public_id: UUID) -> Response:
        lifecycle.delete(stack_for(request.user, public_id, Level.CHANGE))
        return Response(status=204)


class StackRestore(Endpoint):
    """POST: takes a deletion back, until the stack is removed some days later. A stack that is not deleted stays."""

    def post(self, request: Request, public_id: UUID) -> Response:
        lifecycle.restore(deleted_stack_for(request.user, public_id, Level.CHANGE))
        return Response(WholeStackSerializer(stack_for(request.user, public_id, Level.CHANGE)).data)


class StackCancel(Endpoint):
    """POST: stops a stack and keeps what was read. A finished stack stays as it is."""

    def post(self, request: Request, public_id: UUID) -> Response:
        stack = stack_for(request.user, public_id, Level.CHANGE)
        lifecycle.cancel(stack)
        return Response(WholeStackSerializer(stack_for(request.user, public_id, Level.CHANGE)).data)


class StackPageSerializer(serializers.ModelSerializer[StackPage]):
    id = serializers.UUIDField(source="public_id")
    picture = serializers.SerializerMethodField()

    class Meta:
        model = StackPage
        fields = [
            *("id", "number", "name", "page", "status", "reason", "sentence", "sheet_page", "copy", "label"),
            *("picture", "width", "height"),
        ]

    def get_picture(self, page: StackPage) -> str | None:
        if not page.file:
            return None
        return reverse("sheets-api:stack-page", args=[self.context["stack"].public_id, page.number])


class StackPages(Tagged, ListAPIView[StackPage]):
    """The pages of a stack, in their order, with what became of each."""

    serializer_class = StackPageSerializer
    pagination_class = InOrder

    def get_queryset(self) -> QuerySet[StackPage]:
        return self.stack.pages.all()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "stack": self.stack}

    @cached_property
    def stack(self) -> Stack:
        return stack_for(self.request.user, self.kwargs["public_id"], Level.READ)


class StackPagePicture(Endpoint):
    """A page as a grey JPEG: laid straight if it was read, as received if it was not."""

    content_negotiation_class = AnyAccept

    def get(self, request: Request, public_id: UUID, number: int) -> HttpResponseBase:
        stack = stack_for(request.user, public_id, Level.READ)
        page = stack.pages.filter(number=number).first()
        if page is None:
            raise NotFound(f"This stack has no page {number}.")
        return picture(request, page.file, "image/jpeg")
