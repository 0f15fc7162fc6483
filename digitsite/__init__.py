"""The project: settings, addresses and the Celery application. It knows the apps; nothing knows it."""

__version__ = "0.1.0"  # as in pyproject.toml

from .celery import app as celery_app

__all__ = ["__version__", "celery_app"]
