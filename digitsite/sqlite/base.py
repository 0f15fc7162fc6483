"""Django's SQLite backend, except that a writer that finds the database locked tries again every millisecond, and that
fewer statements are kept prepared.

SQLite's own waiting (https://www.sqlite.org/c3ref/busy_timeout.html) sleeps longer with every attempt, up to 100 ms,
but locks are held for about 3 ms here, so newcomers overtake a writer that has waited long. With sixteen people at once
the site gave 160 to 177 answers a second; with Django's own backend, 146 to 151 (docs/performance.md).
"""

import random
import sqlite3
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

PAUSE_S = 0.0005, 0.0015  # random, so waiting writers do not all try at once
WORTH_WAITING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY}  # not BUSY_SNAPSHOT, which waiting never resolves
# Every thread has a connection, and Python keeps 128 statements of each prepared: 28 MB of a web process after 2,500
# requests of all kinds. An answer needs about 15; preparing another one again takes less than 0.1 ms.
CACHED_STATEMENTS = 32

T = TypeVar("T")


def patiently(call: Callable[[], T], timeout_s: float) -> T:
    """Returns what `call` returns; repeats the call while the database is locked, for at most `timeout_s`.

    Raises sqlite3.OperationalError if it is still locked.
    """
    end = time.monotonic() + timeout_s
    while True:
        try:
            return call()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in WORTH_WAITING or time.monotonic() >= end:
                raise
        time.sleep(random.uniform(*PAUSE_S))  # noqa: S311 - no secret


class PatientConnection(sqlite3.Connection):
    """A connection that waits for the lock itself. timeout: seconds."""

    def __init__(self, database: Any, *, timeout: float = 5.0, **others: Any) -> None:
        super().__init__(database, timeout=0, **{"cached_statements": CACHED_STATEMENTS} | others)
        self.patience_s = timeout

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        """Runs what Django executes on a new connection without a cursor."""
        return patiently(lambda: super(PatientConnection, self).execute(*statement), self.patience_s)

    def commit(self) -> None:
        patiently(super().commit, self.patience_s)


@lru_cache(maxsize=256)
def _converted(query: str) -> str:
    """A statement with SQLite's placeholders, cached: statements that write many rows have thousands of them."""
    return str(base.FORMAT_QMARK_REGEX.sub("?", query)).replace("%%", "%")


class PatientCursor(base.SQLiteCursorWrapper):
    connection: PatientConnection

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        return _converted(query) if param_names is None else super().convert_query(query, param_names=param_names)

    def execute(self, query: str, params: Any = None) -> Any:
        return patiently(lambda: super(PatientCursor, self).execute(query, params), self.connection.patience_s)

    def executemany(self, query: str, param_list: Any) -> Any:
        rows = list(param_list)
        return patiently(lambda: super(PatientCursor, self).executemany(query, rows), self.connection.patience_s)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | {"factory": PatientConnection}

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=PatientCursor)
