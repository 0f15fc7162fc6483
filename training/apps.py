"""Makes models. Imports classifier; classifier never imports it."""

from django.apps import AppConfig

from classifier.http import metrics


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        from classifier.accounts import rights  # it uses models, which are loaded only now

        metrics.READERS.append("training.pages.dashboard.measurements.read")
        rights.OFFERED["training.add_trainingrun"] = "Train networks"
