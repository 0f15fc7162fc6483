"""The project: settings, addresses and the Celery application. It knows the apps; nothing knows it."""

from .celery import app as celery_app

__all__ = ["celery_app"]
