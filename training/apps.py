"""Makes models. Imports classifier; classifier never imports it."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"
