"""Putting jobs on the queue. Tasks are sent by name, so no module imports a task to send it.

Which queue a task runs on is set in one place: `digitsite.queues`, which the settings read.
"""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis import RedisError

log = logging.getLogger(__name__)


def enqueue(task: str, *arguments: object, expires_s: float | None = None) -> bool:
    """Send a task by name. Returns False if the broker cannot be reached.

    A job that matters has a row, so nothing is lost then: the scheduler sends the waiting rows again.
    arguments: JSON values. expires_s: seconds after which no worker starts it any more.
    """
    try:
        # argsrepr: describing arguments for a log takes time, and they may be pictures.
        current_app.send_task(task, arguments, expires=expires_s, ignore_result=True, argsrepr="…")
    except (OperationalError, RedisError, OSError) as error:
        log.warning("The queue cannot be reached, %s was not sent: %s", task, error)
        return False
    return True
