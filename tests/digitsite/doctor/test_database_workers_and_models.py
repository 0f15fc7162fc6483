"""Databases of other versions, missing workers, late jobs, and damaged model files are named."""

import json
import time
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from classifier.jobs import broker, signs_of_life, workers
from classifier.jobs.queue import enqueue
from classifier.models import triggers
from digitsite.doctor import database, models
from digitsite.doctor import workers as of_workers

pytestmark = pytest.mark.postgres


@pytest.fixture
def migrations(db):
    return MigrationRecorder(connection)


def test_sound_database(db, said):
    assert said(database.check).startswith(f"ok: The database ({connection.display_name} ")


def test_missing_migration(migrations, said):
    last = max(name for app, name in migrations.applied_migrations() if app == "training")
    migrations.record_unapplied("training", last)
    assert f"wrong: Migrations are missing in the database: training.{last}." in said(database.check)


def test_database_of_a_newer_version(migrations, said):
    migrations.record_applied("classifier", "9999_from_the_future")
    text = said(database.check)
    assert "wrong: The database was migrated by a newer version of the site (classifier.9999_from_the_future)." in text
    assert "→ Install that version again" in text


def test_missing_trigger(transactional_db, said):
    triggers.drop(plan=["a migration"])
    try:
        assert "wrong: Triggers are missing in the database" in said(database.check)
    finally:
        triggers.create()


def test_missing_table_of_counts(db, settings, said):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "no_such_table"}}
    assert "wrong: The table no_such_table is missing, so nobody can sign in." in said(database.check)


@pytest.fixture
def alive(settings, tmp_path, unread_queue):
    """A scheduler and two workers that have just given a sign of life, and empty queues."""
    settings.SIGNS_OF_LIFE = tmp_path / "alive"
    settings.SIGNS_OF_LIFE.mkdir()
    broker.connection().delete("inference", "batches", "training")


def announce(*queues: str) -> None:
    for queue in queues:
        workers.announce(f"{queue}@here:1", {"queue": queue, "serves": "", "since": 0}, 10)


def test_nothing_at_work(alive, said):
    text = said(of_workers.check)
    assert "wrong: The scheduler does not run, so lost jobs are not sent again." in text
    assert "wrong: No inference worker is alive, so no digit is answered." in text
    assert "wrong: No training worker is alive" in text
    assert "logs/inference.log" in text


def test_everything_at_work(alive, said, monkeypatch):
    monkeypatch.setattr(signs_of_life, "living", lambda folder: {"scheduler"})
    announce("inference", "training")
    enqueue("classifier.predict", [1])
    assert said(of_workers.check).startswith("ok: 2 workers and the scheduler are at work")


def test_scheduler_of_another_machine_is_known_by_its_work(alive, said):
    announce("inference", "training")
    broker.connection().set(workers.SCHEDULED, time.time() - 5)
    assert said(of_workers.check).startswith("ok: 2 workers and the scheduler are at work")
    broker.connection().set(workers.SCHEDULED, time.time() - 60)
    assert "wrong: The scheduler does not run" in said(of_workers.check)


def test_job_that_waits_for_long(alive, said):
    announce("inference", "training")
    enqueue("classifier.predict", [1])
    old = json.loads(broker.connection().lindex("inference", 0))
    old["headers"]["sent"] = time.time() - 95
    broker.connection().rpush("inference", json.dumps(old))
    assert "wrong: 2 jobs wait in the queue inference, the oldest for 95 seconds." in said(of_workers.check)


def test_workers_without_redis_are_not_counted(alive, said, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
    broker.connection.cache_clear()
    try:
        assert "not checked: Workers and queues were not counted, because Redis" in said(of_workers.check)
    finally:
        broker.connection.cache_clear()


def test_no_version_in_service(db, said):
    text = said(models.check)
    assert "wrong: No digit reader is in service." in text
    assert "wrong: No line reader is in service." in text
    assert "manage.py register_bundled" in text


def test_damaged_and_missing_files(model_version, said):
    served, kept = Path(model_version.tflite_file.path), Path(model_version.keras_file.path)
    content = bytearray(served.read_bytes())
    content[len(content) // 2] ^= 1
    served.write_bytes(content)
    kept.unlink()
    text = said(models.check)
    name = f"of version {model_version}, which is in service,"
    assert f"wrong: {model_version.tflite_file.name} {name} is damaged: its checksum differs." in text
    assert f"wrong: {model_version.keras_file.name} {name} is missing." in text
    assert f"{model_version.h5_file.name}" not in text
