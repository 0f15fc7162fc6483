"""The endpoints of digits."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.generics import ListAPIView
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.digits import corrections, deletion, idempotency, intake, numbers
from classifier.digits.filters import DigitFilter
from classifier.http.originals import original_response
from classifier.models import Digit, DigitQuerySet
from classifier.recognition.pictures import input_png

from .endpoints import AnyAccept, Endpoint, Tagged, etag_of, is_known
from .pagination import DigitPages
from .serializers import (
    CorrectionSerializer,
    DigitSerializer,
    NumberCorrectionSerializer,
    PredictionSerializer,
    WholeDigitSerializer,
    correction_body,
    number_correction_body,
)
from .submissions import Submission, preferred_wait


class DigitList(Endpoint, ListAPIView[Digit]):
    """GET: the owner's digits. POST: stores a digit and answers with its prediction."""

    serializer_class = DigitSerializer
    pagination_class = DigitPages
    filter_backends = (DjangoFilterBackend,)
    filterset_class = DigitFilter

    def get_queryset(self) -> DigitQuerySet:
        return Digit.objects.owned_by(self.request.user)

    def list(self, request: Request, *args: Any, **more: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = {"corrections": corrections.by_digit(page)}
        return self.get_paginated_response(DigitSerializer(cast(Any, page), many=True, context=context).data)

    def post(self, request: Request) -> Response:
        wait_s, applied = preferred_wait(request.headers.get("Prefer", ""))
        owner = cast(User, request.user)  # IsAuthenticated admits no other
        submission, key = Submission.of(request), request.headers.get("Idempotency-Key")
        if key is None:
            digit = submission.accept(owner)
            said: dict[str, Any] = {"corrections": {}, "whole": None}
        else:
            digit = submission.accept_once(owner, idempotency.parse_key(key))
            said = _said(digit)
        intake.wait_for_answer(digit, wait_s)
        is_finished = all(sibling.prediction and sibling.prediction.is_final for sibling in digit.siblings)
        headers = {"Location": request.build_absolute_uri(reverse("api:digit-detail", args=[digit.public_id]))}
        if applied:
            headers["Preference-Applied"] = applied
        body = WholeDigitSerializer(digit, context=said).data
        return Response(body, status=201 if is_finished else 202, headers=headers)


class DigitDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        digit = _digit_or_404(request, public_id)
        numbers.know_siblings([digit])
        return Response(WholeDigitSerializer(digit, context=_said(digit)).data)

    def delete(self, request: Request, public_id: UUID) -> Response:
        deletion.delete(cast(User, request.user), [_digit_or_404(request, public_id).public_id])
        return Response(status=204)


class DigitCorrection(Endpoint):
    """PUT: corrects the digit. DELETE: withdraws the correction."""

    parser_classes = [JSONParser]

    def put(self, request: Request, public_id: UUID) -> Response:
        digit = _digit_or_404(request, public_id)
        serializer = CorrectionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(correction_body(corrections.correct(digit, serializer.validated_data["label"])))

    def delete(self, request: Request, public_id: UUID) -> Response:
        corrections.take_back(_digit_or_404(request, public_id))
        return Response(status=204)


class DigitConfirmation(Endpoint):
    """POST: confirms that the digit is what the network read."""

    def post(self, request: Request, public_id: UUID) -> Response:
        return Response(correction_body(corrections.confirm(_digit_or_404(request, public_id))))


class NumberCorrection(Endpoint):
    """PUT: corrects the digit's drawing as a whole. DELETE: withdraws that."""

    parser_classes = [JSONParser]

    def put(self, request: Request, public_id: UUID) -> Response:
        digit = _digit_or_404(request, public_id)
        numbers.know_siblings([digit])
        serializer = NumberCorrectionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        whole = corrections.correct_number(digit.siblings, serializer.validated_data["text"])
        return Response(number_correction_body(whole))

    def delete(self, request: Request, public_id: UUID) -> Response:
        corrections.take_back_number(_digit_or_404(request, public_id))
        return Response(status=204)


class NumberConfirmation(Endpoint):
    """POST: confirms that the digit's drawing shows what the network read."""

    def post(self, request: Request, public_id: UUID) -> Response:
        digit = _digit_or_404(request, public_id)
        numbers.know_siblings([digit])
        return Response(number_correction_body(corrections.confirm_number(digit.siblings)))


class DigitPredictions(Tagged):
    """The predictions of every model version at each revision of the drawing, newest first."""

    def get(self, request: Request, public_id: UUID) -> Response:
        predictions = _digit_or_404(request, public_id).predictions.select_related("model_version", "foreign_version")
        return Response({"results": PredictionSerializer(cast(Any, predictions), many=True).data})


class Picture(Endpoint):
    content_negotiation_class = AnyAccept
    renderer_classes = [JSONRenderer]


class DigitInput(Picture):
    """The network's 28×28 input."""

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        pixels = bytes(_digit_or_404(request, public_id).pixels)
        etag = etag_of(pixels)
        if is_known(request, etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        return HttpResponse(input_png(pixels), content_type="image/png", headers={"ETag": etag})


class DigitOriginal(Picture):
    """The drawing or the uploaded file."""

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        digit = _digit_or_404(request, public_id)
        etag = etag_of(str(digit.drawing.public_id), str(digit.drawing.revision))
        if is_known(request, etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        answer = original_response(digit)
        answer.headers["ETag"] = etag
        return answer


def _said(digit: Digit) -> dict[str, Any]:
    """What WholeDigitSerializer needs: the corrections of the digit's drawing. digit: with known siblings."""
    return {"corrections": corrections.by_digit(digit.siblings), "whole": corrections.of_number(digit)}


def _digit_or_404(request: Request, public_id: UUID) -> Digit:
    return get_object_or_404(Digit.objects.owned_by(request.user).with_predictions(), public_id=public_id)
