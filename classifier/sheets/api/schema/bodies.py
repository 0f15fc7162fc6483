"""What requests contain, and the parts of answers that serializers do not describe."""

from dataclasses import fields
from typing import Any

from classifier.api.schema.bodies import FILE
from classifier.api.schema.bodies import SHARE as SHARE_OF_ONE
from classifier.sheets.deciding.checks import Checks
from classifier.sheets.fields.description import Kind
from classifier.sheets.fields.marks import PAPERS
from classifier.sheets.stacks.lifecycle import ONE_IN_AT_MOST
from classifier.sheets.stacks.progress import Figures, Forecast

from .. import shares

TEXT: dict[str, Any] = {"type": "string"}
DESCRIPTION = {"type": "object", "description": "The fields of the sheet, see docs/sheets.md."}
FORM = {
    "type": "object",
    "required": ["file", "name"],
    "properties": {
        "file": FILE | {"description": "The empty form: a PDF, a TIFF or a picture. Each page is a page of the sheet."},
        "name": TEXT,
    },
}
PRINTED = {
    "type": "object",
    "required": ["name", "description"],
    "properties": {
        "name": TEXT,
        "description": DESCRIPTION,
        "paper": {"type": "string", "enum": list(PAPERS), "default": "A4"},
        "roster": {"type": "array", "items": TEXT, "description": "A line for each copy, printed on it."},
    },
}
CHANGE = {
    "type": "object",
    "required": ["description"],
    "properties": {
        "description": DESCRIPTION,
        "name": TEXT,
        "changed": TEXT
        | {"format": "date-time", "description": "As you have read it: then a change of others in between is a 409."},
    },
}
DECISION = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": ["string", "null"], "description": "What is written in the field; null if nothing is."},
        "force": {"type": "boolean", "default": False, "description": "Although the rules of the field forbid it."},
        "is_first": {"type": "boolean", "default": False, "description": "Keep what another person has decided."},
    },
}
COUNT = {"type": "object", "properties": {"count": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}}}
TOLERANCE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": ONE_IN_AT_MOST}
ONE_IN = {"type": "object", "required": ["one_in"], "properties": {"one_in": TOLERANCE}}
STACK = {
    "type": "object",
    "required": ["sheet", "file"],
    "properties": {
        "sheet": TEXT | {"format": "uuid"},
        "file": FILE | {"description": "A PDF, a TIFF, a picture, or a ZIP of these. Send the field again for more."},
        "one_in": TOLERANCE | {"default": 200, "description": "Of so many values taken unseen, one may be wrong."},
        "keep_days": {"type": "integer", "minimum": 1, "description": "Days after which it is removed."},
        "webhook": TEXT | {"description": "Where this site says that it is done, see docs/sheets.md."},
        "webhook_secret": TEXT | {"description": "Signs this message. Without it, the answer has a new one."},
    },
}
OFFER = {
    "type": "object",
    "required": ["box", "kind", "cells", "rows"],
    "properties": {
        "box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        "kind": {"type": "string", "enum": list(Kind)},
        "cells": {"type": "integer"},
        "rows": {"type": "integer"},
    },
}
TIME = {"format": "date-time"}
ATTEMPT = {
    "type": "object",
    "required": ["number", "due", "sent", "status", "sentence"],
    "properties": {
        "number": {"type": "integer", "description": "From 1."},
        "due": TEXT | TIME | {"description": "When it is, or was, to be sent."},
        "sent": TIME | {"type": ["string", "null"], "description": "When it was sent; null if it is still to be sent."},
        "status": {"type": ["integer", "null"], "description": "The HTTP status of the answer."},
        "sentence": TEXT | {"description": "What went wrong; empty if it was accepted."},
    },
}


def _of(counts: type, **more: Any) -> dict[str, Any]:
    """The schema of a dataclass of numbers and flags."""
    properties = {each.name: {"type": "boolean" if each.type is bool else "integer"} for each in fields(counts)} | more
    return {"type": "object", "required": list(properties), "properties": properties}


INTERVAL = {"type": "array", "items": SHARE_OF_ONE, "minItems": 2, "maxItems": 2}
FIGURES = _of(Figures)
FORECAST = {"type": "array", "items": _of(Forecast, sentence=TEXT)}
CHECKS = _of(Checks, rate=SHARE_OF_ONE, interval=INTERVAL, sentence=TEXT)
RIGHTS = {"type": "string", "enum": list(shares.LEVELS)}
SHARE = {"type": "object", "required": ["name", "rights"], "properties": {"name": TEXT, "rights": RIGHTS}}
