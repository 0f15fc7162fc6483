"""The API's errors as problem details (RFC 9457)."""

import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from classifier.recognition.errors import ClassifierError

from . import forgery, rejections

CONTENT_TYPE = "application/problem+json"
CSRF_FAILED = "CSRF Failed: "  # REST framework's words, before Django's reason
RETRY_AFTER_S = 1  # for errors that go away by themselves


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/") or request.path_info == "/api"


def plain_problem(status: int, detail: str, code: str) -> JsonResponse:
    """A problem for requests that no endpoint has handled."""
    return JsonResponse(_body(status, detail, code), status=status, content_type=CONTENT_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: answers and counts every error that a request can cause."""
    set_rollback()
    response = _response(_with_cause(error, context))
    if isinstance(error, ClassifierError):
        rejections.count_error(error)
    elif response is not None:
        rejections.count(response.data["code"])
    return response


def _with_cause(error: Exception, context: dict[str, Any]) -> Exception:
    """The same error, with the cause if a browser's request could not be confirmed (CSRF)."""
    reason = str(getattr(error, "detail", ""))
    if not reason.startswith(CSRF_FAILED):
        return error
    return exceptions.PermissionDenied(" ".join(forgery.cause(context["request"], reason.removeprefix(CSRF_FAILED))))


def _response(error: Exception) -> Response | None:
    """None for errors of ours, which become a 500."""
    if isinstance(error, ClassifierError):
        headers = {"Retry-After": str(RETRY_AFTER_S)} if error.status in (409, 429, 503) else None
        return _problem(error.status, str(error), error.code, headers)
    if isinstance(error, exceptions.ValidationError):
        return _problem(400, "The request is invalid; see errors.", "malformed", errors=error.detail)
    if isinstance(error, exceptions.APIException):
        return _framework_problem(error)
    return _django_problem(error)


def _django_problem(error: Exception) -> Response | None:
    if isinstance(error, Http404):
        return _problem(404, "Not found.", "not_found")
    if isinstance(error, PermissionDenied):
        return _problem(403, "Permission denied.", "forbidden")
    if isinstance(error, RequestDataTooBig):
        return _problem(413, "The request is too large.", "too_large")
    if isinstance(error, SuspiciousOperation | RecursionError):  # RecursionError: JSON nested too deeply
        return _problem(400, "The request cannot be parsed.", "malformed")
    return None


def _framework_problem(error: exceptions.APIException) -> Response:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    code = error.get_codes()
    return _problem(error.status_code, str(error.detail), code if isinstance(code, str) else "error", headers)


def _problem(status: int, detail: str, code: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return Response(_body(status, detail, code) | more, status=status, headers=headers, content_type=CONTENT_TYPE)


def _body(status: int, detail: str, code: str) -> dict[str, Any]:
    """`type` is always about:blank; `code` is the stable name for programs.

    A detail may repeat what was sent, and JSON can contain half a character (`"\\ud800"`), which no answer can.
    """
    detail = detail.encode(errors="replace").decode()
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
