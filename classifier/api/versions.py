"""The endpoints of model versions."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.digits import registry
from classifier.models import ModelVersion
from classifier.recognition.errors import InvalidInput

from .endpoints import Endpoint, Tagged
from .pagination import NewestFirst
from .serializers import ModelSerializer


class ModelList(Endpoint, ListAPIView[ModelVersion]):
    """The digit readers that everybody may see, newest first, or the line readers with `?kind=line`."""

    serializer_class = ModelSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        kind = self.request.query_params.get("kind") or ModelVersion.Kind.DIGIT
        if kind not in ModelVersion.Kind:
            raise InvalidInput(f"kind must be one of {', '.join(ModelVersion.Kind)}.")
        return registry.shown_to_all().of_kind(kind)


class ModelDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(ModelSerializer(get_object_or_404(registry.shown_to_all(), public_id=public_id)).data)
