"""The endpoints of model versions."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.digits import registry
from classifier.models import ModelVersion

from .endpoints import Endpoint, Tagged
from .pagination import NewestFirst
from .serializers import ModelSerializer


class ModelList(Endpoint, ListAPIView[ModelVersion]):
    """The versions that everybody may see, newest first."""

    serializer_class = ModelSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        return registry.shown_to_all()


class ModelDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(ModelSerializer(get_object_or_404(registry.shown_to_all(), public_id=public_id)).data)
