"""Whether this installation can answer: what an operator's probe asks."""

import base64
import logging

from django.db import DatabaseError, connection
from redis import RedisError

from . import messages, tasks
from .models import ModelVersion
from .preprocessing import SIDE

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
        messages.connection().ping()
    except RedisError as error:
        log.warning("Not ready, Redis: %s", error)
        return "cannot be reached"
    return "ok"


def _worker() -> str:
    """A worker that has answered lately is well; else ask one for an answer about an empty picture."""
    try:
        if messages.answered_lately():
            return "ok"
        word = messages.new_word()
        tasks.preview.apply_async(([base64.b64encode(bytes(SIDE * SIDE)).decode()], word))
    except tasks.QUEUE_ERRORS:
        return "cannot be asked"
    return "ok" if messages.wait_for(word, PROBE_S) else f"has not answered within {PROBE_S} s"
