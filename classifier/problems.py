"""Errors of the API as problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from .errors import ClassifierError


def problem(status: int, detail: str, code: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """An application/problem+json answer; `type` stays about:blank, `code` is for programs."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    return Response(body | more, status=status, headers=headers, content_type="application/problem+json")


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: every error that a request can cause, as problem details."""
    set_rollback()
    if isinstance(error, Http404):
        return problem(404, "There is no such thing here.", "not_found")
    if isinstance(error, PermissionDenied):
        return problem(403, "You may not do this.", "forbidden")
    if isinstance(error, ClassifierError):
        return problem(error.status, str(error), error.code)
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "The request does not hold what it should.", "malformed", errors=error.detail)
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(round(wait))
    code = error.get_codes()
    return problem(error.status_code, str(error.detail), code if isinstance(code, str) else "error", headers)
