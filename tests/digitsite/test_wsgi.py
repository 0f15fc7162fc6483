"""The WSGI application: what a server receives from it."""

from io import BytesIO

import pytest
from django.test import RequestFactory

from digitsite.wsgi import application


@pytest.mark.django_db  # a request closes connections that earlier tests have left
@pytest.mark.parametrize("path", ["/healthz", "/static/nothing"])
def test_head_is_answered_without_a_body(path):
    """Gunicorn would write a warning into the log for each."""
    heads = []
    environ = RequestFactory().generic("HEAD", path).environ | {"wsgi.input": BytesIO()}
    body = application(environ, lambda status, headers: heads.append((status, dict(headers))))
    assert b"".join(body) == b""
    assert int(heads[0][1]["Content-Length"]) > 0
