"""The scheduler: `python -m digitsite.scheduler [FILE]`. FILE stores when each task was last sent.

Its Celery application only sends tasks by name, so it reads the settings without loading Django and the tasks. Started
like this, it takes 27 MB less than `celery beat`, 5 % of the whole site (docs/performance.md).
"""

import sys
import time
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import before_task_publish

from classifier.jobs import signs_of_life

from .settings import LOGGING, SIGNS_OF_LIFE

app = Celery("digitsite", fixups=[])
app.config_from_object("digitsite.settings", namespace="CELERY")


@before_task_publish.connect
def note_time(headers: dict[str, Any], **_: Any) -> None:
    """As classifier.jobs.queue does, for the age of the oldest job."""
    headers["sent"] = time.time()


if __name__ == "__main__":
    dictConfig(LOGGING)
    signs_of_life.give("scheduler", SIGNS_OF_LIFE)
    app.Beat(schedule=next(iter(sys.argv[1:]), None), loglevel="WARNING", quiet=True).run()
