"""Rejects requests that are far too large before their bodies are read, or as soon as they prove to be.

A picture slightly above the limit is received, and rejected with a full answer (see `intake`). A body several times as
large would only fill the disk.

Clients that do not know the size of what they send use `Transfer-Encoding: chunked` instead of Content-Length. Django
takes their bodies for empty, although gunicorn decodes them and marks their end (`wsgi.input_terminated`).
"""

import io
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

from . import rejections
from .problems import is_api, plain_problem
from .sizes import max_bytes, max_mb


class BodyTooLarge(RequestDataTooBig):
    """A body without a length proves to be larger than its address accepts."""


class BodyDamaged(MultiPartParserError, ValueError):
    """A body ends before its end or is encoded wrongly. Its classes are those that Django's and REST framework's
    parsers expect of a malformed body.
    """


class ChunkedBody(io.RawIOBase):
    """The decoded body of a chunked request. Raises BodyTooLarge beyond the limit, which ends an endless body."""

    def __init__(self, body: Any, limit: int) -> None:
        self._body, self._room = body, limit

    def read(self, size: int | None = -1, /) -> bytes:
        return self._taken(self._body.read, size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._taken(self._body.readline, size)

    def _taken(self, take: Callable[[int], bytes], size: int | None) -> bytes:
        at_most = self._room + 1
        try:
            data = take(at_most if size is None or size < 0 else min(size, at_most))
        except Exception as error:  # of the server, which has its own for each way to break the encoding
            raise BodyDamaged("The request ends too early, or its encoding is invalid.") from error
        self._room -= len(data)
        if self._room < 0:
            self._room = 0
            raise BodyTooLarge("The request is too large.")
        return data


class RequestSizeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > _max_bytes(request):
            return too_large(request)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            if not request.META.get("wsgi.input_terminated"):
                return _length_required(request)
            _receive_chunked(request)
        return self.get_response(request)


def _receive_chunked(request: HttpRequest) -> None:
    """Lets Django read a body of unknown length, up to the limit of its address.

    Nothing is read here: views decide what is read, as they do with a known length. The length only tells parsers that
    there is a body, and how large it can be. Django has no public way to give a request another stream.
    """
    limit = _max_bytes(request)
    request.META["CONTENT_LENGTH"] = str(limit)
    request._stream = ChunkedBody(request.META["wsgi.input"], limit)  # type: ignore[assignment]


def _max_bytes(request: HttpRequest) -> int:
    return max_bytes(request.method or "", request.path_info, request.content_type or "")


def too_large(request: HttpRequest) -> HttpResponse:
    """The answer to a request that is larger than its address accepts."""
    rejections.count("too_large")
    message = f"The upload is too large: the limit is {max_mb(request.path_info)} MB."
    if is_api(request):
        return plain_problem(413, message, "too_large")
    return render(request, "413.html", {"message": message}, status=413)


def _length_required(request: HttpRequest) -> HttpResponse:
    """The answer of a server that does not decode chunked bodies, such as Django's own for development."""
    rejections.count("malformed")
    message = "Send the request with a Content-Length: this server does not accept chunked bodies."
    return plain_problem(411, message, "length_required")
