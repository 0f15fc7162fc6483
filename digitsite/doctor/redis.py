"""Redis: reachable, new enough, willing to store jobs, and set up so that it throws none away; and its sentinels."""

import os
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from classifier.jobs import broker
from digitsite.logs.formats import without_secrets

from .findings import Finding, note, ok, wrong

OLDEST = (6, 0)  # BLPOP waits for fractions of a second since then
WITHIN_S = 3.0


def client() -> redis.Redis:
    return broker.client(redis.Redis, WITHIN_S, Retry(NoBackoff(), 0))


def is_ours() -> bool:
    """Whether `make run` starts it."""
    return not os.environ.get("REDIS_URL") and str(settings.REDIS_SOCKET) in settings.REDIS_URL


def check() -> Iterator[Finding]:
    where = without_secrets(settings.REDIS_URL)
    yield from _sentinels()
    try:
        with client() as server:
            version = str(server.info("server")["redis_version"])
            if tuple(map(int, version.split(".")[:2])) < OLDEST:
                oldest = ".".join(map(str, OLDEST))
                yield wrong(f"Redis has version {version}; the site needs {oldest} or newer.", "Install a newer Redis.")
            troubles = [*_memory(server.info("memory")), *_writing(server)]
            yield from troubles or [ok(f"Redis {version} answers at {where}.")]
            yield from _persistence(server.info("persistence"))
    except redis.AuthenticationError as error:
        yield wrong(f"Redis at {where} refuses to talk to the site: {error}.", "Put its password into REDIS_URL.")
    except (redis.RedisError, OSError) as error:
        yield wrong(f"Redis does not answer at {where}: {without_secrets(str(error))}", _remedy(str(error)))


def _remedy(error: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in error:
        return "Name the file with the certificates that sign the one of Redis in REDIS_CA_FILE, or correct REDIS_URL."
    return "Start the site (`make run`), which starts it." if is_ours() else "Start it, or correct REDIS_URL."


def _sentinels() -> Iterator[Finding]:
    """What is wrong with each sentinel: the site needs one of them, and they need more than half to agree."""
    address = broker.address()
    for host, port in address.sentinels:
        try:
            with redis.Redis(host, port, **address.sentinel_options(WITHIN_S)) as sentinel:
                masters = sentinel.sentinel_masters()
        except (redis.RedisError, OSError) as error:
            yield wrong(
                f"The sentinel at {host}:{port} does not answer: {without_secrets(str(error))}",
                "Start it, or correct REDIS_URL, REDIS_SENTINEL_PASSWORD or REDIS_CA_FILE.",
            )
            continue
        if address.master not in masters:
            names = ", ".join(masters) or "none"
            yield wrong(
                f"The sentinel at {host}:{port} knows no master named {address.master} (but {names}).",
                "Correct the name in REDIS_URL, or the configuration of the sentinel.",
            )


def _memory(info: dict[str, Any]) -> Iterator[Finding]:
    most, used, policy = int(info.get("maxmemory", 0)), int(info["used_memory"]), str(info.get("maxmemory_policy", ""))
    if not most:
        return
    if policy.startswith("allkeys"):
        yield wrong(
            f"Redis may throw queued jobs away when its memory is full (maxmemory-policy {policy}).",
            "Set maxmemory-policy to noeviction in its configuration.",
        )
    if used > 0.9 * most:
        yield wrong(
            f"Redis uses {used / 2**20:.0f} of {most / 2**20:.0f} MB; when they are full, it takes no jobs.",
            "Raise maxmemory, or look for other programs that use this Redis.",
        )


def _writing(server: redis.Redis) -> Iterator[Finding]:
    try:
        server.set("doctor", 1, ex=10)
    except redis.ResponseError as error:  # read-only, out of memory, its disk full, not permitted
        yield wrong(
            f"Redis stores nothing: {error}", "Mend what it names; REDIS_URL must be a server that may be written."
        )


def _persistence(info: dict[str, Any]) -> Iterator[Finding]:
    if "err" in (info.get("rdb_last_bgsave_status"), info.get("aof_last_write_status")):
        yield wrong(
            "Redis cannot save its data to its disk, and may stop taking jobs.",
            'Make room on its disk, or switch saving off (save "", appendonly no): the site does not need it.',
        )
    elif int(info.get("aof_enabled", 0)):
        yield note(
            "Redis writes every change to its disk. The site does not need this: the database keeps what matters.",
            "appendonly no makes it quicker.",
        )
