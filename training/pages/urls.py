"""The URLs of the staff's pages."""

from django.urls import path

from .audit.views import audit_log
from .dashboard.views import answers_again, dashboard
from .review.views import review, value_picture
from .runs import views as runs
from .versions import views as versions

app_name = "training"
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("answers/again/", answers_again, name="answers-again"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/new/", runs.run_start, name="run-start"),
    path("runs/new/time/", runs.run_promise, name="run-promise"),
    path("runs/<uuid:public_id>/", runs.run_detail, name="run-detail"),
    path("runs/<uuid:public_id>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/<uuid:public_id>/repeat/", runs.run_repeat, name="run-repeat"),
    path("versions/", versions.version_list, name="version-list"),
    path("versions/rollback/", versions.version_rollback, name="version-rollback"),
    path("versions/<uuid:public_id>/", versions.version_detail, name="version-detail"),
    path("versions/<uuid:public_id>/card/", versions.version_robustness, name="version-robustness"),
    path("versions/<uuid:public_id>/compare/", versions.version_compare, name="version-compare"),
    path("versions/<uuid:public_id>/promote/", versions.version_promote, name="version-promote"),
    path("versions/<uuid:public_id>/files/<str:name>", versions.version_file, name="version-file"),
    path("review/", review, name="review"),
    path("review/values/<uuid:value_id>.jpg", value_picture, name="review-value"),
    path("audit/", audit_log, name="audit"),
]
