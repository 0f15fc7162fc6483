"""The addresses of the API, version 1."""

from django.urls import path

from . import api

app_name = "api"
urlpatterns = [
    path("digits/", api.DigitList.as_view(), name="digit-list"),
    path("digits/<uuid:public_id>/", api.DigitDetail.as_view(), name="digit-detail"),
]
