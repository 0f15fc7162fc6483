"""Batches whose worker crashed, stopped or lost its lease: no member is lost or read twice."""

import os
import signal
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from classifier.batches import lifecycle, reading
from classifier.batches.worker import worker
from classifier.errors import SiteBusy
from classifier.models import Batch, Drawing, Prediction, bulk
from tests.archives import many, members_of, read_whole, waiting_batch

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def crash_after(monkeypatch, pieces, error=KeyboardInterrupt):
    """The worker crashes after it has stored some pieces."""
    store, stored = reading.store, []

    def fragile(batch, outcome):
        if len(stored) == pieces:
            raise error
        stored.append(outcome)
        store(batch, outcome)

    monkeypatch.setattr(reading, "store", fragile)
    return store


@pytest.fixture
def own_signals():
    """The signal handlers are the same after the test, as Celery needs."""
    numbers = signal.SIGTERM, signal.SIGINT
    before = [signal.getsignal(number) for number in numbers]
    yield
    after = [signal.getsignal(number) for number in numbers]
    for number, what in zip(numbers, before, strict=True):
        signal.signal(number, what)
    assert after == before


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_crashed_worker_loses_no_member_and_reads_none_twice(owner, small_steps, monkeypatch, pieces):
    names = many(45)
    batch = waiting_batch(owner, names)
    store = crash_after(monkeypatch, pieces)
    with pytest.raises(KeyboardInterrupt):
        reading.carry_on(batch.pk)
    monkeypatch.setattr(reading, "store", store)
    assert not reading.carry_on(batch.pk)  # the lease has not expired
    Batch.objects.update(heartbeat=timezone.now() - timedelta(seconds=Batch.policy.lease_s + 1))
    assert lifecycle.late_batches() == [batch.pk]
    assert lifecycle.late_batches() == []
    batch = read_whole(batch)
    assert (batch.status, batch.read) == ("done", 45)
    assert members_of(batch) == list(names)


def test_crash_within_a_transaction_leaves_nothing_of_it(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(20))

    insert = bulk.Rows.insert

    def crash(self, **late):
        if self.model is Prediction:
            raise KeyboardInterrupt
        return insert(self, **late)

    monkeypatch.setattr(bulk.Rows, "insert", crash)
    with pytest.raises(KeyboardInterrupt):
        reading.carry_on(batch.pk)
    assert (Drawing.objects.count(), Batch.objects.get().read) == (0, 0)


def test_worker_that_lost_its_lease_stores_nothing(owner, small_steps, monkeypatch):
    """A second worker claims the batch while the first one hangs."""
    batch = waiting_batch(owner, many(30))
    store, taken = reading.store, []

    def overtaken(batch, outcome):
        if not taken:
            taken.append(True)
            Batch.objects.update(heartbeat=timezone.now() - timedelta(seconds=Batch.policy.lease_s + 1))
            while reading.carry_on(batch.pk):
                pass
        store(batch, outcome)

    monkeypatch.setattr(reading, "store", overtaken)
    assert reading.carry_on(batch.pk) is False
    batch.refresh_from_db()
    assert (batch.status, batch.read, Drawing.objects.count()) == ("done", 30, 30)


def test_task_stops_after_its_time_and_the_next_continues(owner, small_steps):
    batch = waiting_batch(owner, many(25))
    assert reading.carry_on(batch.pk, should_leave=lambda: Drawing.objects.exists()) is True
    batch.refresh_from_db()
    assert 0 < batch.read < 25
    assert (batch.status, batch.holder) == ("running", None)
    assert read_whole(batch).read == 25


@pytest.mark.usefixtures("own_signals")
def test_new_process_reads_the_batch_that_waited_longest(owner, _served):
    later, first, held = (waiting_batch(owner, many(3)) for _ in range(3))
    Batch.objects.filter(pk=first.pk).update(heartbeat=timezone.now() - timedelta(seconds=9))
    Batch.objects.filter(pk=held.pk).update(heartbeat=timezone.now() - timedelta(seconds=19), holder=uuid.uuid4())
    del _served[:]
    for read in ([first], [first, later], [first, later]):
        worker.read_waiting()
        assert set(Batch.objects.filter(status="done")) == set(read)
    assert _served == []


@pytest.mark.usefixtures("own_signals")
def test_process_that_must_exit_releases_its_batch(owner, small_steps, monkeypatch):
    batch = waiting_batch(owner, many(40))
    store = reading.store

    def told(batch, outcome):
        store(batch, outcome)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(reading, "store", told)
    with pytest.raises(SystemExit):
        worker.read_waiting()
    batch.refresh_from_db()
    assert 0 < batch.read < 40
    assert (batch.status, batch.holder) == ("running", None)


@pytest.mark.usefixtures("own_signals")
def test_failed_first_read_does_not_stop_the_worker(owner, monkeypatch, caplog):
    waiting_batch(owner, many(1))
    monkeypatch.setattr(reading, "carry_on", lambda *_, **__: 1 / 0)
    worker.read_waiting()
    assert "could not be read" in caplog.text


def test_batch_without_its_file_fails(owner):
    batch = waiting_batch(owner, many(3))
    Path(batch.file.path).unlink()
    batch = read_whole(batch)
    assert (batch.status, batch.message) == ("failed", reading.FILE_GONE)


def test_batch_without_progress_fails(owner, monkeypatch):
    batch = waiting_batch(owner, many(3))
    crash_after(monkeypatch, 0, SiteBusy("no decoder"))
    for _ in range(Batch.policy.attempts):
        assert not reading.carry_on(batch.pk)
    assert not reading.carry_on(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.attempts) == ("running", Batch.policy.attempts)
    Batch.objects.update(heartbeat=timezone.now() - timedelta(minutes=1))
    assert lifecycle.late_batches() == []
    batch.refresh_from_db()
    assert (batch.status, batch.message) == ("failed", lifecycle.GAVE_UP)


def test_lost_task_is_sent_again_after_growing_pauses(owner):
    batch = waiting_batch(owner, many(3))
    assert lifecycle.late_batches() == []
    now = timezone.now()
    Batch.objects.update(created=now - timedelta(seconds=6), heartbeat=now - timedelta(seconds=6))
    assert lifecycle.late_batches() == [batch.pk]
    Batch.objects.update(created=now - timedelta(seconds=60), heartbeat=now - timedelta(seconds=20))
    assert lifecycle.late_batches() == []
    Batch.objects.update(heartbeat=now - timedelta(seconds=31), created=now - timedelta(days=2))
    assert lifecycle.late_batches() == [batch.pk]
