"""Rejects requests that are far too large before their bodies are read.

A picture slightly above the limit is received, and rejected with a full answer (see `intake`). A body several times as
large would only fill the disk.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from . import rejections
from .problems import is_api, plain_problem

RECEIVED = 4  # times the upload limit
BATCHES = ("/batches/", "/api/v1/batches/")  # received directly to disk, see classifier.batches.uploads
IMPORTS = ("/import/", "/api/v1/imports/")
OVERHEAD = 1.05  # of a form around its files


class RequestSizeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > _max_bytes(request):
            return _too_large(request)
        return self.get_response(request)


def _max_bytes(request: HttpRequest) -> int:
    if request.method == "POST" and request.path in BATCHES + IMPORTS:
        return int(_max_mb(request) * 2**20 * OVERHEAD)
    if (request.content_type or "").startswith("multipart/"):
        return RECEIVED * settings.UPLOAD_MAX_MB * 2**20
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def _max_mb(request: HttpRequest) -> int:
    """The limit of this address, as the settings and the pages give it."""
    if request.path in BATCHES:
        return int(settings.BATCH_MAX_MB)
    if request.path in IMPORTS:
        return int(settings.IMPORT_MAX_MB)
    return int(settings.UPLOAD_MAX_MB)


def _too_large(request: HttpRequest) -> HttpResponse:
    rejections.count("too_large")
    message = f"The upload is too large: the limit is {_max_mb(request)} MB."
    if is_api(request):
        return plain_problem(413, message, "too_large")
    return render(request, "413.html", {"message": message}, status=413)
