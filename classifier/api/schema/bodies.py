"""Request bodies, and the parts of answers that serializer fields and type hints do not describe fully."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiExample

from classifier.decoding.formats import titles
from classifier.models import Prediction
from classifier.recognition.verdict import REASONS

LABEL = {"type": "integer", "minimum": 0, "maximum": 9}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
BINARY = {"type": "string", "format": "binary"}
FILE = BINARY | {"contentMediaType": "application/octet-stream"}
FLAG_OF_FORM = {"type": "string", "enum": ["true", "false"], "default": "false"}
COORDINATE = {"type": "number", "description": "In pixels of the pad."}

SKETCH = {
    "type": "object",
    "required": ["strokes", "size", "pen"],
    "properties": {
        "strokes": {
            "type": "array",
            "description": (
                "The path of the pen: a list of strokes, each a list of points [x, y] or [x, y, time in ms]. "
                "x points right, y down."
            ),
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
        "pen": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Width of the pen in pixels, at most half the pad.",
        },
        "one_digit": {
            "type": "boolean",
            "default": False,
            "description": "The drawing is a single digit and is not split.",
        },
    },
}
SEVEN = OpenApiExample(
    "A seven",
    {"strokes": [[[60, 60], [220, 60], [130, 230]]], "size": [280, 280], "pen": 18},
    request_only=True,
    media_type="application/json",
)
PICTURE = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": FILE | {"description": f"A file in one of these formats, with one page: {titles('or')}."},
        "one_digit": FLAG_OF_FORM,
    },
}
ARCHIVE = {
    "type": "object",
    "properties": {
        "file": FILE
        | {
            "description": "A ZIP file of pictures. Folders named 0 to 9 or a labels.csv give their true labels. "
            "Each page of a PDF or TIFF is a picture of its own."
        },
        "image": {"type": "array", "items": FILE, "description": "The pictures themselves, instead of a ZIP file."},
        "one_digit": FLAG_OF_FORM,
    },
}
EXPORT = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": FILE | {"description": "A file from /api/v1/export/all.zip or /api/v1/export/digits.json."}},
}
PREDICTIONS = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}}},
}

# Properties of components whose Python type says too little.
PRECISE: dict[tuple[str, str], dict[str, Any]] = {
    ("Prediction", "verdict"): {"type": ["string", "null"], "enum": [*Prediction.Verdict.values, None]},
    ("Prediction", "reason"): {"type": ["string", "null"], "enum": [*REASONS, None]},
    ("Prediction", "digit"): LABEL | {"type": ["integer", "null"]},
}


def _describe_field(name: str, schema: dict[str, Any]) -> None:
    """Registers the schema of a field class of `serializers`."""

    class Extension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
        target_class = f"classifier.api.serializers.{name}"

        def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
            return dict(schema)


_describe_field("Digits", {"type": "array", "items": LABEL, "maxItems": 10, "uniqueItems": True})
_describe_field("Box", {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4})
_describe_field("Probabilities", {"type": "array", "items": SHARE, "minItems": 10, "maxItems": 10})
