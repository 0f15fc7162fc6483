"""Builds the whole description."""

import json
from importlib import import_module
from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.validation import validate_schema

from classifier.api import DESCRIBED
from classifier.models import Batch, Correction, Drawing, Import, ModelVersion, Prediction

from . import operations as operations  # describes the views when it is imported
from .bodies import PRECISE
from .errors import PROBLEM_SCHEMA, errors_of
from .links import add_links
from .parameters import describe_filters, headers_of, response_headers
from .properties import describe_properties

INTRODUCTION = """\
Send handwritten digits, get the network's answers, and manage your data.

Programs authenticate with a token (`Authorization: Token YOUR_KEY`). Create one on the page *API tokens*. To try the
API on this page, it is enough to be signed in. Errors are problem details (RFC 9457). The headers `RateLimit` and
`RateLimit-Policy` of every answer tell how many requests remain (draft-ietf-httpapi-ratelimit-headers-10)."""

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
    # Several components have a `status`; without these names drf-spectacular invents some.
    "ENUM_NAME_OVERRIDES": {
        "BatchStatusEnum": Batch.Status.choices,
        "ImportStatusEnum": Import.Status.choices,
        "PredictionStatusEnum": Prediction.Status.choices,
        "ReviewEnum": Correction.Review.choices,
        "SourceEnum": Drawing.Source.choices,
        "VersionKindEnum": ModelVersion.Kind.choices,
    },
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "classifier.accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        description = "The word `Token`, a space and the key: `Token YOUR_KEY`"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}


def as_json() -> str:
    return json.dumps(build(), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def build() -> dict[str, Any]:
    """Returns the description as an OpenAPI object. Raises jsonschema.ValidationError if it is invalid."""
    for name in DESCRIBED:
        import_module(name)
    spectacular_settings.apply_patches(SETTINGS)  # type: ignore[no-untyped-call]
    urls = import_string("digitsite.urls.urlpatterns")
    document: dict[str, Any] = SchemaGenerator(patterns=urls).get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    components = document["components"]
    _complete_schemas(components["schemas"])
    components["headers"] = response_headers()
    components["securitySchemes"]["cookieAuth"]["name"] = "sessionid"  # each site puts its own in
    describe_filters(document["paths"])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete_operation(path, method, operation)
            add_links(operation)
    validate_schema(document)  # type: ignore[no-untyped-call]
    return document


def _complete_schemas(schemas: dict[str, Any]) -> None:
    _modernise(schemas)
    for (component, name), schema in PRECISE.items():
        schemas[component]["properties"][name] = dict(schema)
    describe_properties(schemas)
    for schema in schemas.values():
        if "properties" in schema:  # an answer always has all of its properties
            schema["required"] = list(schema["properties"])
    schemas["Problem"] = PROBLEM_SCHEMA


def _modernise(part: Any) -> None:
    """Writes null as OpenAPI 3.1 does; drf-spectacular still writes 3.0's `nullable`. Removes its made-up examples."""
    if isinstance(part, dict):
        if part.pop("nullable", False):
            part["type"] = [part["type"], "null"]
        part.pop("example", None)
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _modernise(child)


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    """Adds the errors and the headers to an operation, and a description to answers that have none."""
    responses = operation["responses"] | errors_of(path, method, operation)
    has_etag = "304" in responses
    for status, response in responses.items():
        response["description"] = response["description"] or "Success"
        if names := headers_of(status, has_etag=has_etag):
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    operation["responses"] = dict(sorted(responses.items()))
