"""The Celery application: the queues between the web, inference and training processes."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
# Django's checks load every page and form, 20 MB for each worker; starting the site has run them already.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("digitsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Otherwise Celery closes the database connection around every task; tasks check it themselves.
app.conf["CELERY_DB_REUSE_MAX"] = 2**31
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Has Celery leave the log as the settings say; by itself, it would set other levels and formats."""
