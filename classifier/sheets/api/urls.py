"""The addresses of the API of sheets, below /api/v1/."""

from django.urls import URLPattern

app_name = "sheets-api"

urlpatterns: list[URLPattern] = []
