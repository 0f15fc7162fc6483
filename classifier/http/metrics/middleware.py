"""Counts every request, and answers those for `/metrics`.

It comes before everything that may refuse a request, so it counts what is refused. It answers for the figures itself:
behind it, they would fail with the database, and Prometheus would be refused where it knows a server only by an address
that ALLOWED_HOSTS does not list.
"""

import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.http.request import split_domain_port
from prometheus_client.exposition import choose_encoder

from classifier.http import proxies

from . import counting, reading

PATH = "/metrics"
HOSTS = {"localhost", "127.0.0.1", "[::1]"}
FORBIDDEN = (
    "These figures are for the operator. Send METRICS_TOKEN as a bearer token, or ask from the machine that the site "
    "runs on.\n"
)


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        if request.path_info == PATH:
            response: HttpResponseBase = metrics(request)
            view = "metrics"
        else:
            response = self.get_response(request)
            view = _view(request)
        counting.count_request(view, response.status_code, time.perf_counter() - started)
        return response


def _view(request: HttpRequest) -> str:
    if request.resolver_match is not None:
        return request.resolver_match.view_name
    return "(static)" if request.path.startswith(settings.STATIC_URL) else "(none)"


def metrics(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not may_read(request):
        headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
        return HttpResponse(FORBIDDEN, status=401, headers=headers, content_type="text/plain; charset=utf-8")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(reading.Figures()), content_type=content_type, headers={"Cache-Control": "no-store"})


def may_read(request: HttpRequest) -> bool:
    """Whether the request has the token, or comes from this machine.

    The host name has to be this machine's too: a page of another site can give its own name this address, and have the
    operator's browser read it (DNS rebinding).
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    host = split_domain_port(request.META.get("HTTP_HOST", ""))[0]
    return host in HOSTS and proxies.is_from_here(request.META)
