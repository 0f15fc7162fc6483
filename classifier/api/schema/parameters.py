"""Request headers, response headers and filters."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from classifier.digits.filters import DigitFilter
from classifier.digits.idempotency import LONGEST_KEY
from classifier.models import ModelVersion

from .bodies import SHARE


def _header(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name, {"type": "string"} | schema, OpenApiParameter.HEADER, description=description, required=False
    )


PREFER = _header(
    "Prefer",
    "`wait=10` waits up to 10 seconds for the answer (at most 25), `respond-async` does not wait (RFC 7240).",
    examples=["respond-async"],
)
IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    'A key that you choose for this request, as `"KEY"`. If you send the same body with it again within 24 hours, '
    "nothing is stored twice, and the answer describes the same digit (draft-ietf-httpapi-idempotency-key-header-07).",
    pattern=rf'^"[A-Za-z0-9_.:-]{{1,{LONGEST_KEY}}}"$',
)
IF_NONE_MATCH = _header("If-None-Match", "The `ETag` of your copy. The answer is 304 if nothing has changed.")
KIND = OpenApiParameter(
    "kind",
    {"type": "string", "enum": list(ModelVersion.Kind), "default": ModelVersion.Kind.DIGIT},
    description="Only versions of this kind.",
)

TEXT = {"type": "string"}
RESPONSE_HEADERS = {
    "RateLimit": ("`r` requests remain for the next `t` seconds", {"type": "string", "pattern": '^"default";r='}),
    "RateLimit-Policy": ("`q` requests are allowed in `w` seconds", {"type": "string", "pattern": '^"default";q='}),
    "Retry-After": ("Seconds to wait before the next request", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("The required authentication scheme", TEXT),
    "Allow": ("The allowed methods", TEXT),
    "ETag": ("Identifies this version of the resource", TEXT),
    "Location": ("Address of the new resource", {"type": "string", "format": "uri"}),
    "Preference-Applied": ("The preference that was applied (RFC 7240)", TEXT),
}
ALWAYS_SENT = {"WWW-Authenticate", "Allow", "Location", "ETag", "Retry-After"}
HEADERS_OF_STATUS = {
    201: ["Location", "Preference-Applied"],
    202: ["Location", "Preference-Applied"],
    401: ["WWW-Authenticate"],
    405: ["Allow"],
    409: ["Retry-After"],
    429: ["Retry-After"],
    503: ["Retry-After"],
}

FILTERS = {
    "after": "Only digits of this day or later, in the site's time zone.",
    "batch": "Only digits of the batch with this id.",
    "before_date": "Only digits of this day or earlier, in the site's time zone.",
    "corrected": "Only digits that you have corrected (true) or not corrected (false).",
    "digit": "Only digits read as this one. Repeat the parameter for several.",
    "label": "Only digits that you corrected to this label; `none` means not a digit.",
    "known": "Only digits known to be this: corrected to it, or else labelled so by their batch or sample.",
    "number": "Only digits of drawings whose number, as corrected or else as read, has these figures in a row, with "
    "the signs among them if there are any.",
    "max_confidence": "Only digits read with at most this confidence.",
    "min_confidence": "Only digits read with at least this confidence.",
    "sort": "The order of the list.",
    "source": "Only digits from this source.",
    "status": "Only digits whose newest prediction has this status.",
    "verdict": "Only digits with this verdict.",
    "version": "Only digits answered by the model version with this name or id.",
    "wrong": "Only digits that were read wrongly (true), or the others (false). All digits of a number that was cut "
    "into more or fewer digits than it has count as wrong.",
}
# What the form field of a filter does not tell.
TYPES_OF_FILTERS: dict[str, dict[str, Any]] = {
    "batch": {"type": "string", "format": "uuid"},
    "min_confidence": SHARE,
    "max_confidence": SHARE,
}


def response_headers() -> dict[str, Any]:
    """The headers among the components."""
    return {
        name: {"description": description, "schema": schema} | ({"required": True} if name in ALWAYS_SENT else {})
        for name, (description, schema) in RESPONSE_HEADERS.items()
    }


def headers_of(status: str, *, has_etag: bool) -> list[str]:
    """The names of the headers of an answer with this status."""
    names = ["RateLimit", "RateLimit-Policy"] if status != "401" else []
    names += HEADERS_OF_STATUS.get(int(status), [])
    names += ["ETag"] if has_etag and status in ("200", "304") else []
    return names


def describe_filters(paths: dict[str, Any]) -> None:
    """Describes the filters of the list of digits, and copies them to the exports, which accept the same."""
    listing = paths["/api/v1/digits/"]["get"]["parameters"]
    filters = [parameter for parameter in listing if parameter["name"] in DigitFilter.base_filters]
    for parameter in filters:
        parameter["schema"].update(TYPES_OF_FILTERS.get(parameter["name"], {}))
        parameter["description"] = FILTERS[parameter["name"]]
    of_files = [parameter for parameter in filters if parameter["name"] != "sort"]  # a file has a fixed order
    for path, operations in paths.items():
        if "/export/" in path:
            operations["get"]["parameters"] = of_files
