"""The addresses of the pages."""

from django.urls import path

from . import account_views, views

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
    path("account/", account_views.account, name="account"),
    path("account/profile/", account_views.profile, name="account-profile"),
    path("account/sessions/", account_views.session_list, name="account-sessions"),
    path("account/sessions/end/", account_views.session_end, name="account-session-end"),
    path("account/close/", account_views.close, name="account-close"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
