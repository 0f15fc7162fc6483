"""The app that recognises digits. It does not depend on training."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"

    def ready(self) -> None:
        from .http import proxies  # noqa: F401 - registers its checks; it uses settings
        from .models import triggers  # it uses the models, which are loaded only now

        pre_migrate.connect(triggers.drop, sender=self)
        post_migrate.connect(triggers.create, sender=self)
