"""The app that reads sheets. Nothing else of classifier knows it."""

from django.apps import AppConfig

from classifier import api
from classifier.http import metrics
from classifier.transfer import exporting


class SheetsConfig(AppConfig):
    name = "classifier.sheets"
    label = "sheets"

    def ready(self) -> None:
        from classifier.accounts import holdings  # they use models, which are loaded only now
        from classifier.digits import orphans

        from .models import Sheet, SheetPage, Stack, StackPage
        from .sharing import owning

        metrics.READERS.append("classifier.sheets.stacks.measurements.read")
        api.DESCRIBED.append("classifier.sheets.api.schema")
        personal = "classifier.sheets.results.personal"
        exporting.FURTHER_LISTS.update(
            {
                "sheets": f"{personal}.sheet_records",
                "stacks": f"{personal}.stack_records",
                "stack_pages": f"{personal}.page_records",
            }
        )
        exporting.FURTHER_FILES.append(f"{personal}.files")
        orphans.WITH_FILES += [
            (Sheet, SheetPage.file.field, "sheets"),
            (Stack, Stack.file.field, "stacks"),
        ]
        holdings.BEFORE_OTHERS.append(lambda user: StackPage.objects.filter(stack__sheet__owner=user))
        holdings.FURTHER.append(owning.words_about)
