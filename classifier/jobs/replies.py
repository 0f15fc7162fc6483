"""Replies from workers to the requests that wait for them, through Redis lists.

A list keeps a reply until it is fetched, so a reply that is sent before the request waits is not lost. Redis carries
replies only: if it loses one, the database still has the answer.
"""

import json
import logging
import time
import uuid
from typing import Any

import redis

from .broker import connection

KEPT_S = 30  # seconds that Redis keeps a reply
SLICE_S = 0.25  # of waiting at a time: a Redis that hangs is noticed broker.ANSWERS_WITHIN_S later
RECENT_S = 10  # seconds for which a worker counts as having answered

log = logging.getLogger(__name__)


def new_reply_key() -> str:
    return uuid.uuid4().hex


def send(reply_key: str, content: dict[str, Any], served_by: str = "") -> None:
    """Sends a reply. served_by: the model version that has answered, noted for `workers.recently_answered`."""
    send_all({reply_key: content}, served_by)


def send_all(contents: dict[str, dict[str, Any]], served_by: str = "") -> None:
    """Sends the replies by their keys at once. served_by: as for `send`."""
    pipeline = connection().pipeline(transaction=False)
    for reply_key, content in contents.items():
        pipeline.lpush(f"reply:{reply_key}", json.dumps(content))
        pipeline.expire(f"reply:{reply_key}", KEPT_S)
    if served_by:
        pipeline.set("answered", served_by, ex=RECENT_S)
    try:
        pipeline.execute()
    except redis.RedisError as error:  # the waiting requests look into the database
        log.warning("The replies %s were not sent: %s", ", ".join(contents), error)


def wait_for(reply_key: str, timeout_s: float) -> dict[str, Any] | None:
    """Waits for a reply and returns its content. Returns None after `timeout_s`, or if Redis cannot be reached."""
    end = time.monotonic() + timeout_s
    while (left := end - time.monotonic()) > 0:
        timeout = max(0.01, min(left, SLICE_S))  # 0 would wait without end
        try:
            reply = connection().blpop([f"reply:{reply_key}"], timeout=timeout)
        except redis.RedisError as error:
            log.warning("Cannot wait for the reply %s: %s", reply_key, error)
            return None
        if reply:
            content: dict[str, Any] = json.loads(reply[1])
            return content
    return None
