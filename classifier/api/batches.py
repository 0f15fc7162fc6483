"""The endpoints of batches."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.batches import lifecycle
from classifier.http.downloads import results_file
from classifier.models import Batch, BatchQuerySet
from classifier.uploads import receiving

from .endpoints import AnyAccept, Endpoint, Tagged
from .pagination import NewestFirst
from .submissions import one_digit_of_form


class BatchSerializer(serializers.ModelSerializer[Batch]):
    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    accuracy = serializers.FloatField(allow_null=True)
    results = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields = [
            "id",
            "url",
            "name",
            "status",
            "message",
            "created",
            "started",
            "finished",
            "one_digit",
            "size",
            "total",
            "read",
            "failed",
            "digits",
            "unsure",
            "refused",
            "labelled",
            "right",
            "accuracy",
            "numbers",
            "numbers_right",
            "label_problems",
            "confusion",
            "results",
        ]

    def get_url(self, batch: Batch) -> str:
        return reverse("api:batch-detail", args=[batch.public_id])

    def get_results(self, batch: Batch) -> dict[str, str]:
        kinds = ("json", "csv", "table-csv", "table-xlsx")
        return {kind.replace("-", "_"): reverse(f"api:batch-{kind}", args=[batch.public_id]) for kind in kinds}


class BatchList(Endpoint, ListAPIView[Batch]):
    """GET: the owner's batches, newest first. POST: stores a batch, which is read in the background."""

    serializer_class = BatchSerializer
    pagination_class = NewestFirst
    parser_classes: list[type[BaseParser]] = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST":
            receiving.receive_to_disk(request)
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> BatchQuerySet:
        return Batch.objects.owned_by(self.request.user)

    def post(self, request: Request) -> Response:
        lifecycle.call_worker()  # it starts while the body arrives
        file = receiving.received(request)
        batch = lifecycle.accept_batch(cast(User, request.user), file, one_digit=one_digit_of_form(request))
        address = request.build_absolute_uri(reverse("api:batch-detail", args=[batch.public_id]))
        return Response(BatchSerializer(batch).data, status=202, headers={"Location": address})


class BatchDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(BatchSerializer(_batch_or_404(request, public_id)).data)

    def delete(self, request: Request, public_id: UUID) -> Response:
        lifecycle.delete_batch(_batch_or_404(request, public_id))
        return Response(status=204)


class BatchCancel(Endpoint):
    """Stops a batch and keeps the digits read so far. A finished batch stays as it is."""

    def post(self, request: Request, public_id: UUID) -> Response:
        batch = _batch_or_404(request, public_id)
        lifecycle.cancel_batch(batch)
        batch.refresh_from_db()
        return Response(BatchSerializer(batch).data)


class BatchResults(Endpoint):
    """The results of a batch as a file."""

    content_negotiation_class = AnyAccept
    kind: str

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        return results_file(_batch_or_404(request, public_id), self.kind)


class BatchJson(BatchResults):
    kind = "json"


class BatchCsv(BatchResults):
    kind = "csv"


class BatchTableCsv(BatchResults):
    kind = "table-csv"


class BatchTableXlsx(BatchResults):
    kind = "table-xlsx"


def _batch_or_404(request: Request, public_id: UUID) -> Batch:
    return get_object_or_404(Batch.objects.owned_by(request.user), public_id=public_id)
