"""Whether this installation can answer: what an operator's probe asks."""

import base64
import logging

from django.db import DatabaseError, connection
from redis import RedisError

from classifier.jobs import replies, workers
from classifier.jobs.queue import enqueue
from classifier.models import ModelVersion
from classifier.recognition.preprocessing.framing import SIDE

PROBE_S = 1.5  # seconds that an inference worker has to answer

log = logging.getLogger(__name__)


def readiness() -> dict[str, str]:
    """Each thing an answer needs, with "ok" or what is wrong with it."""
    database, model = _database_and_model()
    return {"database": database, "model": model, "redis": _redis(), "inference worker": _worker()}


def _database_and_model() -> tuple[str, str]:
    try:
        connection.ensure_connection()
        active = ModelVersion.objects.active().exists()
    except DatabaseError as error:
        log.warning("Not ready, database: %s", error)
        return "cannot be reached", "unknown"
    return "ok", "ok" if active else "no model version is in service"


def _redis() -> str:
    try:
        replies.connection().ping()
    except RedisError as error:
        log.warning("Not ready, Redis: %s", error)
        return "cannot be reached"
    return "ok"


def _worker() -> str:
    """A worker that has answered lately is well; else ask one for an answer about an empty picture."""
    try:
        if workers.answered_lately():
            return "ok"
    except RedisError:
        return "cannot be asked"
    word = replies.new_reply_key()
    if not enqueue("classifier.preview", [base64.b64encode(bytes(SIDE * SIDE)).decode()], word, expires_s=2):
        return "cannot be asked"
    return "ok" if replies.wait_for(word, PROBE_S) else f"has not answered within {PROBE_S} s"
