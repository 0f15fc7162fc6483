"""The addresses of the pages."""

from django.urls import path

from . import account_views, api_docs, batch_views, history_views, views

app_name = "classifier"
urlpatterns = [
    path("", views.home, name="home"),
    path("drawings/", views.drawing_save, name="drawing-save"),
    path("drawings/preview/", views.drawing_preview, name="drawing-preview"),
    path("pictures/", views.picture_upload, name="picture-upload"),
    path("samples/", views.sample_take, name="sample-take"),
    path("history/", history_views.history_page, name="history"),
    path("history/summary/", history_views.summary_page, name="summary"),
    path("history/deleted/", history_views.deleted_page, name="deleted"),
    path("history/delete/", history_views.digits_delete, name="digits-delete"),
    path("history/restore/", history_views.digits_restore, name="digits-restore"),
    path("history/remove/", history_views.digits_remove, name="digits-remove"),
    path("again/", history_views.again_page, name="again"),
    path("again/<uuid:public_id>/cancel/", history_views.again_cancel, name="again-cancel"),
    path("digits/<uuid:public_id>/", views.digit_detail, name="digit-detail"),
    path("digits/<uuid:public_id>/input.png", views.digit_input, name="digit-input"),
    path("digits/<uuid:public_id>/picture/", views.digit_original, name="digit-original"),
    path("digits/<uuid:public_id>/why/", views.digit_why, name="digit-why"),
    path("digits/<uuid:public_id>/correction/", views.digit_correct, name="digit-correct"),
    path("digits/<uuid:public_id>/delete/", history_views.digit_delete, name="digit-delete"),
    path("batches/", batch_views.batch_list, name="batches"),
    path("batches/<uuid:public_id>/", batch_views.batch_detail, name="batch-detail"),
    path("batches/<uuid:public_id>/cancel/", batch_views.batch_cancel, name="batch-cancel"),
    path("batches/<uuid:public_id>/delete/", batch_views.batch_delete, name="batch-delete"),
    path("batches/<uuid:public_id>/archive/", batch_views.batch_archive, name="batch-archive"),
    path("batches/<uuid:public_id>/results.json", batch_views.batch_json, name="batch-json"),
    path("batches/<uuid:public_id>/results.csv", batch_views.batch_csv, name="batch-csv"),
    path("model/", views.model, name="model"),
    path("model/<uuid:public_id>/", views.model, name="model-version"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<uuid:public_id>/revoke/", views.token_revoke, name="token-revoke"),
    path("api/schema/", api_docs.schema, name="api-schema"),
    path("api/docs/", api_docs.docs, name="api-docs"),
    path("account/", account_views.account, name="account"),
    path("account/profile/", account_views.profile, name="account-profile"),
    path("account/sessions/", account_views.session_list, name="account-sessions"),
    path("account/sessions/end/", account_views.session_end, name="account-session-end"),
    path("account/close/", account_views.close, name="account-close"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
