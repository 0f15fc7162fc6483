"""Readiness: whether this installation can answer a prediction."""

import base64
import logging

from django.db import connection
from django.db.utils import Error
from redis import RedisError

from classifier.jobs import replies, workers
from classifier.jobs.queue import enqueue
from classifier.models import ModelVersion
from classifier.recognition.preprocessing.framing import SIDE

PROBE_S = 1.5  # for an inference worker to answer

log = logging.getLogger(__name__)


def readiness() -> dict[str, str]:
    """The state of each part that a prediction needs: "ok", or what is wrong."""
    database, model = _database_and_model()
    return {"database": database, "model": model, "redis": _redis(), "inference worker": _worker()}


def _database_and_model() -> tuple[str, str]:
    try:
        connection.ensure_connection()
        active = ModelVersion.objects.active().exists()
    except Error as error:
        log.warning("Not ready, database: %s", error)
        return "unreachable", "unknown"
    return "ok", "ok" if active else "no model version in service"


def _redis() -> str:
    try:
        replies.connection().ping()
    except RedisError as error:
        log.warning("Not ready, Redis: %s", error)
        return "unreachable"
    return "ok"


def _worker() -> str:
    """Trusts a recent answer of a worker; without one, asks for a prediction of an empty picture."""
    try:
        if workers.recently_answered():
            return "ok"
    except RedisError:
        return "unknown: Redis is unreachable"
    reply_key = replies.new_reply_key()
    if not enqueue("classifier.preview", [base64.b64encode(bytes(SIDE * SIDE)).decode()], reply_key, expires_s=2):
        return "unknown: Redis is unreachable"
    return "ok" if replies.wait_for(reply_key, PROBE_S) else f"no answer within {PROBE_S} s"
