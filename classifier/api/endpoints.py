"""What all endpoints share: errors, validators, pages of lists."""

import hashlib
import re
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from classifier.digits import history
from classifier.digits.filters import DigitFilter
from classifier.recognition.errors import InvalidInput

LONGEST_WAIT_S = 25.0  # whatever a client prefers, a thread is not held for longer
FIELDS = {"strokes", "size", "pen"}
WORDS = {"true": True, "false": False}  # in a multipart field


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
            raise InvalidInput("This cursor is none; follow the links of a page.") from None


class AfterTheLast(CursorPagination):
    """Pages of digits in any order; a cursor is the id of the last digit that was seen."""

    page_size = history.PAGE
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        cursor = request.query_params.get(self.cursor_query_param, "")
        last = history.place(cast(User, request.user), cursor)
        if cursor and last is None:
            raise InvalidInput("This cursor is none; follow the links of a page.")
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
