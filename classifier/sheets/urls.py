"""The addresses of sheets: pages below /sheets/, the API below /api/v1/sheets/ and /api/v1/stacks/."""

from django.urls import URLPattern

app_name = "sheets"

urlpatterns: list[URLPattern] = []
