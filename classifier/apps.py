"""Recognises digits. Knows nothing of training."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"

    def ready(self) -> None:
        from .models import triggers  # it needs the models, which are there only now

        pre_migrate.connect(triggers.let_go, sender=self)
        post_migrate.connect(triggers.keep, sender=self)
