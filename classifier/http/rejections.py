"""Requests that the site rejects: how pages answer them, and how many there are for each reason and day.

The counts are kept in Redis, for the staff dashboard. Counting takes one round trip; a Redis that is down or restarts
loses some counts, and nothing else depends on them.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

import redis
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from classifier.jobs import broker
from classifier.recognition.errors import ClassifierError

REASONS = {
    "no_ink": "Empty drawing or picture",
    "unreadable": "Unreadable picture",
    "unsupported_format": "Unsupported file format",
    "too_large": "Too large",
    "malformed": "Invalid form or API request",
    "rate_limited": "Too many requests",
    "busy": "Site too busy",
    "unavailable": "Database or disk unavailable",
    "server_error": "Error of the site (see its logs)",
}
# The codes of REST framework for the same reasons.
SYNONYMS = {"parse_error": "malformed", "unsupported_media_type": "unsupported_format", "throttled": "rate_limited"}
KEPT = timedelta(days=8)

View = Callable[..., HttpResponseBase]

log = logging.getLogger(__name__)


def answers_errors(answer: Callable[[Any, ClassifierError], HttpResponseBase]) -> Callable[[View], View]:
    """Answers a ClassifierError that a page view raises with `answer(request, error)`, after counting it.

    `answer` renders the page or fragment that shows `str(error)`, with the status `error.status`:

        @require_POST
        @login_required
        @answers_errors(_form_with_error)
        def picture_upload(request: SignedInRequest) -> HttpResponse: ...

    It goes below the method and sign-in decorators. The API needs none: problems.problem_response does the same there.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except ClassifierError as error:
                count_error(error)
                return answer(request, error)

        return answering

    return decorate


def count_error(error: ClassifierError) -> None:
    """Counts a rejected request and logs the cause, which its sender does not see."""
    if error.__cause__ is not None:
        log.info("Rejected (%s): %r", error.code, error.__cause__)
    count("too_large" if error.status == 413 else error.code)


def count(code: str) -> None:
    """Counts a request that was rejected now. Ignores codes without a reason in REASONS, such as "not_found"."""
    reason = SYNONYMS.get(code, code)
    if reason not in REASONS:
        return
    key = _key(timezone.localdate())
    pipeline = broker.connection().pipeline(transaction=False)
    pipeline.hincrby(key, reason, 1)
    pipeline.expire(key, KEPT)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        log.info("A rejection (%s) was not counted: %s", reason, error)


def counts(days: Iterable[date]) -> "Counter[str]":
    """The number of requests rejected on these days, by reason. Raises redis.RedisError."""
    pipeline = broker.connection().pipeline(transaction=False)
    for day in days:
        pipeline.hgetall(_key(day))
    total: Counter[str] = Counter()
    for of_day in pipeline.execute():
        total.update({reason.decode(): int(number) for reason, number in of_day.items()})
    return total


def counted_since() -> datetime | None:
    """The start of the Redis server that counts, or None if it does not tell. Raises redis.RedisError."""
    try:
        server = broker.connection().info("server")
    except redis.ResponseError:  # a hosted Redis may forbid INFO
        return None
    return timezone.now() - timedelta(seconds=int(server["uptime_in_seconds"]))


def _key(day: date) -> str:
    return f"refused:{day.isoformat()}"
