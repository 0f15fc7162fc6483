"""The endpoints of exports and imports."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.errors import ImportRejected
from classifier.http.downloads import export_file
from classifier.models import Import, ImportProblem
from classifier.recognition.errors import InvalidInput
from classifier.transfer.importing import jobs

from .endpoints import AnyAccept, Endpoint, Tagged
from .pagination import NewestFirst

PROBLEMS_SHOWN = 100


class ExportFile(Endpoint):
    """The owner's digits that match the filters, as a file."""

    content_negotiation_class = AnyAccept
    kind: str

    def get(self, request: Request) -> HttpResponseBase:
        return export_file(request._request, cast(User, request.user), self.kind)


class ExportJson(ExportFile):
    kind = "json"


class ExportCsv(ExportFile):
    kind = "csv"


class ExportTableCsv(ExportFile):
    kind = "table-csv"


class ExportTableXlsx(ExportFile):
    kind = "table-xlsx"


class ExportNpz(ExportFile):
    kind = "npz"


class ExportAll(ExportFile):
    kind = "zip"


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    class Meta:
        model = ImportProblem
        fields = ["drawing", "sentence"]


class ImportSerializer(serializers.ModelSerializer[Import]):
    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Import
        fields = [
            *("id", "url", "status", "name", "size", "created", "finished", "error", "announced", "seen", "brought"),
            *("known", "restored", "refused", "batches", "digits", "corrections", "originals", "remarks"),
        ]

    def get_url(self, import_: Import) -> str:
        return reverse("api:import-detail", args=[import_.public_id])

    def get_error(self, import_: Import) -> str | None:
        return import_.error or None


class ImportDetailSerializer(ImportSerializer):
    problems = serializers.SerializerMethodField()

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "problems"]

    def get_problems(self, import_: Import) -> list[dict[str, Any]]:
        """The first drawings that were not imported, with the reasons."""
        return list(ImportProblemSerializer(import_.problems.all()[:PROBLEMS_SHOWN], many=True).data)


class ImportList(Endpoint, ListAPIView[Import]):
    """GET: the owner's imports, newest first. POST: imports the export in the multipart field `file`."""

    serializer_class = ImportSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Import]:
        return Import.objects.owned_by(self.request.user)

    def post(self, request: Request) -> Response:
        file = request.FILES.get("file") if request.content_type.startswith("multipart/") else None
        if file is None:
            raise InvalidInput("Send the export (ZIP or JSON) in a multipart field named file.")
        import_ = jobs.request_import(cast(User, request.user), file)
        headers = {"Location": request.build_absolute_uri(reverse("api:import-detail", args=[import_.public_id]))}
        return Response(ImportDetailSerializer(import_).data, status=202, headers=headers)


class ImportDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(ImportDetailSerializer(_import_or_404(request, public_id)).data)


class ImportCancel(Endpoint):
    """Stops an import and keeps the drawings stored so far."""

    def post(self, request: Request, public_id: UUID) -> Response:
        import_ = _import_or_404(request, public_id)
        jobs.cancel(import_)
        return Response(ImportDetailSerializer(_import_or_404(request, public_id)).data)


class ImportRemove(Endpoint):
    """Removes everything that a finished import has stored."""

    def post(self, request: Request, public_id: UUID) -> Response:
        import_ = _import_or_404(request, public_id)
        if not jobs.request_removal(import_) and import_.status != Import.Status.REMOVING:
            raise ImportRejected("This import has stored nothing that can be removed now.")
        return Response(ImportDetailSerializer(_import_or_404(request, public_id)).data)


def _import_or_404(request: Request, public_id: UUID) -> Import:
    return get_object_or_404(Import.objects.owned_by(request.user), public_id=public_id)
