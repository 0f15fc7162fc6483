"""The endpoints of stacks and their pages."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.endpoints import AnyAccept, Endpoint, Tagged
from classifier.errors import NotFound
from classifier.sheets.models import Stack, StackPage, StackQuerySet
from classifier.sheets.sharing.rights import Level, sheet_for, stack_for

from .content import id_in
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


class StackList(Endpoint, ListAPIView[Stack]):
    """GET: the stacks that the person may see, newest first; with `sheet`, those of one sheet."""

    serializer_class = StackSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> StackQuerySet:
        stacks = Stack.objects.visible_to(self.request.user).select_related("sheet").defer("description")
        sheet = self.request.query_params.get("sheet", "")
        return stacks.filter(sheet=sheet_for(self.request.user, id_in(sheet, "sheet"), Level.READ)) if sheet else stacks


class StackDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(StackSerializer(stack_for(request.user, public_id, Level.READ)).data)


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
