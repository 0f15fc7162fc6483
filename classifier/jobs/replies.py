"""Replies from workers to the requests that wait for them, through Redis lists.

A list keeps the reply until it is fetched, so a reply that comes before anybody waits is not missed.
Redis carries replies only: losing it loses no answer, the database has them.
"""

import json
import logging
import time
import uuid
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

KEPT_S = 30  # seconds that a word waits to be fetched
SLICE_S = 1.0  # of waiting at a time, so that a Redis that hangs is noticed

LATELY_S = 10  # seconds for which a worker counts as having answered

log = logging.getLogger(__name__)


@lru_cache
def connection() -> "redis.Redis":
    """This process's pool of connections; gives up on a silent server soon after a slice of waiting."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=SLICE_S + 1)


def tell(word: str, content: dict[str, Any], served_by: str = "") -> None:
    """Leave `content` under `word`; a worker also notes which model version has just answered."""
    pipeline = connection().pipeline(transaction=False)
    pipeline.lpush(f"word:{word}", json.dumps(content))
    pipeline.expire(f"word:{word}", KEPT_S)
    if served_by:
        pipeline.set("answered", served_by, ex=LATELY_S)
    try:
        pipeline.execute()
    except redis.RedisError as error:  # whoever waits will ask the database
        log.warning("Nobody could be told of %s: %s", word, error)


def wait_for(word: str, timeout_s: float) -> dict[str, Any] | None:
    """What was left under `word`, waiting at most `timeout_s`; None when nothing came or Redis is away."""
    end = time.monotonic() + timeout_s
    while (left := end - time.monotonic()) > 0:
        try:
            found = connection().blpop([f"word:{word}"], timeout=max(0.01, min(left, SLICE_S)))  # 0 is for ever
        except redis.RedisError as error:
            log.warning("Cannot wait for %s: %s", word, error)
            return None
        if found:
            content: dict[str, Any] = json.loads(found[1])
            return content
    return None


def new_reply_key() -> str:
    return uuid.uuid4().hex
