"""Django's SQLite backend, but a writer that finds the database locked looks again every millisecond.

SQLite's own waiting (https://www.sqlite.org/c3ref/busy_timeout.html) sleeps longer with every turn, up to 100 ms,
though its locks are held for about 3 ms here, so newcomers overtake a writer that has waited long. With sixteen
people drawing, the worker that answers them all spent a third of its time asleep before a free lock.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

PAUSE_S = 0.0005, 0.0015  # drawn anew each time, so that those who wait do not all look at once
WORTH_WAITING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY}  # not BUSY_SNAPSHOT: that never passes

T = TypeVar("T")


def patiently(call: Callable[[], T], timeout_s: float) -> T:
    """What `call` returns, called again while the database is locked, for at most `timeout_s`.

    Raises sqlite3.OperationalError when it still is.
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
    """A connection that waits for the lock itself; `timeout` is how long (seconds)."""

    def __init__(self, database: Any, *, timeout: float = 5.0, **others: Any) -> None:
        super().__init__(database, timeout=0, **others)
        self.patience_s = timeout

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        """What Django asks of a fresh connection comes here, not through a cursor."""
        return patiently(lambda: super(PatientConnection, self).execute(*statement), self.patience_s)

    def commit(self) -> None:
        patiently(super().commit, self.patience_s)


@lru_cache(maxsize=256)
def _converted(query: str) -> str:
    """A statement with its placeholders as SQLite knows them; those that write many rows have thousands of them."""
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
