"""The addresses of the API, version 1."""

from django.urls import path

from . import api, export_api

app_name = "api"
urlpatterns = [
    path("digits/", api.DigitList.as_view(), name="digit-list"),
    path("digits/<uuid:public_id>/", api.DigitDetail.as_view(), name="digit-detail"),
    path("export/digits.json", export_api.ExportFile.as_view(), {"kind": "json"}, name="export-json"),
    path("export/digits.csv", export_api.ExportFile.as_view(), {"kind": "csv"}, name="export-csv"),
    path("export/corrected.npz", export_api.ExportFile.as_view(), {"kind": "npz"}, name="export-npz"),
    path("export/all.zip", export_api.ExportFile.as_view(), {"kind": "zip"}, name="export-all"),
    path("imports/", export_api.ImportList.as_view(), name="import-list"),
    path("imports/<uuid:public_id>/", export_api.ImportDetail.as_view(), name="import-detail"),
    path("imports/<uuid:public_id>/cancel/", export_api.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<uuid:public_id>/remove/", export_api.ImportRemove.as_view(), name="import-remove"),
]
