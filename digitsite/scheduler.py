"""The scheduler's Celery application: it sends tasks by name and never runs one.

So it reads the settings and leaves the tasks and their libraries alone, which spares memory.
"""

from celery import Celery

app = Celery("digitsite", fixups=[])
app.config_from_object("digitsite.settings", namespace="CELERY")
