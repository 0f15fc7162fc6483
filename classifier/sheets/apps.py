"""The app that reads sheets. Nothing else of classifier knows it."""

from django.apps import AppConfig

from classifier import api


class SheetsConfig(AppConfig):
    name = "classifier.sheets"
    label = "sheets"

    def ready(self) -> None:
        from classifier.digits import orphans  # it uses models, which are loaded only now

        from .models import Sheet, SheetPage, Stack

        api.DESCRIBED.append("classifier.sheets.api.schema")
        orphans.WITH_FILES += [
            (Sheet, SheetPage.file.field, "sheets"),
            (Stack, Stack.file.field, "stacks"),
        ]
