"""The operations: their names, summaries, bodies and answers. Importing this module describes the views."""

from drf_spectacular.utils import OpenApiRequest, OpenApiResponse, extend_schema_view

from classifier.api import batches, digits, me, serializers, transfer, versions
from classifier.decoding.formats import VIEWABLE
from classifier.digits.spreadsheets import XLSX_TYPE

from .bodies import ARCHIVE, BINARY, EXPORT, PICTURE, PREDICTIONS, SEVEN, SKETCH
from .describing import ACCEPTED, DELETED, form, get_one, operation
from .parameters import IDEMPOTENCY_KEY, KIND, PREFER

PICTURES = [*VIEWABLE.values(), "application/octet-stream"]

Digit = serializers.DigitSerializer
WholeDigit = serializers.WholeDigitSerializer
Correction = serializers.CorrectionSerializer
NumberCorrection = serializers.NumberCorrectionSerializer
Model = serializers.ModelSerializer
Batch = batches.BatchSerializer
Import = transfer.ImportSerializer
ImportDetail = transfer.ImportDetailSerializer


# Digits
extend_schema_view(
    get=operation("digits", "digits_list", "List your digits", {200: Digit(many=True)}),
    post=operation(
        "digits",
        "digits_send",
        "Send a digit, or several in a row",
        {
            201: OpenApiResponse(WholeDigit, "Stored and read: the leftmost digit, with all digits of the drawing"),
            202: OpenApiResponse(WholeDigit, "Stored, but not read in time; ask again at `Location`"),
        },
        request={"application/json": OpenApiRequest(SKETCH, examples=[SEVEN]), **form(PICTURE)},
        parameters=[PREFER, IDEMPOTENCY_KEY],
        examples=[SEVEN],
    ),
)(digits.DigitList)
extend_schema_view(
    get=get_one("digits", "digits_get", "Get a digit", {200: WholeDigit}),
    delete=operation("digits", "digits_delete", "Delete a digit with its drawing and all of its digits", DELETED),
)(digits.DigitDetail)
extend_schema_view(
    put=operation("digits", "digits_correct", "Correct a digit", {200: Correction}, request=Correction),
    delete=operation("digits", "digits_uncorrect", "Withdraw a correction", {204: OpenApiResponse(None, "Withdrawn")}),
)(digits.DigitCorrection)
extend_schema_view(
    post=operation(
        "digits", "digits_confirm", "Confirm that a digit was read correctly", {200: Correction}, request=None
    )
)(digits.DigitConfirmation)
extend_schema_view(
    put=operation(
        "digits",
        "numbers_correct",
        "Correct the number that a digit belongs to, as a whole",
        {200: NumberCorrection},
        request=NumberCorrection,
    ),
    delete=operation(
        "digits",
        "numbers_uncorrect",
        "Withdraw the correction of a whole number, with those of digits that follow from it",
        {204: OpenApiResponse(None, "Withdrawn")},
    ),
)(digits.NumberCorrection)
extend_schema_view(
    post=operation(
        "digits",
        "numbers_confirm",
        "Confirm that the number a digit belongs to was read correctly",
        {200: NumberCorrection},
        request=None,
    )
)(digits.NumberConfirmation)
extend_schema_view(
    get=get_one(
        "digits",
        "digits_predictions",
        "List the predictions of all model versions for a digit",
        {200: OpenApiResponse(PREDICTIONS, "Newest first")},
    )
)(digits.DigitPredictions)
extend_schema_view(
    get=get_one("digits", "digits_input", "Get the network's 28×28 input picture", {(200, "image/png"): BINARY})
)(digits.DigitInput)
extend_schema_view(
    get=get_one(
        "digits", "digits_original", "Get the original drawing or file", {(200, kind): BINARY for kind in PICTURES}
    )
)(digits.DigitOriginal)

# Models and the account
extend_schema_view(
    get=operation("models", "models_list", "List the model versions", {200: Model(many=True)}, parameters=[KIND])
)(versions.ModelList)
extend_schema_view(get=get_one("models", "models_get", "Get a model version", {200: Model}))(versions.ModelDetail)
extend_schema_view(get=operation("me", "me", "Get your account's name and counts", {200: serializers.MeSerializer}))(
    me.Me
)

# Batches
extend_schema_view(
    get=operation("batches", "batches_list", "List your batches", {200: Batch(many=True)}),
    post=operation(
        "batches",
        "batches_send",
        "Send many pictures, which are read in the background",
        {202: OpenApiResponse(Batch, ACCEPTED)},
        request=form(ARCHIVE),
    ),
)(batches.BatchList)
extend_schema_view(
    get=get_one("batches", "batches_get", "Get a batch and its progress", {200: Batch}),
    delete=operation("batches", "batches_delete", "Delete a batch with all of its digits", DELETED),
)(batches.BatchDetail)
extend_schema_view(
    post=operation(
        "batches", "batches_cancel", "Stop a batch and keep the digits read so far", {200: Batch}, request=None
    )
)(batches.BatchCancel)
for view, name, media_type, schema, summary in (
    (batches.BatchJson, "results_json", "application/json", {"type": "object"}, "Get the results of a batch as JSON"),
    (batches.BatchCsv, "results_csv", "text/csv", {"type": "string"}, "Get the results of a batch as CSV"),
    (batches.BatchTableCsv, "table_csv", "text/csv", {"type": "string"}, "Get a short table of a batch as CSV"),
    (batches.BatchTableXlsx, "table_xlsx", XLSX_TYPE, BINARY, "Get a short table of a batch for Excel"),
):
    extend_schema_view(get=operation("batches", f"batches_{name}", summary, {(200, media_type): schema}))(view)

# Export and import
for export, media_type, schema, summary in (
    (transfer.ExportJson, "application/json", {"type": "object"}, "Export your digits as JSON (see docs/export.md)"),
    (transfer.ExportCsv, "text/csv", BINARY, "Export your digits as a table"),
    (transfer.ExportTableCsv, "text/csv", BINARY, "Export a short table of your drawings as CSV"),
    (transfer.ExportTableXlsx, XLSX_TYPE, BINARY, "Export a short table of your drawings for Excel"),
    (transfer.ExportNpz, "application/octet-stream", BINARY, "Export your corrected digits in MNIST's layout (.npz)"),
    (transfer.ExportAll, "application/zip", BINARY, "Export everything: the JSON and the original files"),
):
    extend_schema_view(
        get=operation("export", f"export_{export.kind.replace('-', '_')}", summary, {(200, media_type): schema})
    )(export)
extend_schema_view(
    get=operation("export", "imports_list", "List your imports", {200: Import(many=True)}),
    post=operation(
        "export",
        "imports_send",
        "Import an export in the background",
        {202: OpenApiResponse(ImportDetail, ACCEPTED)},
        request=form(EXPORT),
    ),
)(transfer.ImportList)
extend_schema_view(get=get_one("export", "imports_get", "Get an import and its progress", {200: ImportDetail}))(
    transfer.ImportDetail
)
extend_schema_view(
    post=operation(
        "export",
        "imports_cancel",
        "Stop an import and keep the drawings stored so far",
        {200: ImportDetail},
        request=None,
    )
)(transfer.ImportCancel)
extend_schema_view(
    post=operation(
        "export", "imports_remove", "Remove everything that an import has stored", {200: ImportDetail}, request=None
    )
)(transfer.ImportRemove)
