"""The threads that send messages. They live in an inference worker while messages are due.

A receiver may need ten seconds. A worker runs one task at a time: on `inference` people would wait for it, on
`training` it would wait for the training, and the process that reads sheets does not run between stacks. A thread that
waits for a receiver blocks none of them.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import connection

from classifier.sheets.models import WebhookAttempt

from . import attempts, signing
from .addresses import Check, is_public
from .allowing import WebhookRejected, target_of
from .delivering import DeliveryFailed, deliver
from .message import body_of, message_id

log = logging.getLogger(__name__)

AT_ONCE = 4  # threads of one process
_running = threading.Semaphore(AT_ONCE)


def start() -> None:
    """Starts as many threads as there are messages due, at most AT_ONCE in this process. They end with their work."""
    for _ in range(min(attempts.count_due(), AT_ONCE)):
        if _running.acquire(blocking=False):
            threading.Thread(target=_send_all, name="webhooks", daemon=True).start()


def _send_all() -> None:
    try:
        send_due()
    except Exception:  # the outermost edge of the thread; the scheduler starts another one
        log.exception("Webhooks could not be sent")
    finally:
        connection.close()
        _running.release()


def send_due(is_allowed: Check = is_public) -> None:
    """Sends all messages that are due, one after the other."""
    while (attempt := attempts.claim()) is not None:
        attempts.record(attempt, *_sent(attempt, is_allowed))


def _sent(attempt: WebhookAttempt, is_allowed: Check) -> tuple[int | None, str]:
    """Sends one. Returns the status of the answer, and what went wrong."""
    stack = attempt.stack
    try:
        target = target_of(stack.webhook)  # the operator may have changed what is allowed
        body = body_of(stack)
        headers = signing.headers(message_id(stack), int(time.time()), body, stack.webhook_secret)
        return deliver(target, headers, body, is_allowed), ""
    except DeliveryFailed as error:
        return error.status, str(error)
    except WebhookRejected as error:
        return None, str(error)
