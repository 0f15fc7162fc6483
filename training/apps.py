"""Makes models. Imports classifier; classifier never imports it."""

from django.apps import AppConfig

from classifier.http import metrics


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        metrics.READERS.append("training.pages.dashboard.measurements.read")
