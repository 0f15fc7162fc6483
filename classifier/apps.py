"""Recognises digits. Knows nothing of training."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"

    def ready(self) -> None:
        from . import copies  # it needs the models, which are there only now

        pre_migrate.connect(copies.let_go, sender=self)
        post_migrate.connect(copies.keep, sender=self)
