"""Questions to the digit network. A worker answers together all that wait when it begins (dynamic batching).

They wait in a Redis list. Celery's queue carries a call that tells a worker to look into it: a question sends one
unless another call is on its way. The worker first ends the call and then takes the questions, so those that come later
send the next call. If a call is lost, the first question after CALL_S sends another. Questions that are lost are found
in the database, like all waiting predictions.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import redis

from . import trace
from .broker import connection
from .queue import enqueue

QUEUE = "inference"
WAITING = "questions"
CALLED = "questions:called"
CALL_S = 1
TAKEN_AT_ONCE = 16

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """Pictures for the digit network, and where its answers belong."""

    pixels: list[str]  # of each picture: 784 bytes in base64
    hints: list[dict[str, Any]]  # about each picture
    predictions: list[int] = field(default_factory=list)  # one for each picture; none if nothing is to be stored
    reply_key: str = ""  # of a question without predictions
    expires_s: float | None = None  # after which nobody waits for the answer
    sent: float = field(default_factory=time.time)
    trace: dict[str, str] = field(default_factory=trace.current)

    def is_expired(self) -> bool:
        return self.expires_s is not None and time.time() > self.sent + self.expires_s


def ask(question: Question) -> bool:
    """Sends a question. Returns False if the broker cannot be reached."""
    pipeline = connection().pipeline(transaction=False)
    pipeline.rpush(WAITING, json.dumps(asdict(question)))
    pipeline.set(CALLED, "", nx=True, ex=CALL_S)
    try:
        _, is_first = pipeline.execute()
    except redis.RedisError as error:
        log.warning("A question was not sent, because the broker cannot be reached: %s", error)
        return False
    return enqueue("classifier.answer_questions") if is_first else True


def take() -> list[Question]:
    """Ends the call and takes the questions that wait, the oldest first, at most TAKEN_AT_ONCE.

    Raises redis.RedisError.
    """
    pipeline = connection().pipeline(transaction=False)
    pipeline.delete(CALLED)
    pipeline.lpop(WAITING, TAKEN_AT_ONCE)
    _, taken = pipeline.execute()
    return [Question(**json.loads(question)) for question in taken or []]


def more_than_the_call() -> int:
    """How many more questions wait than messages call for them. Raises redis.RedisError."""
    pipeline = connection().pipeline(transaction=False)
    pipeline.llen(WAITING)
    pipeline.exists(CALLED)
    length, calls = pipeline.execute()
    return int(length) - int(calls)
