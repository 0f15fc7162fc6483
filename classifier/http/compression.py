"""Compresses pages, fragments and JSON; leaves downloads and pictures as they are.

WhiteNoise compresses static files when they are collected; they never get here. Against BREACH, which guesses a secret
from the length of a compressed page, Django masks the CSRF token anew in each response, and its middleware adds up to
100 random bytes, as its manual says.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

MIN_BYTES = 1000  # a smaller response fits into one packet as it is
TYPES = ("text/html", "application/json", "application/problem+json", "application/manifest+json")


class CompressionMiddleware(GZipMiddleware):
    """Django's own, except that what is streamed is sent as it is made, without waiting in a compressor."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        media_type = response.get("Content-Type", "").partition(";")[0]
        if not isinstance(response, HttpResponse) or media_type not in TYPES or len(response.content) < MIN_BYTES:
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
