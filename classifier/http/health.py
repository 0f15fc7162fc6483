"""Readiness: whether this installation can answer a prediction, and what its operator should look into."""

import base64
import logging
from typing import Any

from django.db import connection
from django.db.utils import Error
from django.http import HttpRequest
from django.utils import timezone
from redis import RedisError

from classifier.jobs import broker, replies, room, workers
from classifier.jobs.questions import Question, ask
from classifier.models import ModelVersion
from classifier.recognition.preprocessing.framing import SIDE

from . import proxies

PROBE_S = 1.5  # for an inference worker to answer

log = logging.getLogger(__name__)


def readiness() -> dict[str, str]:
    """The state of each part that a prediction needs: "ok", or what is wrong."""
    database, model = _database_and_model()
    checks = {"database": database, "model": model, "redis": _redis(), "inference worker": _worker()}
    checks |= _files()
    return checks | {"disk": f"full: {room.free_mb()} MB left" if room.is_full() else "ok"}


def _database_and_model() -> tuple[str, str]:
    try:
        connection.ensure_connection()
        active = ModelVersion.objects.active().only("name", "damaged").first()
    except Error as error:
        log.warning("Not ready, database: %s", error)
        return "unreachable", "unknown"
    if active is None:
        return "ok", "no model version in service"
    if active.damaged:
        return "ok", f"the file of {active} is damaged, and no other version can serve"
    return "ok", "ok"


def warnings() -> list[str]:
    """What the operator should look into, in sentences."""
    return [*proxies.warnings(), *_damaged_versions(), *_full_disk()]


def seen(request: HttpRequest) -> dict[str, Any]:
    """What the site sees of a request to it: `manage.py doctor` compares this with the settings."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return {"scheme": request.scheme, "proxies": len([each for each in forwarded.split(",") if each.strip()])}


def _full_disk() -> list[str]:
    if not room.is_full():
        return []
    return [
        f"The disk is full: {room.free_mb()} MB are left. Large uploads are refused, batches and imports wait. Delete "
        "what is not needed in DATA_DIR, or give it more room; the work goes on by itself."
    ]


def _damaged_versions() -> list[str]:
    try:
        damaged = list(ModelVersion.objects.exclude(damaged=None).only("name", "damaged", "kind"))
    except Error:
        return []  # `readiness` says so
    return [
        f"Model version {version} ({version.get_kind_display()}) is set aside: its file is damaged or missing since "
        f"{timezone.localtime(version.damaged):%Y-%m-%d %H:%M}. Restore its file, or train another version."
        for version in damaged
    ]


def _files() -> dict[str, str]:
    """The state of a storage on another machine; nothing about a folder, which is on the disk."""
    field = ModelVersion.tflite_file.field
    try:
        field.storage.path("")
    except NotImplementedError:
        try:
            field.storage.exists("readyz")
        except OSError as error:
            log.warning("Not ready, files: %s", error)
            return {"files": "unreachable"}
        return {"files": "ok"}
    return {}


def _redis() -> str:
    try:
        broker.connection().ping()
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
    empty = base64.b64encode(bytes(SIDE * SIDE)).decode()
    if not ask(Question([empty], [{}], reply_key=reply_key, expires_s=2)):
        return "unknown: Redis is unreachable"
    return "ok" if replies.wait_for(reply_key, PROBE_S) else f"no answer within {PROBE_S} s"
