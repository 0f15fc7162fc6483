"""How the API is described as OpenAPI 3.1: what drf-spectacular finds in the views, and what only we know.

Loaded by `manage.py write_schema` and by nothing that serves.
"""

import json
from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from drf_spectacular.validation import validate_schema

from classifier.digits.filters import DigitFilter
from classifier.digits.idempotency import LONGEST_KEY
from classifier.models import Batch, Correction, Drawing, Import, Prediction
from classifier.recognition.verdict import REASONS

from . import batches, digits, me, serializers, transfer, versions

INTRODUCTION = """\
Send handwritten digits, get what the network reads, and manage what you sent.

Programs sign their requests with a token (`Authorization: Token YOUR_KEY`), made on the page *API tokens*. On this
page you may also just be signed in. Errors are problem details (RFC 9457). Answers say in `RateLimit` and
`RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) how much more may be asked."""

SETTINGS: dict[str, Any] = {
    "TITLE": "digitsite",
    "DESCRIPTION": INTRODUCTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    # Several things have a `status`; without names of their own drf-spectacular makes one up.
    "ENUM_NAME_OVERRIDES": {
        "BatchStatusEnum": Batch.Status.choices,
        "ImportStatusEnum": Import.Status.choices,
        "PredictionStatusEnum": Prediction.Status.choices,
        "ReviewEnum": Correction.Review.choices,
        "SourceEnum": Drawing.Source.choices,
    },
}
PROBLEM = "application/problem+json"
PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "application/octet-stream"]


class Schema(AutoSchema):
    """settings.REST_FRAMEWORK names this class."""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "classifier.accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        words = "`Token`, a space and the key: `Token YOUR_KEY`"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


def _describe_field(target: str, schema: dict[str, Any]) -> None:
    """Describe a field class by a schema of its own."""

    class Extension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
        target_class = f"classifier.api.serializers.{target}"

        def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
            return dict(schema)


LABEL = {"type": "integer", "minimum": 0, "maximum": 9}
COORDINATE = {"type": "number", "description": "Pixels of the pad."}
_describe_field("Digits", {"type": "array", "items": LABEL, "maxItems": 10, "uniqueItems": True})
_describe_field("Box", {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4})
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_describe_field("Probabilities", {"type": "array", "items": SHARE, "minItems": 10, "maxItems": 10})

SKETCH = {
    "type": "object",
    "required": ["strokes", "size", "pen"],
    "properties": {
        "strokes": {
            "type": "array",
            "description": "The pen's way: strokes of points [x, y] or [x, y, time in ms]; x to the right, y down.",
            "items": {
                "type": "array",
                "items": {"type": "array", "items": COORDINATE, "minItems": 2, "maxItems": 3},
            },
        },
        "size": {
            "type": "array",
            "description": "Width and height of the pad in pixels.",
            "items": {"type": "number", "exclusiveMinimum": 0},
            "minItems": 2,
            "maxItems": 2,
        },
        "pen": {"type": "number", "exclusiveMinimum": 0, "description": "Width of the pen, at most half the pad."},
        "one_digit": {"type": "boolean", "default": False, "description": "It is one digit, which is not to be cut."},
    },
}
UPLOAD = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {
            "type": "string",
            "format": "binary",
            "contentMediaType": "application/octet-stream",
            "description": "PNG, JPEG, WebP, GIF, BMP or TIFF.",
        },
        "one_digit": {"type": "string", "enum": ["true", "false"], "default": "false"},
    },
}
SEVEN = OpenApiExample(
    "A seven",
    {"strokes": [[[60, 60], [220, 60], [130, 230]]], "size": [280, 280], "pen": 18},
    request_only=True,
    media_type="application/json",
)


def _header(name: str, words: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name, {"type": "string"} | schema, OpenApiParameter.HEADER, description=words, required=False
    )


PREFER = _header(
    "Prefer",
    "RFC 7240: `wait=10` waits up to 10 seconds for the answer (25 at most), `respond-async` not at all.",
    examples=["respond-async"],
)
IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    'A name of your own for this request, as `"KEY"`: sent again with the same body within 24 hours, nothing is '
    "stored twice, and the answer is about the same digit (draft-ietf-httpapi-idempotency-key-header-07).",
    pattern=rf'^"[A-Za-z0-9_.:-]{{1,{LONGEST_KEY}}}"$',
)
IF_NONE_MATCH = _header("If-None-Match", "The `ETag` of what you have: 304 when it is still the same.")


def _answer(serializer: Any, words: str) -> OpenApiResponse:
    return OpenApiResponse(serializer, words)


def _operation(tag: str, name: str, summary: str, answers: dict[Any, Any], **more: Any) -> Any:
    return extend_schema(operation_id=name, summary=summary, tags=[tag], responses=answers, **more)


def _get_one(tag: str, name: str, summary: str, answers: dict[Any, Any]) -> Any:
    """A thing with an ETag."""
    return _operation(tag, name, summary, answers | {304: _answer(None, "Not modified")}, parameters=[IF_NONE_MATCH])


BINARY = {"type": "string", "format": "binary"}
RESULTS = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}}},
}
Whole = serializers.WholeDigitSerializer
extend_schema_view(
    get=_operation(
        "digits",
        "digits_list",
        "My digits, newest first",
        {200: serializers.DigitSerializer(many=True)},
    ),
    post=_operation(
        "digits",
        "digits_send",
        "Send a digit, or several in a row",
        {
            201: _answer(Whole, "Stored and read; the leftmost digit, and all of them"),
            202: _answer(Whole, "Stored, and not read in time; ask again at `Location`"),
        },
        request={
            "application/json": OpenApiRequest(SKETCH, examples=[SEVEN]),
            "multipart/form-data": OpenApiRequest(UPLOAD),
        },
        parameters=[PREFER, IDEMPOTENCY_KEY],
        examples=[SEVEN],
    ),
)(digits.DigitList)
extend_schema_view(
    get=_get_one("digits", "digits_get", "One digit", {200: Whole}),
    delete=_operation(
        "digits",
        "digits_delete",
        "Delete a digit, with its drawing and all of its digits",
        {204: _answer(None, "Gone")},
    ),
)(digits.DigitDetail)
extend_schema_view(
    put=_operation(
        "digits",
        "digits_correct",
        "Say what a digit really is",
        {200: serializers.CorrectionSerializer},
        request=serializers.CorrectionSerializer,
    ),
    delete=_operation("digits", "digits_uncorrect", "Take the correction back", {204: _answer(None, "Taken back")}),
)(digits.DigitCorrection)
extend_schema_view(
    get=_get_one(
        "digits",
        "digits_predictions",
        "What each model version said of a digit",
        {200: _answer(RESULTS, "Newest first")},
    )
)(digits.DigitPredictions)
extend_schema_view(
    get=_get_one("digits", "digits_input", "The 28×28 picture that the network is given", {(200, "image/png"): BINARY})
)(digits.DigitInput)
extend_schema_view(
    get=_get_one("digits", "digits_original", "What was put in", {(200, kind): BINARY for kind in PICTURES})
)(digits.DigitOriginal)
extend_schema_view(
    get=_operation(
        "models", "models_list", "Model versions, newest first", {200: serializers.ModelSerializer(many=True)}
    )
)(versions.ModelList)
extend_schema_view(get=_get_one("models", "models_get", "One model version", {200: serializers.ModelSerializer}))(
    versions.ModelDetail
)
extend_schema_view(get=_operation("me", "me", "Who I am, and how much I have", {200: serializers.MeSerializer}))(me.Me)
ARCHIVE = {
    "type": "object",
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "contentMediaType": "application/octet-stream",
            "description": "A ZIP of pictures; folders named 0 to 9 or a labels.csv say what they show.",
        },
        "image": {
            "type": "array",
            "items": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
            "description": "Or the pictures one by one.",
        },
        "one_digit": {"type": "string", "enum": ["true", "false"], "default": "false"},
    },
}
extend_schema_view(
    get=_operation("batches", "batches_list", "My batches, newest first", {200: batches.BatchSerializer(many=True)}),
    post=_operation(
        "batches",
        "batches_send",
        "Send many pictures at once, to be read in the background",
        {202: _answer(batches.BatchSerializer, "Stored; ask again at `Location`")},
        request={"multipart/form-data": OpenApiRequest(ARCHIVE)},
    ),
)(batches.BatchList)
extend_schema_view(
    get=_get_one("batches", "batches_get", "One batch, and how far it is read", {200: batches.BatchSerializer}),
    delete=_operation(
        "batches", "batches_delete", "Delete a batch with all of its digits", {204: _answer(None, "Gone")}
    ),
)(batches.BatchDetail)
extend_schema_view(
    post=_operation(
        "batches",
        "batches_cancel",
        "Read no more of a batch; what was read is kept",
        {200: batches.BatchSerializer},
        request=None,
    )
)(batches.BatchCancel)
extend_schema_view(
    get=_operation(
        "batches",
        "batches_results_json",
        "What was read, file by file",
        {(200, "application/json"): {"type": "object"}},
    )
)(batches.BatchJson)
extend_schema_view(
    get=_operation(
        "batches", "batches_results_csv", "What was read, file by file", {(200, "text/csv"): {"type": "string"}}
    )
)(batches.BatchCsv)

for view, kind, words in (
    (transfer.ExportJson, "application/json", "My digits with all that belongs to them, as JSON (docs/export.md)"),
    (transfer.ExportCsv, "text/csv", "My digits as a table"),
    (transfer.ExportNpz, "application/octet-stream", "My corrected digits in MNIST's layout, as NumPy's .npz"),
    (transfer.ExportAll, "application/zip", "Everything of mine: that JSON and the originals"),
):
    extend_schema_view(
        get=_operation(
            "export", f"export_{view.kind}", words, {(200, kind): {"type": "object"} if view.kind == "json" else BINARY}
        )
    )(view)
EXPORT = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "contentMediaType": "application/octet-stream",
            "description": "What /api/v1/export/all.zip or digits.json gave.",
        }
    },
}
Imported = transfer.ImportDetailSerializer
extend_schema_view(
    get=_operation("export", "imports_list", "My imports, newest first", {200: transfer.ImportSerializer(many=True)}),
    post=_operation(
        "export",
        "imports_send",
        "Have an export taken in, in the background",
        {202: _answer(Imported, "Stored; ask again at `Location`")},
        request={"multipart/form-data": OpenApiRequest(EXPORT)},
    ),
)(transfer.ImportList)
extend_schema_view(get=_get_one("export", "imports_get", "How far an import is", {200: Imported}))(
    transfer.ImportDetail
)
extend_schema_view(
    post=_operation(
        "export", "imports_cancel", "Read no further; what has been brought stays", {200: Imported}, request=None
    )
)(transfer.ImportCancel)
extend_schema_view(
    post=_operation(
        "export", "imports_remove", "Remove everything that an ended import has brought", {200: Imported}, request=None
    )
)(transfer.ImportRemove)

ERRORS = {
    400: "The request is not what is described here",
    401: "No token, or one that is not known or has expired",
    403: "The token may only read, or a browser's CSRF token is missing",
    404: "There is no such thing of yours",
    405: "This address has no such method; `Allow` says which it has",
    406: "Answers are `application/json`",
    409: "The request with this `Idempotency-Key` is being worked on",
    413: "Too large",
    415: "A format that is not read",
    422: "A damaged picture, nothing on it, or an `Idempotency-Key` that was used for something else",
    429: "Too many requests; `Retry-After` says when to go on",
    503: "Something of the site's is away; try again",
}
EVERYWHERE = {401, 405, 429}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What was wrong, in a sentence."},
        "code": {"type": "string", "description": "A stable name of it, for programs."},
        "errors": {"description": "What was wrong with each field."},
    },
}
TEXT = {"type": "string"}
HEADERS = {
    "RateLimit": ("What is left: `r` requests in the next `t` seconds", {"type": "string", "pattern": '^"default";r='}),
    "RateLimit-Policy": ("`q` requests in `w` seconds", {"type": "string", "pattern": '^"default";q='}),
    "Retry-After": ("Seconds to wait", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("The scheme that is asked for", TEXT),
    "Allow": ("The methods that this address has", TEXT),
    "ETag": ("Names this state of the thing", TEXT),
    "Location": ("Address of the digit", {"type": "string", "format": "uri"}),
    "Preference-Applied": ("Which preference was heeded, RFC 7240", TEXT),
}
HEADERS_OF = {
    401: ["WWW-Authenticate"],
    405: ["Allow"],
    409: ["Retry-After"],
    429: ["Retry-After"],
    503: ["Retry-After"],
    201: ["Location", "Preference-Applied"],
    202: ["Location", "Preference-Applied"],
}
REQUIRED = {"WWW-Authenticate", "Allow", "Location", "ETag", "Retry-After"}


def _errors_of(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    found = set(EVERYWHERE)
    is_picture = path.endswith(("input.png", "original/", "results.json", "results.csv")) or "/export/" in path
    found |= {404} if "{" in path else set()
    found |= set() if is_picture else {406}
    found |= {403} if method in ("post", "put", "delete") else set()
    found |= {400, 413, 415} if method in ("post", "put") else set()
    found |= {404, 409, 422, 503} if method == "post" else set()
    found |= {400} if any(each["in"] == "query" for each in operation.get("parameters", [])) else set()
    return found


# Where the ids in an answer lead: for whoever reads, and for programs that try one address after the other.
OF_A_DIGIT = ["get", "delete", "correct", "uncorrect", "predictions", "input", "original"]
OF_A_BATCH = ["get", "delete", "cancel", "results_json", "results_csv"]
LINKS = {
    "digits_send": ("/id", [f"digits_{name}" for name in OF_A_DIGIT]),
    "digits_list": ("/results/0/id", [f"digits_{name}" for name in OF_A_DIGIT]),
    "models_list": ("/results/0/id", ["models_get"]),
    "batches_list": ("/results/0/id", [f"batches_{name}" for name in OF_A_BATCH]),
    "batches_send": ("/id", [f"batches_{name}" for name in OF_A_BATCH]),
}


def _add_links(operation: dict[str, Any]) -> None:
    pointer, targets = LINKS.get(operation["operationId"], ("", []))
    links = {name: {"operationId": name, "parameters": {"public_id": f"$response.body#{pointer}"}} for name in targets}
    for status in ("200", "201", "202"):
        if links and status in operation["responses"]:
            operation["responses"][status]["links"] = links


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Write the errors and the headers into one operation."""
    answers = operation["responses"]
    for status in sorted(_errors_of(path, method, operation)):
        body = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        answers[str(status)] = {"description": ERRORS[status], "content": body}
    has_tag = "304" in answers
    for status, answer in answers.items():
        names = ["RateLimit", "RateLimit-Policy"] if status != "401" else []
        names += HEADERS_OF.get(int(status), [])
        names += ["ETag"] if has_tag and status in ("200", "304") else []
        if names:
            answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    operation["responses"] = dict(sorted(answers.items()))


# What the types of Python do not tell.
PRECISE: dict[tuple[str, str], dict[str, Any]] = {
    ("Prediction", "verdict"): {"type": ["string", "null"], "enum": [*Prediction.Verdict.values, None]},
    ("Prediction", "reason"): {"type": ["string", "null"], "enum": [*REASONS, None]},
    ("Prediction", "digit"): LABEL | {"type": ["integer", "null"]},
}

# What a filter is, beyond what its form's field tells.
OF_FILTERS: dict[str, dict[str, Any]] = {
    "batch": {"type": "string", "format": "uuid"},
    "min_confidence": SHARE,
    "max_confidence": SHARE,
}


def _describe_filters(paths: dict[str, Any]) -> None:
    """Say of the filters what they take, and that exports honour them as the list of digits does."""
    given = paths["/api/v1/digits/"]["get"]["parameters"]
    of_digits = [each for each in given if each["name"] in DigitFilter.base_filters]
    for each in of_digits:
        each["schema"].update(OF_FILTERS.get(each["name"], {}))
        each["description"] = each["description"].strip()
    choosing = [each for each in of_digits if each["name"] != "sort"]  # a file has its own order
    for path, operations in paths.items():
        if "/export/" in path:
            operations["get"]["parameters"] = choosing


def _tidy(part: Any) -> None:
    """Say null as OpenAPI 3.1 does, where drf-spectacular still says it as 3.0 did."""
    if isinstance(part, dict):
        if part.pop("nullable", False):
            part["type"] = [part["type"], "null"]
        part.pop("example", None)  # of other people's addresses
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _tidy(each)


def build() -> dict[str, Any]:
    """The whole description. Raises jsonschema.ValidationError when it is none."""
    from drf_spectacular.settings import spectacular_settings

    spectacular_settings.apply_patches(SETTINGS)  # type: ignore[no-untyped-call]
    urls = import_string("digitsite.urls.urlpatterns")
    found: dict[str, Any] = SchemaGenerator(patterns=urls).get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    things = found["components"]["schemas"]
    _tidy(things)
    for (thing, name), schema in PRECISE.items():
        things[thing]["properties"][name] = schema
    for thing in things.values():
        if "properties" in thing:  # whatever is answered is answered whole
            thing["required"] = list(thing["properties"])
    things["Problem"] = PROBLEM_SCHEMA
    _describe_filters(found["paths"])
    found["components"]["headers"] = {
        name: {"description": words, "schema": schema} | ({"required": True} if name in REQUIRED else {})
        for name, (words, schema) in HEADERS.items()
    }
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
            _add_links(operation)
    validate_schema(found)  # type: ignore[no-untyped-call]
    return found


def text() -> str:
    return json.dumps(build(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"
