"""The app that reads sheets. Nothing else of classifier knows it."""

from django.apps import AppConfig

from classifier import api


class SheetsConfig(AppConfig):
    name = "classifier.sheets"
    label = "sheets"

    def ready(self) -> None:
        api.DESCRIBED.append("classifier.sheets.api.schema")
