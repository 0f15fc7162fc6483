"""Endpoints for digits."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
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
from classifier.errors import NotFound
from classifier.http.originals import original_response
from classifier.models import Digit, DigitQuerySet, Drawing
from classifier.recognition.errors import InvalidInput
from classifier.recognition.pictures import input_png
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch

from .endpoints import FIELDS, WORDS, AfterTheLast, AnyAccept, Endpoint, Tagged, etag_of, is_known, preferred_wait
from .serializers import CorrectionSerializer, DigitSerializer, PredictionSerializer, WholeDigitSerializer, said


class Picture(Endpoint):
    content_negotiation_class = AnyAccept
    renderer_classes = [JSONRenderer]


class DigitList(Endpoint, ListAPIView[Digit]):
    """GET: my digits, newest first. POST: send one and get its prediction."""

    serializer_class = DigitSerializer
    pagination_class = AfterTheLast
    filter_backends = (DjangoFilterBackend,)
    filterset_class = DigitFilter

    def get_queryset(self) -> DigitQuerySet:
        return Digit.objects.owned_by(self.request.user)

    def list(self, request: Request, *args: Any, **more: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = {"said": corrections.by_digit(page)}
        return self.get_paginated_response(DigitSerializer(cast(Any, page), many=True, context=context).data)

    def post(self, request: Request) -> Response:
        wait_s, applied = preferred_wait(request.headers.get("Prefer", ""))
        owner = cast(User, request.user)  # nobody else passes IsAuthenticated
        sent, key = Sent.by(request), request.headers.get("Idempotency-Key")
        if key is None:
            digit, spoken_of = sent.accept(owner), {}
        else:
            digit = accept_once(owner, sent, idempotency.parse_key(key))
            spoken_of = corrections.by_digit(digit.siblings)
        intake.wait_for_answer(digit, wait_s)
        finished = all(each.prediction and each.prediction.is_final for each in digit.siblings)
        headers = {"Location": request.build_absolute_uri(reverse("api:digit-detail", args=[digit.public_id]))}
        if applied:
            headers["Preference-Applied"] = applied
        body = WholeDigitSerializer(digit, context={"said": spoken_of}).data
        return Response(body, status=201 if finished else 202, headers=headers)


class DigitDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        digit = _digit_or_404(request, public_id)
        numbers.know_siblings([digit])
        return Response(WholeDigitSerializer(digit, context={"said": corrections.by_digit(digit.siblings)}).data)

    def delete(self, request: Request, public_id: UUID) -> Response:
        deletion.delete(cast(User, request.user), [_digit_or_404(request, public_id).public_id])
        return Response(status=204)


class DigitCorrection(Endpoint):
    """PUT: what the digit is. DELETE: nothing said after all."""

    parser_classes = [JSONParser]

    def put(self, request: Request, public_id: UUID) -> Response:
        digit = _digit_or_404(request, public_id)
        sent = CorrectionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return Response(said(corrections.correct(digit, sent.validated_data["label"])))

    def delete(self, request: Request, public_id: UUID) -> Response:
        corrections.take_back(_digit_or_404(request, public_id))
        return Response(status=204)


class DigitPredictions(Tagged):
    """What every version said of a digit at each revision of its drawing, newest first."""

    def get(self, request: Request, public_id: UUID) -> Response:
        predictions = _digit_or_404(request, public_id).predictions.select_related("model_version", "foreign_version")
        return Response({"results": PredictionSerializer(cast(Any, predictions), many=True).data})


class DigitInput(Picture):
    """The 28×28 picture that the network is given."""

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        pixels = bytes(_digit_or_404(request, public_id).pixels)
        etag = etag_of(pixels)
        if is_known(request, etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        return HttpResponse(input_png(pixels), content_type="image/png", headers={"ETag": etag})


class DigitOriginal(Picture):
    """What was put in."""

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        digit = _digit_or_404(request, public_id)
        etag = etag_of(str(digit.drawing.public_id), str(digit.drawing.revision))
        if is_known(request, etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        answer = original_response(digit)
        answer.headers["ETag"] = etag
        return answer


def _digit_or_404(request: Request, public_id: UUID) -> Digit:
    return get_object_or_404(Digit.objects.owned_by(request.user).with_predictions(), public_id=public_id)


@dataclass(frozen=True)
class Sent:
    """A drawing or a picture file, as a request holds it."""

    content: "Sketch | UploadedFile[bytes]"
    one_digit: bool

    @classmethod
    def by(cls, request: Request) -> "Sent":
        """The multipart field `image`, or the pad's strokes as JSON. Raises InvalidInput."""
        if request.content_type.startswith("multipart/"):
            file = request.FILES.get("image")
            if file is None:
                raise InvalidInput("Send the picture in a multipart field named image.")
            return cls(file, _bool(WORDS.get(request.POST.get("one_digit", "false"))))
        data = request.data
        if not isinstance(data, dict) or not data.keys() >= FIELDS:
            raise InvalidInput('Send {"strokes": [[[x, y], …], …], "size": [width, height], "pen": width}.')
        return cls(parse_sketch(data["strokes"], data["size"], data["pen"]), _bool(data.get("one_digit", False)))

    def accept(self, owner: User, drawing_id: UUID | None = None) -> Digit:
        """Store it and ask what it is, see intake."""
        if isinstance(self.content, Sketch):
            return intake.save_drawing(
                owner, self.content, source=Drawing.Source.API, one_digit=self.one_digit, drawing_id=drawing_id
            )
        return intake.accept_picture(
            owner, self.content, Drawing.Source.API, one_digit=self.one_digit, drawing_id=drawing_id
        )

    def fingerprint(self) -> str:
        """SHA-256 of what is sent, the same for all ways of writing it down."""
        found = hashlib.sha256(f"{self.one_digit}\n".encode())
        if isinstance(self.content, Sketch):
            found.update(json.dumps(vars(self.content), sort_keys=True).encode())
        else:
            for chunk in self.content.chunks():
                found.update(chunk)
            self.content.seek(0)
        return found.hexdigest()


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput("one_digit must be true or false.")
    return value


def accept_once(owner: User, sent: Sent, key: str) -> Digit:
    """Store what was sent, or find what was stored when it came before under this key.

    Raises KeyReused and StillWorking (see idempotency), NotFound when the digit was deleted since, and what intake
    refuses.
    """
    row = idempotency.claim(owner, key, sent.fingerprint())
    if row.is_done:
        digit = intake.stored_drawing(owner, row.drawing_id)
        if digit is None:
            raise NotFound("The digit that was sent with this Idempotency-Key has been deleted.")
        return digit
    try:
        digit = sent.accept(owner, row.drawing_id)
    except Exception:
        idempotency.release(row)
        raise
    idempotency.settle(row)
    return digit
