"""The operations: their names, summaries, bodies and answers."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_view

from classifier.api.schema.bodies import BINARY
from classifier.api.schema.describing import ACCEPTED, DELETED, form, get_one, operation
from classifier.digits.spreadsheets import XLSX_TYPE

from .. import results, shares, sheets, stacks, values, webhooks
from .bodies import ATTEMPT, CHANGE, COUNT, DECISION, FORM, OFFER, ONE_IN, PRINTED, SHARE, STACK, TEXT

Stacks, WholeStack, Pages = stacks.StackSerializer, stacks.WholeStackSerializer, stacks.StackPageSerializer
Sheet, WholeSheet = sheets.SheetSerializer, sheets.WholeSheetSerializer
Value = values.ValueSerializer


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
    post=operation("sheets", "sheets_restore", "Restore a deleted sheet", {200: WholeSheet}, request=None)
)(sheets.SheetRestore)
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

SHARES = {200: _list_of(SHARE)}
extend_schema_view(
    get=get_one("sheets", "sheets_shares", "List the people with whom you share a sheet", SHARES),
    put=operation(
        "sheets",
        "sheets_share",
        "Share a sheet with a person, or change what they may do: `read` results, `decide` fields, or `change` the "
        "sheet and put stacks in",
        SHARES,
        request=_json(SHARE),
    ),
)(shares.ShareList)
extend_schema_view(delete=operation("sheets", "sheets_unshare", "Stop sharing a sheet with a person", DELETED))(
    shares.ShareDetail
)

SHEET = _query("sheet", "Only stacks of the sheet with this id.", format="uuid")
extend_schema_view(
    get=operation("stacks", "stacks_list", "List the stacks", {200: Stacks(many=True)}, parameters=[SHEET]),
    post=operation(
        "stacks",
        "stacks_send",
        "Put a stack of filled-in pages in, which is read in the background",
        {202: OpenApiResponse(stacks.NewStackSerializer, ACCEPTED)},
        request=form(STACK),
    ),
)(stacks.StackList)
extend_schema_view(
    get=get_one("stacks", "stacks_get", "Get a stack and its progress", {200: WholeStack}),
    patch=operation(
        "stacks", "stacks_tolerate", "Change how many errors are tolerable", {200: WholeStack}, request=_json(ONE_IN)
    ),
    delete=operation("stacks", "stacks_delete", "Delete a stack with its pages and values", DELETED),
)(stacks.StackDetail)
extend_schema_view(
    post=operation("stacks", "stacks_restore", "Restore a deleted stack", {200: WholeStack}, request=None)
)(stacks.StackRestore)
extend_schema_view(
    post=operation("stacks", "stacks_cancel", "Stop a stack and keep what was read", {200: WholeStack}, request=None)
)(stacks.StackCancel)
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
    get=get_one("values", "values_crop", "Get a picture of what is written in a field", {(200, "image/jpeg"): BINARY})
)(values.ValueCrop)
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

ATTEMPTS = {200: _list_of(ATTEMPT)}
extend_schema_view(
    get=get_one("stacks", "stacks_webhook", "List the attempts to tell your program that the stack is done", ATTEMPTS),
    post=operation("stacks", "stacks_webhook_again", "Send this message again", ATTEMPTS, request=None),
)(webhooks.WebhookAttempts)
