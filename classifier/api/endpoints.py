"""The base classes of all endpoints: privacy, rate headers, ETags, content negotiation."""

import hashlib
from typing import Any

from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Endpoint(APIView):
    """Marks answers as private to the caller and adds the rate headers."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **more: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **more)
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        if usage := getattr(request, "usage", None):
            for name, value in usage.headers().items():
                answer.headers[name] = value
        return answer

    def options(self, request: Any, *args: Any, **more: Any) -> Response:
        """Answers with the allowed methods only; the OpenAPI description has the rest."""
        return Response(status=204)


class Tagged(Endpoint):
    """A single resource as JSON. Its ETag is a hash of the answer, so it changes when anything in it does."""

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
    """Ignores `Accept`: for pictures and files, which have one format. Their errors are JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def etag_of(*parts: bytes | str) -> str:
    digest = hashlib.sha256(b"\0".join(part.encode() if isinstance(part, str) else part for part in parts))
    return quote_etag(digest.hexdigest()[:32])


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller already has the resource with this ETag (If-None-Match)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in (tag.removeprefix("W/") for tag in known)
