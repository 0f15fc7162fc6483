"""The addresses of the staff's pages."""

from django.urls import path

from . import views

app_name = "training"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("runs/", views.run_list, name="run-list"),
    path("runs/new/", views.run_start, name="run-start"),
    path("runs/<uuid:public_id>/", views.run_detail, name="run-detail"),
    path("runs/<uuid:public_id>/cancel/", views.run_cancel, name="run-cancel"),
    path("runs/<uuid:public_id>/repeat/", views.run_repeat, name="run-repeat"),
    path("versions/", views.version_list, name="version-list"),
    path("versions/rollback/", views.version_rollback, name="version-rollback"),
    path("versions/<uuid:public_id>/", views.version_detail, name="version-detail"),
    path("versions/<uuid:public_id>/card/", views.version_card, name="version-card"),
    path("versions/<uuid:public_id>/compare/", views.version_compare, name="version-compare"),
    path("versions/<uuid:public_id>/promote/", views.version_promote, name="version-promote"),
    path("versions/<uuid:public_id>/files/<str:name>", views.version_file, name="version-file"),
    path("review/", views.review, name="review"),
]
