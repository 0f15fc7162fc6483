"""The admin of training: shows runs and measurements. Staff start and cancel runs on pages of their own."""

import json

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin import ReadOnlyAdmin
from classifier.recognition.wording import UNKNOWN, percent

from .models import Measurement, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "architecture", "status", "requested_by", "created", "started", "finished", "version"]
    list_filter = ["status", "promote_if_passed", "created"]
    list_select_related = ["requested_by", "version"]
    search_fields = ["public_id", "requested_by__username", "version__name", "error"]
    date_hierarchy = "created"
    exclude = ["recipe", "log"]
    readonly_fields = ["settings", "full_log"]

    @admin.display(description="network")
    def architecture(self, run: TrainingRun) -> str:
        return str(run.recipe.get("architecture", "?"))

    @admin.display(description="recipe")
    def settings(self, run: TrainingRun) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(run.recipe, indent=1))

    @admin.display(description="log")
    def full_log(self, run: TrainingRun) -> SafeString:
        return format_html("<pre>{}</pre>", run.log)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An unfinished run can be cancelled, but not deleted while its worker uses it."""
        if isinstance(obj, TrainingRun) and not obj.is_final:
            return False
        return super().has_delete_permission(request, obj)


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin):
    list_display = ["version", "mnist", "strokes", "corrections", "created"]
    list_filter = ["created", "version__architecture"]
    list_select_related = ["version"]
    search_fields = ["version__name"]
    fields = ["version", "created", "figures_without_pictures"]
    readonly_fields = ["version", "created", "figures_without_pictures"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer("mnist_answers", "stroke_answers")

    @admin.display(description="MNIST")
    def mnist(self, measurement: Measurement) -> str:
        return _accuracy(measurement, "mnist")

    @admin.display(description="generated strokes")
    def strokes(self, measurement: Measurement) -> str:
        return _accuracy(measurement, "strokes")

    @admin.display(description="held-back corrections")
    def corrections(self, measurement: Measurement) -> str:
        return _accuracy(measurement, "corrections")

    @admin.display(description="figures without pictures")
    def figures_without_pictures(self, measurement: Measurement) -> SafeString:
        shown = {
            name: {key: value for key, value in figures.items() if key != "mistakes"}
            if isinstance(figures, dict)
            else figures
            for name, figures in measurement.figures.items()
        }
        return format_html("<pre>{}</pre>", json.dumps(shown, indent=1))


def _accuracy(measurement: Measurement, name: str) -> str:
    figures = measurement.figures.get(name)
    return percent(figures["accuracy"]) if figures else UNKNOWN
