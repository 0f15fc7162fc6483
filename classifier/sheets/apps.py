"""The app that reads sheets. Nothing else of classifier knows it."""

from django.apps import AppConfig


class SheetsConfig(AppConfig):
    name = "classifier.sheets"
    label = "sheets"
