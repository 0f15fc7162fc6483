"""Imports as jobs: continued, cancelled, removed, given up."""

import json
import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier.digits import orphans
from classifier.errors import ImportAtWork, ImportRejected
from classifier.models import (
    Digit,
    Drawing,
    ForeignVersion,
    Import,
    ImportProblem,
    ModelVersion,
)
from classifier.transfer.importing import chunks, drawings, importer, jobs, removal
from tests.exports import document, drawing, exported, zipped
from tests.factories import many_digits
from tests.importing import Killed, imported, requested

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
def test_a_person_has_one_unfinished_import_at_a_time(owner, stranger):
    requested(owner, document(drawing()))
    with pytest.raises(ImportAtWork):
        requested(owner, document(drawing()))
    requested(stranger, document(drawing()))
    assert Import.objects.count() == 2


@pytest.mark.postgres
def test_a_killed_import_continues_after_the_last_stored_chunk(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit, calls = chunks.ChunkStore.commit, []

    def fails_at_the_third(self, chunk):
        calls.append(chunk)
        if len(calls) == 3:
            raise Killed
        commit(self, chunk)

    for data in (zipped(full), json.dumps(exported(full)).encode()):
        calls.clear()
        job = requested(stranger, data)
        with monkeypatch.context() as patched:
            patched.setattr(chunks.ChunkStore, "commit", fails_at_the_third)
            patched.setattr(chunks.ChunkStore, "remove_files", lambda *_: None)  # a killed process cleans nothing up
            with pytest.raises(Killed):
                importer.run(job.public_id)
        job.refresh_from_db()
        assert (job.status, job.seen, Drawing.objects.owned_by(stranger).count()) == ("running", 2, 2)
        assert importer.run(job.public_id) is None  # its lease has not expired
        Import.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
        again = importer.run(job.public_id)
        assert (again.status, again.seen, again.brought, again.attempts) == ("done", 4, 4, 0)
        assert len({each.origin for each in Drawing.objects.owned_by(stranger)}) == 4
        for kept in Drawing.objects.owned_by(stranger).exclude(original=""):
            folder = Path(kept.original.path).parent
            assert [path.name for path in folder.glob(f"{kept.public_id}*")] == [f"{kept.public_id}.png"]
        Drawing.objects.owned_by(stranger).delete()


@pytest.mark.postgres
def test_a_process_that_lost_its_lease_stores_no_more(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def taken_over(self, chunk):
        commit(self, chunk)
        Import.objects.update(holder=uuid.uuid4())

    monkeypatch.setattr(chunks.ChunkStore, "commit", taken_over)
    job = importer.run(requested(stranger, zipped(full)).public_id)
    assert (job.status, job.brought, Drawing.objects.owned_by(stranger).count()) == ("running", 1, 1)


@pytest.mark.postgres
def test_cancelling_ends_before_the_next_chunk_and_keeps_the_stored_ones(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def cancelled_meanwhile(self, chunk):
        commit(self, chunk)
        assert jobs.cancel(self.job)

    monkeypatch.setattr(chunks.ChunkStore, "commit", cancelled_meanwhile)
    job = importer.run(requested(stranger, zipped(full)).public_id)
    assert (job.status, job.brought, job.file.name) == ("cancelled", 1, "")
    assert not jobs.cancel(job)


def test_a_queued_import_is_cancelled_at_once(owner):
    job = requested(owner, document(drawing()))
    path = Path(job.file.path)
    assert jobs.cancel(job)
    job.refresh_from_db()
    assert (job.status, path.exists()) == ("cancelled", False)
    assert importer.run(job.public_id) is None


def test_the_file_is_deleted_after_the_import(owner):
    job = requested(owner, document(drawing()))
    path = Path(job.file.path)
    assert path.exists()
    importer.run(job.public_id)
    assert not path.exists()


def test_the_file_is_deleted_with_the_account(owner, django_capture_on_commit_callbacks):
    path = Path(requested(owner, document(drawing())).file.path)
    with django_capture_on_commit_callbacks(execute=True):
        owner.delete()
    assert not path.exists()


@pytest.mark.postgres
def test_an_account_with_imported_drawings_can_be_closed(owner):
    imported(owner, document(drawing()))
    owner.delete()
    assert (ForeignVersion.objects.count(), Drawing.objects.count(), Import.objects.count()) == (0, 0, 0)


@pytest.mark.postgres
def test_removal_deletes_the_imported_drawings_and_nothing_else(
    full, stranger, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(removal, "DRAWINGS_AT_ONCE", 3)
    kept = many_digits(stranger, 1)[0]
    job = imported(stranger, zipped(full))
    assert jobs.request_removal(job)
    with django_capture_on_commit_callbacks(execute=True):
        job = importer.run(job.public_id)
    assert job.status == "removed"
    assert list(Digit.objects.owned_by(stranger)) == [kept]
    assert not ForeignVersion.objects.filter(owner=stranger).exists()
    assert Drawing.objects.owned_by(full).count() == 4
    assert not jobs.request_removal(job)
    assert orphans.remove_orphans() == 0
    assert imported(stranger, zipped(full)).brought == 4  # and can be imported again


def test_an_import_that_ended_early_can_be_removed(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    data = json.dumps(exported(full)).encode()
    job = imported(stranger, data[: len(data) * 3 // 4])
    assert job.status == "failed"
    assert "ends too early" in job.error
    assert 0 < job.brought < 4
    assert jobs.request_removal(job)
    importer.run(job.public_id)
    assert not Drawing.objects.owned_by(stranger).exists()


@pytest.mark.postgres
def test_the_scheduler_sends_unclaimed_imports_again(owner, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "send", lambda key: asked.append(key) or True)
    job = requested(owner, document(drawing()))
    jobs.look_after()
    assert asked == []
    Import.objects.update(heartbeat=timezone.now() - timedelta(seconds=11))
    jobs.look_after()
    assert asked == [job.pk]
    jobs.claim(job.public_id)
    jobs.look_after()
    assert asked == [job.pk]


@pytest.mark.postgres
def test_an_import_that_kills_every_process_is_given_up(owner, monkeypatch):
    monkeypatch.setattr(jobs, "send", lambda key: True)
    job = requested(owner, document(drawing()))
    for _ in range(Import.policy.attempts):
        assert jobs.claim(job.public_id) is not None
        Import.objects.update(heartbeat=timezone.now() - timedelta(minutes=5))
    assert jobs.claim(job.public_id) is None
    jobs.look_after()
    job.refresh_from_db()
    assert (job.status, job.file.name) == ("failed", "")
    assert "stopped several times" in job.error


def test_a_file_without_a_row_is_deleted_later(owner, model_version):
    ModelVersion.objects.update(created=timezone.now() - timedelta(days=2))
    storage = Import.file.field.storage
    old, new = (f"imports/{uuid.uuid4()}.zip" for _ in range(2))
    kept = requested(owner, document(drawing())).file.name
    for name in (old, new):
        storage.save(name, SimpleUploadedFile("x", b"PK"))
    for name in (old, kept):
        hours_ago = (timezone.now() - timedelta(hours=3)).timestamp()
        os.utime(storage.path(name), (hours_ago, hours_ago))
    orphans.remove_orphans()
    assert [storage.exists(name) for name in (old, new, kept)] == [False, True, True]


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"", "empty"), (b"no export", "no export"), (b"[1]", "no export"), (b"\x89PNG\r\n", "no export")],
)
def test_files_that_are_not_exports_are_rejected_at_once(data, word, owner):
    with pytest.raises(ImportRejected, match=word):
        requested(owner, data)
    assert not Import.objects.exists()


def test_a_process_continues_with_waiting_imports(owner, stranger):
    for person in (owner, stranger):
        requested(person, document(drawing()))
    assert importer.run_all(Import.objects.owned_by(stranger).get().public_id) == 2
    assert set(Import.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.postgres
def test_all_problems_are_counted_and_the_first_kept(owner, monkeypatch):
    monkeypatch.setattr(chunks, "MAX_PROBLEMS", 3)
    monkeypatch.setattr(importer, "CHUNK", 2)
    job = imported(owner, document(*(drawing(pen=-1) for _ in range(5)), drawing()))
    assert (job.brought, job.refused, job.remarks) == (1, 5, 5)
    assert ImportProblem.objects.count() == 3


@pytest.mark.postgres
def test_a_row_that_the_database_rejects_does_not_stop_the_others(owner, monkeypatch):
    """Two rows with the same id: only the constraint notices."""
    one, two, three = drawing(), drawing(), drawing()
    real = drawings.new_drawing

    def namesake(given, **more):
        rows = real(given, **more)
        if given["id"] == two["id"]:
            rows.digits[0].public_id = taken_already.public_id
        return rows

    taken_already = many_digits(owner, 1)[0]
    monkeypatch.setattr(drawings, "new_drawing", namesake)
    job = imported(owner, document(one, two, three))
    assert (job.status, job.brought, job.refused, job.seen) == ("done", 2, 1, 3)
    assert str(ImportProblem.objects.get()) == "Drawing 2: It could not be stored."
