"""Accepting, cancelling and deleting batches, and their files."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from classifier.batches import lifecycle, reading
from classifier.digits import orphans
from classifier.errors import ArchiveRejected, TooManyBatches
from classifier.models import Batch, BatchFile, Digit, Drawing
from classifier.uploads import stored
from tests.archives import PNG, incoming, many, read_whole, waiting_batch, zipped
from tests.factories import drawn_digit

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def files(folder):
    return [path for path in (Path(django_settings.DATA_DIR) / folder).rglob("*") if path.is_file()]


def test_refused_archive_leaves_nothing(owner, settings):
    settings.BATCH_MAX_FILES = 3
    before = len(files("media"))
    for data in (zipped(many(4)), b"no archive", zipped({}), zipped(many(2))[:-40]):
        with pytest.raises(ArchiveRejected), incoming(data) as file:
            lifecycle.accept_batch(owner, file)
    assert (Batch.objects.count(), len(files("media")), files("incoming")) == (0, before, [])


def test_archive_is_stored_unchanged(owner):
    data = zipped(many(3))
    batch = waiting_batch(owner, data)
    assert Path(batch.file.path).read_bytes() == data
    assert str(batch.public_id) in batch.file.name
    assert files("incoming") == []


def test_unfinished_batches_of_a_person_are_limited(owner, stranger):
    for _ in range(lifecycle.WAITING_AT_MOST):
        waiting_batch(owner, {"7.png": PNG})
    with pytest.raises(TooManyBatches):
        waiting_batch(owner, {"7.png": PNG})
    waiting_batch(stranger, {"7.png": PNG})


def test_cancelled_batch_keeps_its_digits_and_is_read_no_further(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(40))
    store = reading.store

    def cancelled(held, outcome):
        store(held, outcome)
        assert lifecycle.cancel_batch(batch)

    monkeypatch.setattr(reading, "store", cancelled)
    assert reading.carry_on(batch.pk) is False
    batch.refresh_from_db()
    assert (batch.status, batch.read, Drawing.objects.count()) == ("cancelled", 10, 10)
    assert batch.finished
    assert not lifecycle.cancel_batch(batch)
    assert not reading.carry_on(batch.pk)
    assert lifecycle.late_batches() == []


def test_deleted_batch_loses_its_digits_and_its_file(owner, _served, monkeypatch, django_capture_on_commit_callbacks):
    others = drawn_digit(owner)
    batch = read_whole(waiting_batch(owner, {**many(25), "bad": b"x"}))
    path = Path(batch.file.path)
    monkeypatch.setattr(lifecycle, "REMOVED_AT_ONCE", 10)
    monkeypatch.setattr(lifecycle, "REMOVED_IN_REQUEST_S", 0)
    lifecycle.delete_batch(batch)
    assert not Batch.objects.owned_by(owner).exists()
    assert Drawing.objects.count() == 16  # a worker removes the rest
    assert _served[-1] == batch.pk
    with django_capture_on_commit_callbacks(execute=True):
        while reading.carry_on(batch.pk):
            pass
    assert list(Digit.objects.all()) == [others]
    assert (Batch.objects.count(), BatchFile.objects.count(), path.exists()) == (0, 0, False)


def test_deleting_stops_reading(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(40))
    store = reading.store

    def deleted(held, outcome):
        store(held, outcome)
        lifecycle.delete_batch(batch)

    monkeypatch.setattr(reading, "store", deleted)
    assert reading.carry_on(batch.pk) is False
    assert (Batch.objects.count(), Drawing.objects.count(), Digit.objects.count()) == (0, 0, 0)


def test_files_without_a_row_are_removed_and_others_stay(owner, model_version, settings):
    batch = waiting_batch(owner, many(2))
    lost = Path(batch.file.path).with_name("0b0e3c0e-6c5c-4a39-8f0e-9a0f2f1b4c11.zip")
    half = Path(stored.incoming_folder()) / "half.zip"
    for path in (lost, half):
        path.write_bytes(b"x")
    for path in (lost, half, Path(batch.file.path)):
        os.utime(path, (time.time() - 7200,) * 2)
    type(model_version).objects.update(created=timezone.now() - timedelta(days=1))
    orphans.remove_orphans()
    assert (lost.exists(), half.exists(), Path(batch.file.path).exists()) == (False, False, True)
