"""Imports of batches that are killed, cancelled, removed, or lose a batch meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from classifier.batches import lifecycle, reading
from classifier.digits import orphans
from classifier.models import Batch, Digit, Drawing, Import, ImportProblem
from classifier.transfer.exporting.archives import as_zip
from classifier.transfer.importing import chunks, importer, jobs
from tests.archives import read_whole, waiting_batch
from tests.classifier.transfer.batches import BLANK, MEDIA, PNG, UNREAD, a_batch, archives_of, member, packed
from tests.exports import (
    document,
    drawing,
    exported,
    without_names,
    zipped,
)
from tests.importing import Killed, imported, requested

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


@pytest.mark.postgres
def test_an_import_killed_anywhere_continues_and_imports_everything_once(batch_owner, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit, data = chunks.ChunkStore.commit, zipped(batch_owner)
    expected = without_names(exported(batch_owner))
    calls: list[int] = []
    for dies_at in (1, 2, 3, 4, 8, 9, 10, 11):  # two batches, six drawings, two unread files; and after the end

        def dies(self, chunk, dies_at=dies_at):
            calls.append(1)
            if len(calls) == dies_at:
                raise Killed
            commit(self, chunk)

        calls.clear()
        job = requested(stranger, data)
        with monkeypatch.context() as patched:
            patched.setattr(chunks.ChunkStore, "commit", dies)
            patched.setattr(chunks.ChunkStore, "remove_files", lambda *_: None)  # a killed process cleans nothing up
            if dies_at < 11:
                with pytest.raises(Killed):
                    importer.run(job.public_id)
                Import.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
        again = importer.run(job.public_id)
        assert (again.status, again.batches, again.brought, again.remarks) == ("done", 2, 6, 0), dies_at
        assert without_names(exported(stranger)) == expected, dies_at
        assert archives_of(stranger) == archives_of(batch_owner)
        for batch in Batch.objects.owned_by(stranger):
            assert len(list(MEDIA.rglob(f"*{batch.public_id}*"))) == 1
        Drawing.objects.owned_by(stranger).delete()
        Batch.objects.owned_by(stranger).delete()


@pytest.mark.postgres
def test_removal_deletes_the_imported_batches(batch_owner, stranger, django_capture_on_commit_callbacks):
    kept = read_whole(waiting_batch(stranger, {"mine.png": PNG}))
    job = imported(stranger, zipped(batch_owner))
    paths = [Path(batch.file.path) for batch in Batch.objects.filter(brought_by=job)]
    assert len(paths) == 2
    assert jobs.request_removal(job)
    with django_capture_on_commit_callbacks(execute=True):
        assert importer.run(job.public_id).status == "removed"
    assert list(Batch.objects.owned_by(stranger)) == [kept]
    assert Digit.objects.owned_by(stranger).get().drawing.batch == kept
    assert not any(path.exists() for path in paths)
    assert orphans.remove_orphans() == 0
    assert imported(stranger, zipped(batch_owner)).batches == 2


@pytest.mark.postgres
def test_a_batch_that_two_imports_filled_is_removed_with_the_last(batch_owner, stranger):
    mixed = Digit.objects.filter(drawing__batch__one_digit=False)
    some = mixed.filter(drawing__member="7/a.png")
    first = imported(stranger, b"".join(as_zip(batch_owner, some, is_all=False)))
    second = imported(stranger, zipped(batch_owner))
    assert (first.batches, first.brought, second.batches, second.brought) == (1, 1, 1, 5)
    jobs.request_removal(first)
    importer.run(first.public_id)
    kept = Batch.objects.owned_by(stranger).get(one_digit=False)
    assert sorted(kept.drawings.values_list("member", flat=True)) == ["1/one.gif", "47.png", "7/z.png"]
    jobs.request_removal(second)
    importer.run(second.public_id)
    assert not Batch.objects.owned_by(stranger).exists()


def test_an_import_of_only_an_empty_batch_can_be_removed(owner, stranger):
    read_whole(waiting_batch(owner, {"blank.png": BLANK}))
    job = imported(stranger, zipped(owner))
    assert (job.brought, job.batches) == (0, 1)
    assert jobs.request_removal(job)
    importer.run(job.public_id)
    assert not Batch.objects.owned_by(stranger).exists()


@pytest.mark.postgres
def test_cancelling_among_the_batches_keeps_the_stored_ones(batch_owner, stranger, monkeypatch):
    commit = chunks.ChunkStore.commit

    def cancelled_meanwhile(self, chunk):
        commit(self, chunk)
        jobs.cancel(self.job)

    monkeypatch.setattr(chunks.ChunkStore, "commit", cancelled_meanwhile)
    job = imported(stranger, zipped(batch_owner))
    assert (job.status, job.batches, job.brought) == ("cancelled", 1, 0)
    assert len(archives_of(stranger)) == 1


@pytest.mark.postgres
def test_drawings_of_a_batch_deleted_meanwhile_are_rejected(owner, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def deleted_after_the_first(self, chunk):
        commit(self, chunk)
        if chunk.drawings:
            Batch.objects.filter(brought_by=self.job).update(status=Batch.Status.DELETED)

    monkeypatch.setattr(chunks.ChunkStore, "commit", deleted_after_the_first)
    data = document(member(), member(), member(), drawing(), batches=[a_batch()], unread=[UNREAD])
    job = imported(owner, packed(data))
    assert (job.status, job.brought, job.refused, job.remarks) == ("done", 2, 2, 3)
    assert "deleted meanwhile" in ImportProblem.objects.first().sentence
    reading.carry_on(Batch.objects.get().pk)
    assert Drawing.objects.get().batch is None


@pytest.mark.postgres
def test_a_batch_deleted_while_the_import_pauses_is_not_imported_again(owner, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def dies_after_the_first(self, chunk):
        commit(self, chunk)
        if chunk.drawings:
            raise Killed

    data = packed(document(member(), member(), drawing(), batches=[a_batch(), 7], unread=[UNREAD]))
    job = requested(owner, data)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(chunks.ChunkStore, "commit", dies_after_the_first)
        patched.setattr(chunks.ChunkStore, "remove_files", lambda *_: None)
        importer.run(job.public_id)
    lifecycle.delete_batch(Batch.objects.get())
    Import.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
    again = importer.run(job.public_id)
    assert (again.status, again.batches, again.brought, again.refused, again.remarks) == ("done", 1, 2, 1, 2)
    assert (Batch.objects.count(), Drawing.objects.get().batch) == (0, None)


@pytest.mark.postgres
def test_a_batch_deleted_at_the_last_moment_stops_only_its_drawings(owner, monkeypatch):
    """Deleted between the check and the transaction: the other drawings of the chunk are imported."""
    commit, calls = chunks.ChunkStore.commit, []

    def deleted_just_before(self, chunk):
        if chunk.drawings and not calls:
            calls.append(1)
            Batch.objects.filter(brought_by=self.job).update(status=Batch.Status.DELETED)
        commit(self, chunk)

    monkeypatch.setattr(chunks.ChunkStore, "commit", deleted_just_before)
    job = imported(owner, packed(document(drawing(), member(), drawing(), batches=[a_batch()])))
    assert (job.status, job.brought, job.refused, job.seen) == ("done", 2, 1, 3)
    assert str(ImportProblem.objects.get()) == "Drawing 2: Its batch has been deleted meanwhile."
