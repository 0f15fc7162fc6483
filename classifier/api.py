"""The JSON API: the same functions as the pages, other words around them."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from . import corrections, deletion, history, idempotency, intake, numbers, registry
from .errors import MalformedRequest, NotFound
from .filters import DigitFilter
from .models import ApiToken, Batch, Digit, DigitQuerySet, Drawing, ModelVersion
from .originals import original_response
from .pictures import input_png
from .serializers import (
    CorrectionSerializer,
    DigitSerializer,
    MeSerializer,
    ModelSerializer,
    PredictionSerializer,
    WholeDigitSerializer,
    said,
)
from .strokes import Sketch, parse_sketch

LONGEST_WAIT_S = 25.0  # whatever a client prefers, a thread is not held for longer
FIELDS = {"strokes", "size", "pen"}
WORDS = {"true": True, "false": False}  # in a multipart field


# --- what all answers have in common ------------------------------------------------------------


class Endpoint(APIView):
    """An answer is its asker's alone, and says how much more may be asked."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **more: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **more)
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        if standing := getattr(request, "standing", None):
            for name, value in standing.headers().items():
                answer.headers[name] = value
        return answer

    def options(self, request: Any, *args: Any, **more: Any) -> Response:
        """Which methods there are; the schema says the rest."""
        return Response(status=204)


class Tagged(Endpoint):
    """One thing as JSON, with an ETag made of what is answered, so that it changes when anything in it does."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **more: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **more)
        if answer.status_code != 200 or request.method not in ("GET", "HEAD"):
            return answer
        etag = etag_of(answer.render().content)
        if is_known(request, etag):
            answer = super().finalize_response(request, Response(status=304), *args, **more)
        answer.headers["ETag"] = etag
        return answer


class AnyAccept(DefaultContentNegotiation):
    """For pictures, which are what they are; only an error is JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Picture(Endpoint):
    content_negotiation_class = AnyAccept
    renderer_classes = [JSONRenderer]


def etag_of(*parts: bytes | str) -> str:
    found = hashlib.sha256(b"\0".join(part.encode() if isinstance(part, str) else part for part in parts))
    return quote_etag(found.hexdigest()[:32])


def is_known(request: Request, etag: str) -> bool:
    """Whether the asker has what this tag is of (If-None-Match)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in (tag.removeprefix("W/") for tag in known)


class NewestFirst(CursorPagination):
    """Of what there is little."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, exceptions.NotFound):  # a cursor that was made up
            raise MalformedRequest("This cursor is none; follow the links of a page.") from None


class AfterTheLast(CursorPagination):
    """Pages of digits in any order; a cursor is the id of the last digit that was seen."""

    page_size = history.PAGE
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        cursor = request.query_params.get(self.cursor_query_param, "")
        last = history.place(cast(User, request.user), cursor)
        if cursor and last is None:
            raise MalformedRequest("This cursor is none; follow the links of a page.")
        order = history.ORDERS[request.query_params.get("sort") or "newest"]
        is_filtered = bool(set(request.query_params) & set(DigitFilter.base_filters) - {"sort"})
        size = self.get_page_size(request) or self.page_size
        page = history.page_of(queryset, order, last, size, filtered=is_filtered, whole=True)
        here = request.build_absolute_uri()
        self.next_url = (
            replace_query_param(here, self.cursor_query_param, page.next_before) if page.next_before else None
        )
        return page.digits

    def get_next_link(self) -> str | None:
        return self.next_url

    def get_previous_link(self) -> None:
        """There is none: who has been there knows it."""


# --- digits -------------------------------------------------------------------------------------


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


# --- sending one --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """A drawing or a picture file, as a request holds it."""

    content: "Sketch | UploadedFile[bytes]"
    one_digit: bool

    @classmethod
    def by(cls, request: Request) -> "Sent":
        """The multipart field `image`, or the pad's strokes as JSON. Raises MalformedRequest."""
        if request.content_type.startswith("multipart/"):
            file = request.FILES.get("image")
            if file is None:
                raise MalformedRequest("Send the picture in a multipart field named image.")
            return cls(file, _bool(WORDS.get(request.POST.get("one_digit", "false"))))
        data = request.data
        if not isinstance(data, dict) or not data.keys() >= FIELDS:
            raise MalformedRequest('Send {"strokes": [[[x, y], …], …], "size": [width, height], "pen": width}.')
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
        raise MalformedRequest("one_digit must be true or false.")
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


# --- networks, and whoever asks -----------------------------------------------------------------


class ModelList(Endpoint, ListAPIView[ModelVersion]):
    """The versions that everybody may look at, newest first."""

    serializer_class = ModelSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        return registry.shown_to_all()


class ModelDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(ModelSerializer(get_object_or_404(registry.shown_to_all(), public_id=public_id)).data)


class Me(Endpoint):
    """Who asks, and how much there is."""

    def get(self, request: Request) -> Response:
        digits = Digit.objects.owned_by(request.user)
        me = {
            "name": request.user.get_username(),
            "drawings": Drawing.objects.count_of(request.user),
            "digits": digits.count(),
            "corrections": digits.filter(said__isnull=False).count(),  # by the copy, which has an index of its own
            "batches": Batch.objects.owned_by(request.user).count(),
            "token": request.auth if isinstance(request.auth, ApiToken) else None,
        }
        return Response(MeSerializer(me).data)
