"""The errors of each operation, as problem details."""

from typing import Any

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What went wrong, as a sentence."},
        "code": {"type": "string", "description": "What went wrong, as a stable name for programs."},
        "errors": {"description": "What is wrong with each field."},
    },
}
DESCRIPTIONS = {
    400: "The request does not match this description",
    401: "The token is missing, unknown or expired",
    403: "The token is read-only, or a browser's CSRF token is missing",
    404: "You have no such resource",
    405: "The method is not allowed here; `Allow` lists the allowed methods",
    406: "The only format of answers is `application/json`",
    409: "The request with this `Idempotency-Key` is still in progress, or the resource is not in a state for this",
    413: "Too large",
    415: "The format is not supported",
    422: "The picture is damaged or empty; or the file has several pages (`several_pages`: send it to "
    "`/api/v1/batches/`); or the `Idempotency-Key` was used for another request",
    429: "Too many requests; `Retry-After` says how long to wait",
    503: "A part of the site is unavailable; `Retry-After` says when to try again",
}
EVERYWHERE = {401, 405, 429, 503}
FILE_ENDINGS = ["input.png", "original/", "results.json", "results.csv", "table.csv", "table.xlsx"]

FURTHER = dict[str, set[int]]()  # statuses that only some operations have, by the names of these


def errors_of(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The error responses of an operation, by status."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    statuses = sorted(_statuses(path, method, operation))
    return {str(status): {"description": DESCRIPTIONS[status], "content": content} for status in statuses}


def _statuses(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    statuses = EVERYWHERE | FURTHER.get(operation["operationId"], set())
    is_file = path.endswith(tuple(FILE_ENDINGS)) or "/export/" in path
    if not is_file:
        statuses |= {406}
    if "{" in path:
        statuses |= {404}
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
        statuses |= {400}
    if method in ("post", "put", "patch", "delete"):
        statuses |= {403}
    if method in ("post", "put", "patch"):
        statuses |= {400, 413, 415}
    if method == "post":
        statuses |= {404, 409, 422}
    return statuses
