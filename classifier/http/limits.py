"""Turning away requests that are far too large before their bodies are read.

A picture somewhat over the limit is received and refused with a full answer (see intake); what is several
times as large would only fill the disk.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from . import rejections
from .problems import is_api, plain_problem

RECEIVED_ANYWAY = 4  # times the upload limit
BATCHES = ("/batches/", "/api/v1/batches/")  # which are received straight to disk, see batch_uploads
ROOM_FOR_WORDS = 1.05  # what a request has around its files
IMPORTS = ("/import/", "/api/v1/imports/")


class RequestSizeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > _most_bytes(request):
            return _too_large(request)
        return self.get_response(request)


def _most_bytes(request: HttpRequest) -> int:
    if request.path in BATCHES and request.method == "POST":
        return int(settings.BATCH_MAX_MB * 2**20 * ROOM_FOR_WORDS)
    if request.path in IMPORTS and request.method == "POST":
        return int(settings.IMPORT_MAX_MB * 2**20 * ROOM_FOR_WORDS)
    if (request.content_type or "").startswith("multipart/"):
        return RECEIVED_ANYWAY * settings.UPLOAD_MAX_MB * 2**20
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def _too_large(request: HttpRequest) -> HttpResponse:
    rejections.count("too_large")
    most = settings.UPLOAD_MAX_MB
    if request.path in BATCHES:
        most = settings.BATCH_MAX_MB
    elif request.path in IMPORTS:
        most = settings.IMPORT_MAX_MB
    sentence = f"This is too much at once; at most {most} MB can be sent."
    if is_api(request):
        return plain_problem(413, sentence, "too_large")
    return render(request, "413.html", {"message": sentence}, status=413)
