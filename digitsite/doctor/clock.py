"""The clock of this machine, compared with those of the database, of Redis, and of what was stored before."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import redis
from django.db import Error, connection
from django.db.models import Max

from classifier.models import Drawing

from .findings import Finding, not_checked, ok, wrong
from .redis import client

APART_S = 5.0
REMEDY = "Set the clocks by a time server on every machine, for example with `timedatectl set-ntp true`."


def check() -> Iterator[Finding]:
    agree = True
    for name, ask in (("the database", _of_database), ("Redis", _of_redis)):
        try:
            before = time.time()
            there = ask()
        except (Error, redis.RedisError, OSError):
            agree = False
            yield not_checked(f"The clock of {name} was not compared, because it does not answer.")
            continue
        if there is None:
            continue
        apart = (before + time.time()) / 2 - there
        if abs(apart) > APART_S:
            agree = False
            way = "ahead of" if apart > 0 else "behind"
            yield wrong(f"The clock of this machine is {_amount(abs(apart))} {way} that of {name}.", REMEDY)
    ahead = _newest() - time.time()
    if ahead > APART_S:
        agree = False
        yield wrong(
            f"The newest drawing was stored {_amount(ahead)} in the future, so this machine's clock was set back, or "
            "was wrong before.",
            REMEDY,
        )
    if agree:
        yield ok(f"The clock agrees with the others: {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC.")


def _of_database() -> float | None:
    """None for SQLite, which has this machine's clock."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


def _of_redis() -> float:
    with client() as server:
        seconds, microseconds = server.time()
    return float(seconds) + float(microseconds) / 1e6


def _newest() -> float:
    try:
        newest = Drawing.objects.aggregate(newest=Max("created"))["newest"]
    except Error:
        return 0.0
    return newest.timestamp() if newest else 0.0


def _amount(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
