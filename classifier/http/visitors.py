"""What people without an account may use: a rate for each address, and only what signed-in people leave over.

Signed-in people come first. A visitor is refused while jobs of others wait, or while visitors already use their share
of this process's threads.
"""

import ipaddress
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from classifier.decoding.limits import TIME_S
from classifier.errors import SiteBusy, TooManyRequests
from classifier.jobs import broker
from classifier.jobs.workers import queue_length

from .rates import count, parse_rate

AT_ONCE = 2  # requests of visitors in one process, which has four threads
MOST_WAITING = 3  # jobs on the queue; each takes a few milliseconds
PLACE_WAIT_S = 3  # for the picture or explanation of another visitor
BUSY = "Many people are drawing at the moment. Try again in a moment."

_slots = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def spare_capacity(request: HttpRequest, cost: int = 1) -> Iterator[None]:
    """Holds a place for a visitor's request.

    cost: as how many requests it counts for its address. Raises TooManyRequests, SiteBusy.
    """
    _count_for_address(request, cost)
    if not _slots.acquire(blocking=False):
        raise SiteBusy(BUSY)
    try:
        if _jobs_waiting() > MOST_WAITING:
            raise SiteBusy(BUSY)
        yield
    finally:
        _slots.release()


@contextmanager
def only_place(name: str) -> Iterator[None]:
    """Holds the only place on the site for a visitor's "picture" or "explanation". Raises SiteBusy.

    So the decoder keeps a child for others, and their answers never wait for more than one explanation.
    """
    lock = broker.connection().lock(f"try:{name}", timeout=4 * TIME_S)
    try:
        is_ours = lock.acquire(blocking_timeout=PLACE_WAIT_S)
    except redis.RedisError as error:
        raise SiteBusy(BUSY) from error
    if not is_ours:
        raise SiteBusy(BUSY)
    try:
        yield
    finally:
        with suppress(redis.RedisError):  # it has expired
            lock.release()


def _count_for_address(request: HttpRequest, cost: int) -> None:
    if (rate := parse_rate(settings.TRY_RATE)) is None:
        return
    usage = count(f"try:{_network(get_adapter().get_client_ip(request))}", rate, cost)
    if usage.is_exceeded:
        wait_s = math.ceil(usage.remaining_s)
        seconds = "1 second" if wait_s == 1 else f"{wait_s} seconds"
        raise TooManyRequests(
            f"Your network address has tried a lot of digits. Try again in {seconds}, or sign in.", wait_s
        )


def _network(address: str) -> str:
    """An IPv4 address, or the /64 network of an IPv6 address, all of which one household or computer may use."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(given) if given.version == 4 else str(ipaddress.ip_network((given, 64), strict=False))


def _jobs_waiting() -> int:
    try:
        return queue_length("inference")
    except redis.RedisError as error:
        raise SiteBusy(BUSY) from error
