"""The addresses of the pages."""

from django.urls import path

from . import export_views, views

app_name = "classifier"
urlpatterns = [
    path("", views.home, name="home"),
    path("drawings/", views.drawing_save, name="drawing-save"),
    path("drawings/preview/", views.drawing_preview, name="drawing-preview"),
    path("pictures/", views.picture_upload, name="picture-upload"),
    path("samples/", views.sample_take, name="sample-take"),
    path("history/", views.history_page, name="history"),
    path("digits/<uuid:public_id>/", views.digit_detail, name="digit-detail"),
    path("digits/<uuid:public_id>/input.png", views.digit_input, name="digit-input"),
    path("digits/<uuid:public_id>/picture/", views.digit_original, name="digit-original"),
    path("digits/<uuid:public_id>/why/", views.digit_why, name="digit-why"),
    path("digits/<uuid:public_id>/correction/", views.digit_correct, name="digit-correct"),
    path("digits/<uuid:public_id>/delete/", views.digit_delete, name="digit-delete"),
    path("model/", views.model, name="model"),
    path("model/<uuid:public_id>/", views.model, name="model-version"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<uuid:public_id>/revoke/", views.token_revoke, name="token-revoke"),
    path("export/", export_views.export_page, name="export"),
    path("export/digits.json", export_views.export_file, {"kind": "json"}, name="export-json"),
    path("export/digits.csv", export_views.export_file, {"kind": "csv"}, name="export-csv"),
    path("export/corrected.npz", export_views.export_file, {"kind": "npz"}, name="export-npz"),
    path("export/all.zip", export_views.export_file, {"kind": "zip"}, name="export-all"),
    path("import/", export_views.import_create, name="import"),
    path("import/<uuid:public_id>/", export_views.import_detail, name="import-detail"),
    path("import/<uuid:public_id>/cancel/", export_views.import_cancel, name="import-cancel"),
    path("import/<uuid:public_id>/remove/", export_views.import_remove, name="import-remove"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
