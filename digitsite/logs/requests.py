"""The id of each request: taken from `X-Request-ID` or made, added to its log lines, and returned."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from classifier.jobs import trace

HEADER, IN_META = "X-Request-ID", "HTTP_X_REQUEST_ID"
READING = {"GET", "HEAD", "OPTIONS"}

log = logging.getLogger(__name__)


class RequestIdMiddleware:
    """Logs a line for each request that has stored or changed something that has a public id.

    Other requests, such as previews while a person draws, would soon fill the log files; LOG_LEVEL=DEBUG shows them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id, started = trace.begin_request(request.META.get(IN_META)), time.perf_counter()
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        level = logging.INFO if trace.is_about_something() else logging.DEBUG
        if log.isEnabledFor(level):
            took_ms = (time.perf_counter() - started) * 1e3
            log.log(level, "%s %s: %s in %.0f ms", request.method, request.path, response.status_code, took_ms)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """Notes the id in the address of a request that may change something."""
        if request.method not in READING and (public_id := kwargs.get("public_id")):
            trace.about(public_id=public_id)
