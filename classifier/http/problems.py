"""Errors of the API as problem details (RFC 9457)."""

import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from classifier.recognition.errors import ClassifierError

from . import rejections

CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, code: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """An application/problem+json answer; `type` stays about:blank, `code` is for programs."""
    return Response(_body(status, detail, code) | more, status=status, headers=headers, content_type=CONTENT_TYPE)


def plain_problem(status: int, detail: str, code: str) -> JsonResponse:
    """The same where REST framework is not at work: no view was found, or none was reached."""
    return JsonResponse(_body(status, detail, code), status=status, content_type=CONTENT_TYPE)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or request.path == "/api"


def _body(status: int, detail: str, code: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: every error that a request can cause, as problem details."""
    set_rollback()
    answer = _answer(error)
    if isinstance(error, ClassifierError):
        rejections.count_error(error)
    elif answer is not None:
        rejections.count(answer.data["code"])
    return answer


def _answer(error: Exception) -> Response | None:
    if isinstance(error, Http404):
        return problem(404, "There is no such thing here.", "not_found")
    if isinstance(error, PermissionDenied):
        return problem(403, "You may not do this.", "forbidden")
    if isinstance(error, RequestDataTooBig):
        return problem(413, "This is too much at once.", "too_large")
    if isinstance(error, SuspiciousOperation | RecursionError):  # recursion: JSON nested without end
        return problem(400, "The request cannot be read.", "malformed")
    if isinstance(error, ClassifierError):
        headers = {"Retry-After": "1"} if error.status in (409, 429, 503) else None
        return problem(error.status, str(error), error.code, headers)
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "The request does not hold what it should.", "malformed", errors=error.detail)
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    code = error.get_codes()
    return problem(error.status_code, str(error.detail), code if isinstance(code, str) else "error", headers)
