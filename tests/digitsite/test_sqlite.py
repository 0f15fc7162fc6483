"""Writers that find the SQLite database locked."""

import gc
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import OperationalError

from digitsite.sqlite import base
from tests.factories import SEVEN, pad_form

OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}


@pytest.fixture
def database(tmp_path: Path, django_db_blocker):
    """A Django connection to a table in a file, and a plain one in place of another process."""
    path = tmp_path / "numbers.sqlite3"
    plain = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    with django_db_blocker.unblock(), closing(plain) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE numbers (value INTEGER)")
        yield connect(path), other


def connect(path: Path, timeout: float = 30.0) -> base.DatabaseWrapper:
    defaults = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    return base.DatabaseWrapper(
        defaults | {"NAME": path, "OPTIONS": OPTIONS | {"timeout": timeout}, "TIME_ZONE": None, "USER": "", "TEST": {}}
    )


def put(connection: base.DatabaseWrapper, value: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (%s)", [value])


def test_a_writer_waits_until_the_database_is_free(database):
    connection, other = database
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO numbers VALUES (1)")
    release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    release.start()
    put(connection, 2)
    release.join()
    assert other.execute("SELECT value FROM numbers").fetchall() == [(1,), (2,)]
    connection.close()


def test_a_fresh_connection_waits_too(tmp_path, django_db_blocker):
    """What it is asked first, how to keep its journal, needs the lock as well."""
    path = tmp_path / "fresh.sqlite3"
    with closing(sqlite3.connect(path, check_same_thread=False, isolation_level=None)) as other:
        other.execute("CREATE TABLE numbers (value INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        release.start()
        with django_db_blocker.unblock():
            connection = connect(path)
            put(connection, 1)
            connection.close()
        release.join()


def test_one_that_stays_locked_is_given_up(database):
    _, other = database
    name = other.execute("PRAGMA database_list").fetchone()[2]
    other.execute("BEGIN IMMEDIATE")
    connection = connect(Path(name), timeout=0.2)
    with pytest.raises(OperationalError, match="locked"):
        put(connection, 1)
    connection.close()


def test_a_snapshot_that_is_too_old_is_not_waited_for():
    """A transaction that read before another one wrote can never write: waiting would only delay the error."""
    calls = []

    def write() -> None:
        calls.append(1)
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
        raise error

    with pytest.raises(sqlite3.OperationalError):
        base.patiently(write, 30)
    assert calls == [1]


def test_another_error_is_not_waited_for(database):
    connection, _ = database
    with connection.cursor() as cursor, pytest.raises(OperationalError, match="no such table"):
        cursor.execute("SELECT * FROM letters")
    connection.close()


def prepared() -> int:
    return sum(type(each).__name__ == "Statement" for each in gc.get_objects())


def test_few_statements_are_kept_prepared(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), closing(connect(tmp_path / "numbers.sqlite3")) as mine:
        before = prepared()
        for number in range(200):
            with mine.cursor() as cursor:
                cursor.execute(f"SELECT {number}")
        assert base.CACHED_STATEMENTS - 5 <= prepared() - before <= base.CACHED_STATEMENTS + 5


def test_statements_of_answers_stay_prepared(owner_client, model_version):
    """They are not prepared again for each answer, also if a thread answers other requests in between."""
    seen = set()

    def note(execute, statement, *others):
        seen.add(statement)
        return execute(statement, *others)

    with connection.execute_wrapper(note):
        owner_client.post("/drawings/preview/", pad_form(), headers={"HX-Request": "true"})
        assert owner_client.post("/drawings/", pad_form(), headers={"HX-Request": "true"}).status_code == 200
        sketch = json.dumps({"strokes": SEVEN, "size": [280, 280], "pen": 18})
        assert owner_client.post("/api/v1/digits/", sketch, content_type="application/json").status_code == 202
        assert owner_client.get("/history/").status_code == 200
    assert 10 < len(seen) < base.CACHED_STATEMENTS
