"""Checks the head and the records of an export against its JSON Schema.

What a schema cannot say (dates that exist, sums, references) is checked where rows are made.
"""

import json
import re
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from classifier.transfer.export_format import SCHEMA_FILE, Record
from classifier.transfer.importing.errors import RecordRejected

from .documents import LISTS, Head

Path = list[str | int]

_SCHEMA = json.loads(SCHEMA_FILE.read_text())
_HEAD = {
    "type": "object",
    "required": [name for name in _SCHEMA["required"] if name not in LISTS],
    "properties": {name: value for name, value in _SCHEMA["properties"].items() if name not in LISTS},
}
_DEFINITIONS = _SCHEMA["$defs"] | {"head": _HEAD}
_NOUNS = {"head": "The head", "batch": "The batch", "drawing": "The drawing", "unread": "The record"}
_VALIDATORS = {kind: Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": _DEFINITIONS}) for kind in _NOUNS}
_KIND_OF_PART = {"batches": "batch", "drawings": "drawing", "unread": "unread"}
_FILES = ("original", "archive")  # without which a record is imported all the same

_TYPES = {"boolean": "true or false", "object": "an object", "null": "null"}


class InvalidRecord(RecordRejected):
    """A record does not match the schema. `path` leads to what is wrong."""

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(sentence)
        self.path = path


def check_head(head: Head) -> None:
    """Raises RecordRejected."""
    _check("head", head)


def checked(part: str, value: Any) -> tuple[Record, str]:
    """A record from this list of the export, and a remark if it refers to its file in a wrong way.

    Then the record is returned without its file. Raises RecordRejected.
    """
    if isinstance(value, RecordRejected):
        raise value
    kind = _KIND_OF_PART[part]
    try:
        _check(kind, value)
    except InvalidRecord as error:
        if len(error.path) < 2 or error.path[0] not in _FILES:
            raise
        without_file = value | {error.path[0]: None}
        _check(kind, without_file)
        return without_file, str(error)
    return value, ""


def _check(kind: str, value: Any) -> None:
    try:
        _VALIDATORS[kind].validate(value)
    except ValidationError as error:
        raise InvalidRecord(_sentence(kind, error), error.instance_path) from None
    except ValueError:  # what the validator cannot even read
        raise RecordRejected("It holds text that is not Unicode, or is nested too deeply.") from None


def _sentence(kind: str, error: ValidationError) -> str:
    path, schema_path = error.instance_path, error.schema_path
    if error.kind.name == "required":
        return f"{_words([*path, error.kind.as_dict()['property']])} is missing."
    if "propertyNames" in schema_path:
        schema_path = schema_path[: schema_path.index("propertyNames") + 1]
    schema: Any = {"$ref": f"#/$defs/{kind}", "$defs": _DEFINITIONS}
    for step in schema_path[:-1]:
        schema = schema[step]
    return f"{_words(path) or _NOUNS[kind]} must be {_expected(schema)}."


def _words(path: Path) -> str:
    """A path like digits[0].label; keys that the format does not know are left out."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step}]"
        else:
            words += ("." if words else "") + (step if re.fullmatch("[a-z_0-9]{1,40}", step) else "…")
    return words


def _expected(schema: Record) -> str:
    """What a value must be: the schema's title, or words for its type and limits."""
    if "title" in schema:
        return str(schema["title"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return "one of: " + ", ".join(str(each) or "an empty text" for each in schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return ", or ".join(_TYPES.get(each) or _with_limits(each, schema) for each in types)


def _with_limits(kind: str, schema: Record) -> str:
    if kind in ("integer", "number"):
        noun = "a whole number" if kind == "integer" else "a number"
        return noun + _range(schema.get("minimum"), schema.get("maximum"))
    if kind == "string":
        return f"text of {_count(schema.get('minLength', 0), schema['maxLength'])} characters"
    if "maxItems" in schema:
        return f"a list of {_count(schema.get('minItems', 0), schema['maxItems'])}"
    return "a list"


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return "" if low is None else f" of at least {low:,}"
    return f" from {low:,} to {high:,}"


def _count(low: int, high: int) -> str:
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}" if low else f"at most {high:,}"
