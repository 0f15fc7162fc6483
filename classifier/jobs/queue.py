"""Enqueues jobs. Tasks are sent by name, so no module imports a task.

CELERY_TASK_ROUTES in the settings says which queue a task runs on.
"""

import logging
import time
from functools import cache

from celery import current_app
from kombu import Connection, pools
from kombu.exceptions import OperationalError
from redis import RedisError

from . import broker, trace

log = logging.getLogger(__name__)


def enqueue(task: str, *arguments: object, expires_s: float | None = None) -> bool:
    """Sends a task by name. Returns False if the broker cannot be reached.

    Nothing is lost then: a job that matters has a row, and the scheduler sends the waiting rows again.
    arguments: JSON values. expires_s: seconds after which no worker starts the task.
    The message also says which request the task belongs to (`trace`), and when it was sent.
    """
    try:
        with (
            broker.connection().breaker.closed(),
            pools.producers[_impatient_connection()].acquire(block=True) as producer,
        ):
            # argsrepr: describing the arguments for a log takes time, and they may be pictures.
            current_app.send_task(
                task,
                arguments,
                producer=producer,
                expires=expires_s,
                ignore_result=True,
                argsrepr="…",
                headers={"trace": trace.current(), "sent": time.time()},
            )
    except (OperationalError, RedisError, OSError) as error:
        log.warning("%s was not sent, because the broker cannot be reached: %s", task, error)
        return False
    return True


@cache
def _impatient_connection() -> Connection:
    """Where tasks are sent; a worker may wait longer for Redis than a request."""
    return current_app.connection_for_write(transport_options=broker.address().broker_options(broker.ANSWERS_WITHIN_S))
