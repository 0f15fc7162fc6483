"""The API's description (OpenAPI) and the page to try it.

The description is a file written by `manage.py write_schema`, because generating it takes 10 MB of memory. A test
compares the two.
"""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_safe

SCHEMA = Path(__file__).resolve().parents[1] / "data" / "openapi.json"


@cache
def _schema() -> tuple[bytes, str]:
    """The file, with the path and the cookie of this site, and its ETag. Parsing the file would take memory."""
    content = SCHEMA.read_bytes().replace(
        b'"name": "sessionid"', b'"name": "%s"' % settings.SESSION_COOKIE_NAME.encode()
    )
    if settings.SCRIPT_NAME:
        servers = b'{\n "servers": [{"url": "%s"}],' % settings.SCRIPT_NAME.encode()
        content = content.replace(b"{", servers, 1)
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@require_safe
@condition(etag_func=lambda request: _schema()[1])
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_schema()[0], content_type="application/json", headers={"Cache-Control": "no-cache"})


@require_safe
@never_cache  # it holds the browser's CSRF token
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "classifier/site/api_docs.html")
