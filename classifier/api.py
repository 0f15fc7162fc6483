"""The JSON API: the same functions as the pages, other words around them."""

import re
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import intake, numbers
from .errors import MalformedRequest
from .models import Digit, DigitQuerySet, Drawing, Prediction
from .strokes import parse_sketch
from .verdict import sentence

LONGEST_WAIT_S = 25.0  # whatever a client prefers, a thread is not held for longer
FIELDS = {"strokes", "size", "pen"}
WORDS = {"true": True, "false": False}  # in a multipart field


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    digit = serializers.SerializerMethodField()
    verdict = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    model_version = serializers.SerializerMethodField()
    elapsed_ms = serializers.FloatField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Prediction
        fields = [
            "status",
            "verdict",
            "reason",
            "message",
            "digit",
            "candidates",
            "confidence",
            "probabilities",
            "model_version",
            "preprocessing_version",
            "revision",
            "elapsed_ms",
            "inference_ms",
            "finished",
            "error",
        ]

    def get_verdict(self, prediction: Prediction) -> str | None:
        return prediction.verdict or None

    def get_digit(self, prediction: Prediction) -> int | None:
        """The digit read; unsure, the most probable one."""
        return None if prediction.verdict == Prediction.Verdict.NOT_A_DIGIT else prediction.label

    def get_reason(self, prediction: Prediction) -> str | None:
        return prediction.reason or None

    def get_message(self, prediction: Prediction) -> str | None:
        return sentence(prediction.reason, prediction.candidates) or None

    def get_model_version(self, prediction: Prediction) -> str | None:
        """The name of the version that answered, here or where it was imported from."""
        return prediction.version_name or None

    def get_error(self, prediction: Prediction) -> str | None:
        return prediction.error or None


class DigitSerializer(serializers.ModelSerializer[Digit]):
    id = serializers.UUIDField(source="public_id")
    drawing = serializers.UUIDField(source="drawing.public_id")
    source = serializers.CharField(source="drawing.source")  # type: ignore[assignment]  # the field's own name
    created = serializers.DateTimeField(source="drawing.created")
    true_label = serializers.IntegerField(source="drawing.true_label")
    url = serializers.SerializerMethodField()
    prediction = PredictionSerializer()

    class Meta:
        model = Digit
        fields = ["id", "url", "drawing", "position", "box", "source", "created", "true_label", "prediction"]

    def get_url(self, digit: Digit) -> str:
        return reverse("api:digit-detail", args=[digit.public_id])


class NewestFirst(CursorPagination):
    ordering = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except ValueError:  # a cursor that was made up
            raise MalformedRequest("This cursor is none; follow the links of a page.") from None


class DigitList(ListAPIView[Digit]):
    """GET: my digits, newest first. POST: send one and get its prediction."""

    serializer_class = DigitSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> DigitQuerySet:
        return Digit.objects.owned_by(self.request.user).with_predictions()

    def post(self, request: Request) -> Response:
        wait_s, applied = preferred_wait(request.headers.get("Prefer", ""))
        digit = _accept(request)
        intake.wait_for_answer(digit, wait_s)
        finished = all(each.prediction and each.prediction.is_final for each in digit.siblings)
        headers = {"Location": request.build_absolute_uri(reverse("api:digit-detail", args=[digit.public_id]))}
        if applied:
            headers["Preference-Applied"] = applied
        return Response(_with_number(digit), status=201 if finished else 202, headers=headers)


class DigitDetail(APIView):
    def get(self, request: Request, public_id: str) -> Response:
        digit = _digit_or_404(request, public_id)
        numbers.know_siblings([digit])
        return Response(_with_number(digit))

    def delete(self, request: Request, public_id: str) -> Response:
        _digit_or_404(request, public_id).drawing.delete()
        return Response(status=204)


def _with_number(digit: Digit) -> dict[str, Any]:
    """A digit whose siblings are known, with the number that they are together."""
    number = {"number": numbers.number_of(digit.siblings), "digits": DigitSerializer(digit.siblings, many=True).data}
    return DigitSerializer(digit).data | number


def _digit_or_404(request: Request, public_id: str) -> Digit:
    return get_object_or_404(Digit.objects.owned_by(request.user).with_predictions(), public_id=public_id)


def preferred_wait(header: str) -> tuple[float, str]:
    """Seconds to wait for an answer, and what to say was applied.

    header: of `Prefer`, RFC 7240: `wait=N` in whole seconds, `respond-async` not to wait at all. A wait
    that is none is ignored, as the RFC asks.
    """
    names = [part.strip().partition("=") for part in re.split("[,;]", header)]
    preferences = {name.strip().lower(): value.strip().strip('"') for name, _, value in names}
    wait = preferences.get("wait", "")
    if wait.isascii() and wait.isdigit():
        return min(float(wait), LONGEST_WAIT_S), f"wait={wait}"
    if "respond-async" in preferences:
        return 0.0, "respond-async"
    return settings.ANSWER_WAIT_S, ""


def _accept(request: Request) -> Digit:
    """Take in the multipart field `image`, or the pad's strokes as JSON."""
    owner = cast(User, request.user)  # nobody else passes IsAuthenticated
    if request.content_type.startswith("multipart/"):
        file = request.FILES.get("image")
        if file is None:
            raise MalformedRequest("Send the picture in a multipart field named image.")
        one_digit = WORDS.get(request.POST.get("one_digit", "false"))
        if one_digit is None:
            raise MalformedRequest("one_digit must be true or false.")
        return intake.accept_picture(owner, file, Drawing.Source.API, one_digit=one_digit)
    data = request.data
    if not isinstance(data, dict) or not data.keys() >= FIELDS:
        raise MalformedRequest('Send {"strokes": [[[x, y], …], …], "size": [width, height], "pen": width}.')
    one_digit = data.get("one_digit", False)
    if not isinstance(one_digit, bool):
        raise MalformedRequest("one_digit must be true or false.")
    sketch = parse_sketch(data["strokes"], data["size"], data["pen"])
    return intake.save_drawing(owner, sketch, source=Drawing.Source.API, one_digit=one_digit)
