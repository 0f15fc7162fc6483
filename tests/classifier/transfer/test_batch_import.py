"""Imported batches: the same figures, pictures and results as where they were made."""

import csv
import io
import json
import uuid
from pathlib import Path

import pytest

from classifier.batches import lifecycle, planning, reading
from classifier.digits import deletion, originals
from classifier.models import Batch, BatchFile, Digit, Drawing
from classifier.transfer.exporting.archives import as_zip
from tests.archives import waiting_batch
from tests.classifier.transfer.batches import (
    MEDIA,
    MIXED,
    PNG,
    UNREAD,
    a_batch,
    archives_of,
    links,
    packed,
    rows_of,
)
from tests.exports import (
    BATCH,
    WRITTEN,
    document,
    drawing,
    drawing_of_batch,
    exported,
    unpacked,
    without_names,
    zipped,
)
from tests.importing import imported
from tests.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


@pytest.mark.postgres
def test_export_after_import_differs_only_in_ids(batch_owner, stranger):
    job = imported(stranger, zipped(batch_owner))
    assert (job.status, job.error, job.remarks, job.batches, job.brought) == ("done", "", 0, 2, 6)
    before, after = exported(batch_owner), exported(stranger)
    assert without_names(after) == without_names(before)
    assert links(after) == links(before)
    assert {each["origin"] for each in after["batches"]} == {each["id"] for each in before["batches"]}
    assert archives_of(stranger) == archives_of(batch_owner)
    assert rows_of(stranger) == rows_of(batch_owner)
    again = imported(batch_owner, zipped(stranger))  # back in the first account
    assert (again.batches, again.brought, again.known) == (0, 0, 6)


def test_pages_results_and_pictures_of_an_imported_batch_work(batch_owner, stranger, stranger_client):
    imported(stranger, zipped(batch_owner))
    batch = Batch.objects.owned_by(stranger).get(one_digit=False)
    page = stranger_client.get(f"/batches/{batch.public_id}/").text
    assert f"{batch.read} pictures read" in page
    assert "7/blank.png" in page
    assert "The pictures (ZIP)" in page
    archive = stranger_client.get(f"/batches/{batch.public_id}/archive/")
    assert b"".join(archive.streaming_content) == archives_of(batch_owner)[0]
    told = json.loads(b"".join(stranger_client.get(f"/batches/{batch.public_id}/results.json").streaming_content))
    assert (len(told["results"]), len(told["failed"]), told["batch"]["accuracy"]) == (5, 2, batch.accuracy)
    table = b"".join(stranger_client.get(f"/batches/{batch.public_id}/results.csv").streaming_content).decode(
        "utf-8-sig"
    )
    assert len(list(csv.DictReader(io.StringIO(table)))) == 7
    for digit in Digit.objects.filter(drawing__batch=batch).select_related("drawing"):
        answer = stranger_client.get(f"/digits/{digit.public_id}/picture/")
        assert answer.content == MIXED[digit.drawing.member]
        assert answer.headers["Content-Type"] == f"image/{digit.drawing.original_format.lower()}"


def test_json_alone_imports_batches_without_pictures(batch_owner, stranger, stranger_client):
    job = imported(stranger, exported(batch_owner))
    assert (job.status, job.batches, job.brought, job.remarks) == ("done", 2, 6, 0)
    batch = Batch.objects.owned_by(stranger).get(one_digit=False)
    page = stranger_client.get(f"/batches/{batch.public_id}/")
    assert f"{batch.read} pictures read" in page.text
    assert "The pictures (ZIP)" not in page.text
    assert stranger_client.get(f"/batches/{batch.public_id}/archive/").status_code == 404
    assert rows_of(stranger) == rows_of(batch_owner)
    for digit in Digit.objects.filter(drawing__batch=batch):
        for path in ("", "picture/", "why/", "input.png"):
            assert stranger_client.get(f"/digits/{digit.public_id}/{path}").status_code == 200, path
    again = exported(stranger)
    WRITTEN.validate(again)
    assert [each["archive"] for each in again["batches"]] == [None, None]
    assert b"".join(as_zip(stranger, Digit.objects.owned_by(stranger)))


def test_an_imported_batch_can_be_deleted(batch_owner, stranger, stranger_client, django_capture_on_commit_callbacks):
    imported(stranger, zipped(batch_owner))
    paths = [Path(batch.file.path) for batch in Batch.objects.owned_by(stranger)]
    with django_capture_on_commit_callbacks(execute=True):
        for batch in Batch.objects.owned_by(stranger):
            assert stranger_client.post(f"/batches/{batch.public_id}/delete/").status_code == 302
    assert not Batch.objects.owned_by(stranger).exists()
    assert not any(path.exists() for path in paths)
    assert Drawing.objects.owned_by(stranger).count() == 1
    assert imported(stranger, zipped(batch_owner)).batches == 2  # and can be imported again
    assert len(archives_of(batch_owner)) == 2


def test_an_unfinished_batch_is_imported_with_its_results_so_far(owner, stranger):
    waiting = waiting_batch(owner, {f"{n}.png": PNG for n in range(planning.MEMBERS_AT_ONCE + 5)})
    assert reading.carry_on(waiting.pk, seconds=0.0) is True  # nothing is read yet
    imported(stranger, zipped(owner))
    came = Batch.objects.owned_by(stranger).get()
    assert (came.status, came.read, came.total) == ("cancelled", 0, planning.MEMBERS_AT_ONCE + 5)
    assert "while it was being read" in came.message
    assert came.finished is not None
    assert lifecycle.late_batches() == []
    assert not reading.carry_on(came.pk)


def test_a_foreign_version_is_named_in_the_results(stranger):
    imported(stranger, document(drawing_of_batch(), batches=[a_batch()]))
    ((row,),) = rows_of(stranger)
    assert (row["model_version"], row["digit"]) == ("theirs", 7)


@pytest.mark.postgres
def test_repeating_an_import_adds_nothing(batch_owner, stranger):
    data = zipped(batch_owner)
    imported(stranger, data)
    before = exported(stranger)
    for again in (data, exported(batch_owner), exported(stranger), zipped(stranger)):
        job = imported(stranger, again)
        assert (job.batches, job.brought, job.known, job.remarks) == (0, 0, 6, 0)
    assert without_names(exported(stranger)) == without_names(before)
    assert len(list(MEDIA.glob("batches/*/*/*.zip"))) >= 4
    assert BatchFile.objects.filter(batch__owner=stranger).count() == 2


@pytest.mark.postgres
def test_missing_digits_return_to_their_own_batch(batch_owner):
    data = zipped(batch_owner)
    Drawing.objects.filter(member="7/z.png").delete()
    job = imported(batch_owner, data)
    assert (job.batches, job.brought, job.known) == (0, 1, 5)
    back = Drawing.objects.get(member="7/z.png")
    assert back.batch == Batch.objects.get(one_digit=False)
    assert originals.member_bytes(back) == PNG


@pytest.mark.postgres
def test_recently_deleted_drawings_are_restored_and_not_doubled(batch_owner, stranger):
    data = zipped(batch_owner)
    imported(stranger, data)
    for person in (batch_owner, stranger):  # known by its own id, and by its first one
        deletion.delete(person, list(Digit.objects.owned_by(person).values_list("public_id", flat=True)[:3]))
        gone = Drawing.objects.deleted_by(person).count()
        assert gone
        job = imported(person, data)
        assert (job.brought, job.known, job.restored, job.refused) == (0, 6, gone, 0)
        deletion.restore(
            person, drawings=list(Drawing.objects.filter(owner=person).values_list("public_id", flat=True))
        )
        assert Drawing.objects.owned_by(person).count() == Drawing.objects.filter(owner=person).count() == 6
        assert len(exported(person)["drawings"]) == 6


def test_the_example_matches_the_schema_and_is_imported(owner):
    data = document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD])
    WRITTEN.validate(data)
    job = imported(owner, packed(data))
    assert (job.batches, job.brought, job.remarks) == (1, 1, 0)
    made = Batch.objects.get()
    assert (made.owner, made.public_id != uuid.UUID(BATCH), made.origin) == (owner, True, uuid.UUID(BATCH))
    assert (made.failures.get().name, originals.member_bytes(Drawing.objects.get())) == ("x.txt", PNG)


def test_an_export_without_the_newer_keys_is_imported(owner):
    data = document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD])
    for newer, record in (("numbers", "batches"), ("numbers_right", "batches"), ("label_problems", "batches")):
        del data[record][0][newer]
    del data["drawings"][0]["turned"], data["drawings"][0]["true_number"]
    job = imported(owner, packed(data))
    assert (job.batches, job.brought, job.remarks) == (1, 1, 0)
    assert (Batch.objects.get().label_problems, Drawing.objects.get().turned) == ({}, 0)


def test_an_export_of_version_1_is_imported(owner):
    old = document(drawing(), drawing(source="batch"), version=1)
    del old["unread"]
    for each in old["drawings"]:
        del each["batch"], each["member"]
    job = imported(owner, old)
    assert (job.status, job.brought, job.remarks) == ("done", 2, 0)


def test_the_page_of_an_import_mentions_batches(batch_owner, stranger, stranger_client):
    data = json.loads(unpacked(zipped(batch_owner))["digits.json"])
    data["batches"][0]["name"] = "<b>\0"
    job = imported(stranger, data)
    page = flat(stranger_client.get(f"/import/{job.public_id}/").text)
    assert "A batch cannot be imported." in page
    assert "6 drawings, 1 batch" in page
    assert "Drawing None" not in page
