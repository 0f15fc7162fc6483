"""Recognises digits. Knows nothing of training."""

from django.apps import AppConfig


class ClassifierConfig(AppConfig):
    name = "classifier"
