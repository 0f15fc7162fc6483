"""A database from before the migrations were squashed, as `before_leases` has it, becomes the database of today."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from classifier.models import Batch, Correction, Digit, Import, Prediction, Rereading, triggers
from training.models import TrainingRun

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DUMPS = Path(__file__).parent / "before_leases"
LAST_SEEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def old(transactional_db, tmp_path):
    """Connects to a database filled with the dump instead of the tests' own; returns the schema of the latter."""
    todays_schema = schema()
    dump, tests_own = (DUMPS / f"{connection.vendor}.sql").read_text(), connection.settings_dict["NAME"]
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        name = str(tmp_path / "old.sqlite3")
        with closing(sqlite3.connect(name)) as file:
            file.executescript(dump)
    else:
        name = f"{tests_own}_old"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    connection.settings_dict["NAME"] = name
    if not is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute(dump)
        connection.close()  # the dump has changed the connection's settings
    triggers.drop(plan=["something"])
    Digit.objects.update(read=0, said=None, status="done")
    yield todays_schema
    connection.close()
    connection.settings_dict["NAME"] = tests_own
    if not is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def schema():
    """By table: its columns with their types, and its indexes and constraints."""
    here, tables = connection.introspection, {}
    with connection.cursor() as cursor:
        for table in set(here.table_names(cursor)) - {"cache"}:  # made by createcachetable
            columns = here.get_table_description(cursor, table)
            constraints = here.get_constraints(cursor, table).values()
            tables[table] = (
                {(column.name, column.type_code, column.internal_size, column.null_ok) for column in columns},
                sorted(
                    str([each[key] for key in ("columns", "primary_key", "unique", "foreign_key", "check", "index")])
                    for each in constraints
                ),
            )
    return tables


def test_old_database_gets_todays_tables_and_keeps_its_rows(old):
    call_command("migrate", verbosity=0)
    assert triggers.exist()
    assert schema() == old
    assert User.objects.get().username == "owner"
    batches = Batch.objects.order_by("pk").values_list("name", "status", "holder", "attempts")
    assert list(batches) == [("waiting", "queued", None, 0), ("held", "running", None, 2), ("done", "done", None, 0)]
    assert Batch.objects.get(name="held").heartbeat == LAST_SEEN
    import_ = Import.objects.get()
    assert (import_.heartbeat, import_.holder.int, import_.attempts, import_.position) == (LAST_SEEN, 9, 1, 77)
    assert Rereading.objects.values_list("heartbeat", "holder", "attempts").get() == (LAST_SEEN, None, 0)
    queued, running, done = TrainingRun.objects.order_by("pk")
    assert (queued.attempts, running.attempts, done.attempts) == (0, 1, 1)
    assert (running.heartbeat - queued.heartbeat).total_seconds() == 60
    assert [each.status for each in Prediction.objects.order_by("pk")] == ["queued", "done", "done"]
    assert Correction.objects.get().label == 4
    digits = Digit.objects.order_by("pk").values_list("read", "said", "status")
    assert list(digits) == [(11, None, "queued"), (7, 4, "done"), (7, None, "done")]
    call_command("migrate", verbosity=0)  # again, which changes nothing
    assert schema() == old
    assert list(Digit.objects.order_by("pk").values_list("read", "said", "status")) == list(digits)
