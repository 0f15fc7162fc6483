"""The URLs of version 1 of the API."""

from django.urls import path

from . import batches, digits, me, transfer, versions

app_name = "api"
urlpatterns = [
    path("digits/", digits.DigitList.as_view(), name="digit-list"),
    path("digits/<uuid:public_id>/", digits.DigitDetail.as_view(), name="digit-detail"),
    path("digits/<uuid:public_id>/correction/", digits.DigitCorrection.as_view(), name="digit-correction"),
    path("digits/<uuid:public_id>/confirmation/", digits.DigitConfirmation.as_view(), name="digit-confirmation"),
    path("digits/<uuid:public_id>/number/correction/", digits.NumberCorrection.as_view(), name="number-correction"),
    path(
        "digits/<uuid:public_id>/number/confirmation/", digits.NumberConfirmation.as_view(), name="number-confirmation"
    ),
    path("digits/<uuid:public_id>/predictions/", digits.DigitPredictions.as_view(), name="digit-predictions"),
    path("digits/<uuid:public_id>/input.png", digits.DigitInput.as_view(), name="digit-input"),
    path("digits/<uuid:public_id>/original/", digits.DigitOriginal.as_view(), name="digit-original"),
    path("models/", versions.ModelList.as_view(), name="model-list"),
    path("models/<uuid:public_id>/", versions.ModelDetail.as_view(), name="model-detail"),
    path("me/", me.Me.as_view(), name="me"),
    path("batches/", batches.BatchList.as_view(), name="batch-list"),
    path("batches/<uuid:public_id>/", batches.BatchDetail.as_view(), name="batch-detail"),
    path("batches/<uuid:public_id>/cancel/", batches.BatchCancel.as_view(), name="batch-cancel"),
    path("batches/<uuid:public_id>/results.json", batches.BatchJson.as_view(), name="batch-json"),
    path("batches/<uuid:public_id>/results.csv", batches.BatchCsv.as_view(), name="batch-csv"),
    path("batches/<uuid:public_id>/table.csv", batches.BatchTableCsv.as_view(), name="batch-table-csv"),
    path("batches/<uuid:public_id>/table.xlsx", batches.BatchTableXlsx.as_view(), name="batch-table-xlsx"),
    path("export/digits.json", transfer.ExportJson.as_view(), name="export-json"),
    path("export/digits.csv", transfer.ExportCsv.as_view(), name="export-csv"),
    path("export/table.csv", transfer.ExportTableCsv.as_view(), name="export-table-csv"),
    path("export/table.xlsx", transfer.ExportTableXlsx.as_view(), name="export-table-xlsx"),
    path("export/corrected.npz", transfer.ExportNpz.as_view(), name="export-npz"),
    path("export/all.zip", transfer.ExportAll.as_view(), name="export-all"),
    path("imports/", transfer.ImportList.as_view(), name="import-list"),
    path("imports/<uuid:public_id>/", transfer.ImportDetail.as_view(), name="import-detail"),
    path("imports/<uuid:public_id>/cancel/", transfer.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<uuid:public_id>/remove/", transfer.ImportRemove.as_view(), name="import-remove"),
]
