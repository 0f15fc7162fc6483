"""The description of these endpoints as OpenAPI. Only `manage.py write_schema` loads it, see classifier.api.schema."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_view

from classifier.api.schema import SETTINGS, errors, links, properties
from classifier.api.schema.bodies import BINARY, FILE
from classifier.api.schema.describing import DELETED, form, get_one, operation
from classifier.digits.spreadsheets import XLSX_TYPE
from classifier.sheets.fields.description import Kind
from classifier.sheets.fields.marks import PAPERS
from classifier.sheets.models import Stack, StackPage

from . import results, sheets, stacks, values, webhooks

Stacks, Pages = stacks.StackSerializer, stacks.StackPageSerializer
Sheet, WholeSheet = sheets.SheetSerializer, sheets.WholeSheetSerializer
Value = values.ValueSerializer

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


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": schema}


def _list_of(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = {"results": {"type": "array", "items": items}} | more
    return {"type": "object", "required": list(found), "properties": found}


def _component(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, TEXT | schema, description=description)


extend_schema_view(
    get=operation("sheets", "sheets_list", "List your sheets and those shared with you", {200: Sheet(many=True)}),
    post=operation(
        "sheets",
        "sheets_create",
        "Make a sheet: of an empty form that you upload, or one that this site prints",
        {201: OpenApiResponse(WholeSheet, "Stored")},
        request={**_json(PRINTED), **form(FORM)},
    ),
)(sheets.SheetList)
extend_schema_view(
    get=get_one("sheets", "sheets_get", "Get a sheet and its fields", {200: WholeSheet}),
    put=operation("sheets", "sheets_change", "Change the fields of a sheet", {200: WholeSheet}, request=_json(CHANGE)),
    delete=operation("sheets", "sheets_delete", "Delete a sheet with its stacks", DELETED),
)(sheets.SheetDetail)
extend_schema_view(
    get=get_one("sheets", "sheets_page", "Get the picture of an empty page", {(200, "image/png"): BINARY})
)(sheets.SheetPagePicture)
extend_schema_view(
    get=get_one("sheets", "sheets_offers", "Find rectangles that look like fields", {200: _list_of(OFFER)})
)(sheets.SheetOffers)
extend_schema_view(
    post=operation("sheets", "sheets_turn", "Turn an empty page by 90° clockwise", {200: WholeSheet}, request=None)
)(sheets.SheetTurn)
extend_schema_view(
    get=operation(
        "sheets",
        "sheets_pdf",
        "Get a printed sheet as PDF",
        {(200, "application/pdf"): BINARY},
        parameters=[
            _query("first", "The first copy.", pattern="^[1-9][0-9]{0,5}$"),
            _query("last", "The last copy; by default that of the roster's last line.", pattern="^[1-9][0-9]{0,5}$"),
        ],
    )
)(sheets.SheetPdf)

SHEET = _query("sheet", "Only stacks of the sheet with this id.", format="uuid")
extend_schema_view(
    get=operation("stacks", "stacks_list", "List the stacks", {200: Stacks(many=True)}, parameters=[SHEET])
)(stacks.StackList)
extend_schema_view(get=get_one("stacks", "stacks_get", "Get a stack and its progress", {200: Stacks}))(
    stacks.StackDetail
)
extend_schema_view(
    get=get_one(
        "stacks",
        "stacks_pages",
        "List the pages, with what became of each",
        {200: Pages(many=True)},
    )
)(stacks.StackPages)
extend_schema_view(get=get_one("stacks", "stacks_page", "Get the picture of a page", {(200, "image/jpeg"): BINARY}))(
    stacks.StackPagePicture
)

STATE = _query("state", "Only values in this state; `check` also counts as taken.", enum=list(values.STATES))
extend_schema_view(
    get=get_one("values", "values_list", "List the values, page by page", {200: Value(many=True)}, parameters=[STATE])
)(values.ValueList)
extend_schema_view(
    get=get_one("values", "values_get", "Get a value", {200: Value}),
    put=operation("values", "values_decide", "Decide a value", {200: Value}, request=_json(DECISION)),
)(values.ValueDetail)
extend_schema_view(
    post=operation(
        "values",
        "values_next",
        "Hold the next values that you should look at, for two minutes",
        {200: _list_of(_component("Value"), left={"type": "integer", "description": "Values to look at in all."})},
        request=_json(COUNT),
    )
)(values.NextValues)
extend_schema_view(
    post=operation("values", "values_undo", "Take back your last decision in the stack", {200: Value}, request=None)
)(values.UndoneValue)

for view, media_type, schema, what in (
    (results.ResultsJson, "application/json", {"type": "object"}, "JSON"),
    (results.ResultsCsv, "text/csv", BINARY, "CSV"),
    (results.ResultsXlsx, XLSX_TYPE, BINARY, "XLSX"),
):
    name = f"stacks_results_{view.extension}"
    extend_schema_view(
        get=operation("stacks", name, f"Get the table of a stack as {what}", {(200, media_type): schema})
    )(view)

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
ATTEMPTS = {200: _list_of(ATTEMPT)}
extend_schema_view(
    get=get_one("stacks", "stacks_webhook", "List the attempts to tell your program that the stack is done", ATTEMPTS),
    post=operation("stacks", "stacks_webhook_again", "Send this message again", ATTEMPTS, request=None),
)(webhooks.WebhookAttempts)

errors.FILE_ENDINGS += [".png", ".jpg", ".pdf", "results.xlsx"]
SETTINGS["ENUM_NAME_OVERRIDES"] |= {
    "StackStatusEnum": Stack.Status.choices,
    "StackPageStatusEnum": StackPage.Status.choices,
}
OF_A_SHEET = ["get", "change", "delete", "pdf"]
OF_A_STACK = ["get", "pages", "webhook", "results_json", "results_csv", "results_xlsx"]
links.LINKS |= {
    "sheets_list": ("/results/0/id", [f"sheets_{name}" for name in OF_A_SHEET]),
    "sheets_create": ("/id", [f"sheets_{name}" for name in OF_A_SHEET]),
    "stacks_list": ("/results/0/id", [*(f"stacks_{name}" for name in OF_A_STACK), "values_list", "values_next"]),
}
_SHEET = {
    "url": "Its address.",
    "owner": "The name of the person who owns it.",
    "rights": "What you may do with it: everything (owner), change it and put stacks in (change), decide fields "
    "(decide), or see results (read).",
    "is_printed": "Printed by this site, with marks and a code.",
    "paper": "Of a printed sheet.",
    "changed": "When its fields were last changed.",
    "pages": "Addresses of the pictures of its empty pages.",
    "stacks": "Address of the list of its stacks.",
}
properties.DESCRIPTIONS |= {
    "Sheet": _SHEET,
    "WholeSheet": _SHEET
    | {"description": "Its fields, see docs/sheets.md.", "roster": "A line for each copy, printed on it."},
    "Stack": {
        "url": "Its address.",
        "sheet": "Id of its sheet.",
        "message": "What you should know about it.",
        "size": "Of what was uploaded, in bytes.",
        "total": "Pages found so far.",
        "one_in": "Of so many values that are taken unseen, one may be wrong.",
        "keep_days": "Days after which it is removed; null if it is kept.",
        "webhook": "Where this site says that it is done.",
        "pages": "Address of the list of its pages.",
        "values": "Address of the list of its values.",
    },
    "StackPage": {
        "number": "In the stack, from 1.",
        "name": "Of the file.",
        "page": "Of a file with several, from 1.",
        "reason": "Why it was not read, as a stable name for programs.",
        "sentence": "The reason as a sentence.",
        "sheet_page": "Which page of the sheet it is, from 1.",
        "copy": "The number of the printed copy.",
        "label": "What the roster says of this copy.",
        "picture": "Address of its picture: laid straight if it was read, as received if not.",
    },
    "Value": {
        "url": "Its address.",
        "page": "Number of its page in the stack.",
        "key": "Of its field; of a cell of a table, `table.row.column`.",
        "name": "Of its field, or of its column.",
        "table": "Key of its table.",
        "row": "Of its table, from 1.",
        "state": "`taken` unseen, `open` (left to people), `check` (taken, and also shown to people), or `decided`.",
        "text": "What counts: as read, or as a person decided. `x` for a check box that is marked.",
        "read": "As it was read; empty for an empty field.",
        "confidence": "The probability that it was read correctly.",
        "risk": "The smallest share of wrong values that must be tolerated for this one to be taken unseen.",
        "alternatives": "Other readings, the most probable first.",
        "reason": "Why it is doubtful, as a stable name for programs.",
        "is_check": "One of the hundredth part that people look at even if it may be taken.",
        "decided": "When a person decided.",
        "decided_by": "Name of that person.",
    },
}
