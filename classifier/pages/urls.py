"""The URLs of the pages."""

from django.urls import path

from . import api_docs, batches, digits, pad, privacy, rereading, site, transfer
from .accounts import tokens
from .accounts import views as accounts
from .history import deletion, listing, summary

app_name = "classifier"
urlpatterns = [
    path("", pad.home, name="home"),
    path("drawings/", pad.drawing_save, name="drawing-save"),
    path("drawings/preview/", pad.drawing_preview, name="drawing-preview"),
    path("pictures/", pad.picture_upload, name="picture-upload"),
    path("samples/", pad.sample_take, name="sample-take"),
    path("history/", listing.history_page, name="history"),
    path("history/summary/", summary.summary_page, name="summary"),
    path("history/deleted/", deletion.deleted_page, name="deleted"),
    path("history/delete/", deletion.digits_delete, name="digits-delete"),
    path("history/restore/", deletion.digits_restore, name="digits-restore"),
    path("history/remove/", deletion.digits_remove, name="digits-remove"),
    path("again/", rereading.rereading_page, name="rereading"),
    path("again/<uuid:public_id>/cancel/", rereading.rereading_cancel, name="rereading-cancel"),
    path("digits/<uuid:public_id>/", digits.digit_detail, name="digit-detail"),
    path("digits/<uuid:public_id>/input.png", digits.digit_input, name="digit-input"),
    path("digits/<uuid:public_id>/picture/", digits.digit_original, name="digit-original"),
    path("digits/<uuid:public_id>/why/", digits.digit_why, name="digit-why"),
    path("digits/<uuid:public_id>/correction/", digits.digit_correct, name="digit-correct"),
    path("digits/<uuid:public_id>/delete/", deletion.digit_delete, name="digit-delete"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<uuid:public_id>/", batches.batch_detail, name="batch-detail"),
    path("batches/<uuid:public_id>/cancel/", batches.batch_cancel, name="batch-cancel"),
    path("batches/<uuid:public_id>/delete/", batches.batch_delete, name="batch-delete"),
    path("batches/<uuid:public_id>/archive/", batches.batch_archive, name="batch-archive"),
    path("batches/<uuid:public_id>/results.json", batches.batch_json, name="batch-json"),
    path("batches/<uuid:public_id>/results.csv", batches.batch_csv, name="batch-csv"),
    path("model/", site.model, name="model"),
    path("model/<uuid:public_id>/", site.model, name="model-version"),
    path("privacy/", privacy.privacy_page, name="privacy"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<uuid:public_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("api/schema/", api_docs.schema, name="api-schema"),
    path("api/docs/", api_docs.docs, name="api-docs"),
    path("account/", accounts.account, name="account"),
    path("account/profile/", accounts.profile, name="account-profile"),
    path("account/sessions/", accounts.session_list, name="account-sessions"),
    path("account/sessions/end/", accounts.session_end, name="account-session-end"),
    path("account/close/", accounts.close, name="account-close"),
    path("export/", transfer.export_page, name="export"),
    path("export/digits.json", transfer.export_file, {"kind": "json"}, name="export-json"),
    path("export/digits.csv", transfer.export_file, {"kind": "csv"}, name="export-csv"),
    path("export/corrected.npz", transfer.export_file, {"kind": "npz"}, name="export-npz"),
    path("export/all.zip", transfer.export_file, {"kind": "zip"}, name="export-all"),
    path("import/", transfer.import_create, name="import"),
    path("import/<uuid:public_id>/", transfer.import_detail, name="import-detail"),
    path("import/<uuid:public_id>/cancel/", transfer.import_cancel, name="import-cancel"),
    path("import/<uuid:public_id>/remove/", transfer.import_remove, name="import-remove"),
    path("healthz", site.healthz, name="healthz"),
    path("readyz", site.readyz, name="readyz"),
]
