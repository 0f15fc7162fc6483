"""The addresses of the API, version 1."""

from django.urls import path

from . import api, batch_api, export_api

app_name = "api"
urlpatterns = [
    path("digits/", api.DigitList.as_view(), name="digit-list"),
    path("digits/<uuid:public_id>/", api.DigitDetail.as_view(), name="digit-detail"),
    path("digits/<uuid:public_id>/correction/", api.DigitCorrection.as_view(), name="digit-correction"),
    path("digits/<uuid:public_id>/predictions/", api.DigitPredictions.as_view(), name="digit-predictions"),
    path("digits/<uuid:public_id>/input.png", api.DigitInput.as_view(), name="digit-input"),
    path("digits/<uuid:public_id>/original/", api.DigitOriginal.as_view(), name="digit-original"),
    path("models/", api.ModelList.as_view(), name="model-list"),
    path("models/<uuid:public_id>/", api.ModelDetail.as_view(), name="model-detail"),
    path("me/", api.Me.as_view(), name="me"),
    path("batches/", batch_api.BatchList.as_view(), name="batch-list"),
    path("batches/<uuid:public_id>/", batch_api.BatchDetail.as_view(), name="batch-detail"),
    path("batches/<uuid:public_id>/cancel/", batch_api.BatchCancel.as_view(), name="batch-cancel"),
    path("batches/<uuid:public_id>/results.json", batch_api.BatchJson.as_view(), name="batch-json"),
    path("batches/<uuid:public_id>/results.csv", batch_api.BatchCsv.as_view(), name="batch-csv"),
    path("export/digits.json", export_api.ExportJson.as_view(), name="export-json"),
    path("export/digits.csv", export_api.ExportCsv.as_view(), name="export-csv"),
    path("export/corrected.npz", export_api.ExportNpz.as_view(), name="export-npz"),
    path("export/all.zip", export_api.ExportAll.as_view(), name="export-all"),
    path("imports/", export_api.ImportList.as_view(), name="import-list"),
    path("imports/<uuid:public_id>/", export_api.ImportDetail.as_view(), name="import-detail"),
    path("imports/<uuid:public_id>/cancel/", export_api.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<uuid:public_id>/remove/", export_api.ImportRemove.as_view(), name="import-remove"),
]
