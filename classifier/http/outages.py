"""Outages: the database or the disk is away or full. A request that meets one is answered with 503 and a sentence.

Django hands every error that nothing has answered to `handler500`: of pages, of the API and of middleware. So that is
the one place where outages are recognised. The middleware waits for a database that is away for a moment.
"""

import errno
import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.template.loader import render_to_string
from django.utils.log import log_response
from django_htmx.http import trigger_client_event

from classifier.jobs import room

from . import rejections
from .problems import is_api, plain_problem

WAITED_OUT_S = 6.0  # of an outage; a PostgreSQL that was killed takes about two to start
LOOKS_EVERY_S = 0.2
FORGOTTEN_S = 30.0  # after an outage, in which no request noticed its end
FULL = {errno.ENOSPC, errno.EDQUOT}
POSTGRESQL_FULL = "53100"  # disk_full, see https://www.postgresql.org/docs/current/errcodes-appendix.html
LARGE_BYTES = 256 * 1024  # of a body; drawings are smaller
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outage:
    """What is away, for the person and for programs."""

    code: str
    sentence: str
    retry_after_s: int


AWAY = "The site cannot reach its {what} at the moment. Everything you saved is safe. Try again in a few seconds."
DATABASE = Outage("unavailable", AWAY.format(what="database"), 5)
FILES = Outage("unavailable", AWAY.format(what="files"), 10)
DISK_FULL = Outage(
    "disk_full",
    "The site's disk is full, so it cannot store anything new. Everything you saved is safe. Tell the administrator of "
    "this site, and try again later.",
    60,
)


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage that an error tells of. None for other errors, also of a client that has gone away."""
    if isinstance(error, UnreadablePostError):
        return None
    if isinstance(error, OperationalError | InterfaceError):
        return DISK_FULL if _is_full(error.__cause__) else DATABASE
    if isinstance(error, OSError):
        return DISK_FULL if _is_full(error) else FILES
    return None


def _is_full(error: BaseException | None) -> bool:
    """error: of the operating system or of the database's driver."""
    if isinstance(error, OSError):
        return error.errno in FULL
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == POSTGRESQL_FULL


def unavailable(request: HttpRequest, outage: Outage, error: BaseException | None) -> HttpResponse:
    """Answers a request that met an outage. Uses neither database nor session."""
    is_over = room.give_way() if outage is DISK_FULL else outage is DATABASE
    rejections.count("unavailable")
    response = plain_problem(503, outage.sentence, outage.code) if is_api(request) else _page(request, outage)
    response.headers["Retry-After"] = str(outage.retry_after_s)
    # Logs one line. Django would log each of the many requests of an outage with a traceback.
    cause = f"{type(error).__name__}: {error}" if error else outage.code
    log_response("%s: %s", request.path, cause, response=response, request=request, logger=log, level="warning")
    response.may_succeed_now = is_over  # type: ignore[attr-defined]  # for the middleware
    return response


def _page(request: HttpRequest, outage: Outage) -> HttpResponse:
    again = request.get_full_path() if request.method in SAFE_METHODS else ""
    page = render_to_string("503.html", {"sentence": outage.sentence, "again": again})
    return trigger_client_event(HttpResponse(page, status=503), "refused", {"says": outage.sentence})


class _Patience:
    """Whether this process still waits for the database: only in the first seconds of an outage.

    Later requests fail at once, so that those without a database do not queue behind them.
    """

    def __init__(self) -> None:
        self._until: float | None = None  # time.monotonic()

    def is_left(self) -> bool:
        now = time.monotonic()
        if self._until is None or now > self._until + FORGOTTEN_S:
            self._until = now + WAITED_OUT_S
        return now < self._until

    def renew(self) -> None:
        self._until = None


_patience = _Patience()


class OutageMiddleware:
    """Refuses large uploads while the disk is full, before they are received.

    Waits out a short outage of the database where nothing has been written: at the start of a request that may
    write, and in one that only reads, which is answered again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_safe, started = request.method in SAFE_METHODS, time.monotonic()
        if _is_large(request) and room.is_full():
            return unavailable(request, DISK_FULL, None)
        if not is_safe:
            _wait_for_database()
        response = self.get_response(request)
        may_succeed = is_safe and getattr(response, "may_succeed_now", False)
        if may_succeed and time.monotonic() - started < WAITED_OUT_S and _wait_for_database():
            return self.get_response(request)
        return response


def _is_large(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or ""
    return length.isdigit() and int(length) > LARGE_BYTES


def _wait_for_database() -> bool:
    """Connects to the database, if this thread has no working connection. Returns whether it succeeded in time."""
    while not connection.in_atomic_block:  # as in tests, whose connection must stay
        try:
            connection.close_if_unusable_or_obsolete()
            connection.close_if_health_check_failed()
            connection.ensure_connection()
        except (OperationalError, InterfaceError):
            if not _patience.is_left():
                return False
            time.sleep(LOOKS_EVERY_S)
        else:
            _patience.renew()
            return True
    return True
