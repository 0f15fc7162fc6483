"""Batches go out with everything else and come in again: with their archives, their figures and what was not read."""

import csv
import io
import json
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier.batches import lifecycle, reading, results
from classifier.digits import deletion, originals, orphans
from classifier.models import Batch, BatchFile, Digit, Drawing, Import, ImportProblem
from classifier.recognition.preprocessing.strokes import render
from classifier.transfer.exporting.archives import as_zip
from classifier.transfer.importing import batches, chunks, importer, jobs
from classifier.transfer.importing import members as batch_members
from tests import archives, belongings
from tests.archives import read_whole, waiting_batch
from tests.belongings import (
    BATCH,
    WRITTEN,
    document,
    drawing,
    drawing_of_batch,
    exported,
    unpacked,
    unread,
    without_names,
    zipped,
)
from tests.factories import FORTY_SEVEN, ONE, drawn_digit, picture, seven, sketch
from tests.markup import flat

pytestmark = pytest.mark.django_db

PNG, GIF = picture(seven(40)), picture(255 - render(sketch(ONE)), "GIF")
NUMBER = picture(255 - render(sketch(FORTY_SEVEN)))
BLANK = picture(np.full((40, 40), 255, np.uint8))
MIXED = {"7/a.png": PNG, "1/one.gif": GIF, "47.png": NUMBER, "7/blank.png": BLANK, "x.txt": b"no", "7/z.png": PNG}
MEDIA = Path(Batch.file.field.storage.path(""))


@pytest.fixture(autouse=True)
def _served(model_version, monkeypatch):
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)


@pytest.fixture
def full(owner):
    """Two batches, one of them with pictures of all sorts, and a drawn digit."""
    drawn_digit(owner)
    read_whole(waiting_batch(owner, MIXED))
    read_whole(waiting_batch(owner, {"b.png": PNG}, one_digit=True))
    long_ago = timezone.now() - timedelta(days=100, microseconds=3)
    Batch.objects.update(created=long_ago)
    return owner


def sent(person, data: bytes | dict) -> Import:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return jobs.request_import(person, SimpleUploadedFile("mine", content))


def imported(person, data: bytes | dict) -> Import:
    job = importer.run(sent(person, data).public_id)
    assert job is not None
    assert job.is_final
    return job


def archives_of(person) -> list[bytes]:
    found = Batch.objects.owned_by(person).order_by("pk")
    return [Path(batch.file.path).read_bytes() if batch.file else b"" for batch in found]


def links(export) -> list[tuple]:
    """Which batch, by its place, each drawing and each file that was not read belongs to."""
    places = {batch["id"]: place for place, batch in enumerate(export["batches"])} | {None: None}
    return [places[each["batch"]] for each in [*export["drawings"], *export["unread"]]]


def rows_of(person) -> list[list[dict]]:
    """The results files, without the digits' names."""
    found = [list(results.results(batch)) for batch in Batch.objects.owned_by(person).order_by("pk")]
    return [[{key: value for key, value in row.items() if key != "id"} for row in rows] for rows in found]


@pytest.mark.postgres
def test_a_batch_is_exported_with_its_figures_and_what_was_not_read(full):
    data = exported(full)
    WRITTEN.validate(data)
    mixed, other = data["batches"]
    assert (mixed["status"], mixed["total"], mixed["read"], mixed["failed"], mixed["digits"]) == ("done", 6, 4, 2, 5)
    assert (mixed["labelled"], sum(map(sum, mixed["confusion"])), other["one_digit"]) == (3, 3, True)
    assert [(each["member"], each["reason"]) for each in data["unread"]] == [
        ("7/blank.png", "no_ink"),
        ("x.txt", "unsupported_format"),
    ]
    members = {each["member"]["name"]: each["member"]["format"] for each in data["drawings"] if each["batch"]}
    assert members == {"7/a.png": "PNG", "1/one.gif": "GIF", "47.png": "PNG", "7/z.png": "PNG", "b.png": "PNG"}
    assert links(data) == [None, 0, 0, 0, 0, 1, 0, 0]


def test_the_zip_has_the_archives_as_they_came(full):
    files = unpacked(zipped(full))
    named = [each["archive"] for each in json.loads(files["digits.json"])["batches"]]
    assert [files[each["name"]] for each in named] == archives_of(full)
    assert [each["bytes"] for each in named] == [len(each) for each in archives_of(full)]
    assert {name for name in files if name.startswith("batches/")} == {each["name"] for each in named}


def test_an_archive_that_is_lost_is_noted_and_breaks_nothing(full, stranger):
    Path(Batch.objects.first().file.path).unlink()
    data = zipped(full)
    WRITTEN.validate(document := json.loads(unpacked(data)["digits.json"]))
    assert [each["archive"].get("missing") for each in document["batches"]] == [None, True]
    job = imported(stranger, data)
    assert (job.batches, job.brought, job.remarks) == (2, 6, 0)
    assert [bool(each) for each in archives_of(stranger)] == [True, False]


@pytest.mark.postgres
def test_of_a_choice_only_the_batches_that_it_is_from_come(full, owner_client):
    def got(path, ids=None):
        response = owner_client.post(path, {"ids": ids}) if ids else owner_client.get(path)
        return b"".join(response.streaming_content)

    mixed, other = Batch.objects.order_by("pk")
    chosen = Digit.objects.get(drawing__batch=other)
    for data in (
        got("/export/all.zip", [str(chosen.public_id)]),
        got(f"/export/all.zip?batch={other.public_id}"),
    ):
        files = unpacked(data)
        assert files.keys() == {"digits.json", f"batches/{other.public_id}.zip"}
        found = json.loads(files["digits.json"])
        assert ([each["id"] for each in found["batches"]], found["unread"]) == ([str(other.public_id)], [])
    assert json.loads(got("/export/digits.json?source=draw"))["batches"] == []
    assert len(json.loads(got("/export/digits.json?sort=oldest"))["batches"]) == 2
    assert len(json.loads(got(f"/export/digits.json?batch={mixed.public_id}"))["unread"]) == 2


def test_only_my_batches_that_are_not_deleted_are_exported(full, stranger):
    empty = read_whole(waiting_batch(full, {"blank.png": BLANK}))
    read_whole(waiting_batch(stranger, {"a.png": PNG}))
    Batch.objects.filter(digits=5).update(status=Batch.Status.DELETED)  # its digits go behind the scenes
    data = exported(full)
    kept = Batch.objects.get(one_digit=True)
    assert [each["id"] for each in data["batches"]] == [str(kept.public_id), str(empty.public_id)]
    assert [each["batch"] for each in data["drawings"]] == [None, str(kept.public_id)]
    assert [each["member"] for each in data["unread"]] == ["blank.png"]


@pytest.mark.postgres
def test_what_is_sent_while_it_is_exported_is_left_out(full):
    pieces = as_zip(full, Digit.objects.owned_by(full))
    read_whole(waiting_batch(full, {"late.png": PNG, "blank.png": BLANK}))
    files = unpacked(b"".join(pieces))
    data = json.loads(files["digits.json"])
    assert (len(data["batches"]), len(data["drawings"]), len(data["unread"]), len(files)) == (2, 6, 2, 3)


@pytest.mark.postgres
def test_export_import_export_is_the_same_but_for_names(full, stranger):
    job = imported(stranger, zipped(full))
    assert (job.status, job.error, job.remarks, job.batches, job.brought) == ("done", "", 0, 2, 6)
    before, after = exported(full), exported(stranger)
    assert without_names(after) == without_names(before)
    assert links(after) == links(before)
    assert {each["origin"] for each in after["batches"]} == {each["id"] for each in before["batches"]}
    assert archives_of(stranger) == archives_of(full)
    assert rows_of(stranger) == rows_of(full)
    again = imported(full, zipped(stranger))  # home from round the world
    assert (again.batches, again.brought, again.known) == (0, 0, 6)


def test_pages_results_and_pictures_of_an_imported_batch_work(full, stranger, stranger_client):
    imported(stranger, zipped(full))
    batch = Batch.objects.owned_by(stranger).get(one_digit=False)
    page = stranger_client.get(f"/batches/{batch.public_id}/").text
    assert "5 digits read" in page
    assert "7/blank.png" in page
    assert "The pictures (ZIP)" in page
    archive = stranger_client.get(f"/batches/{batch.public_id}/archive/")
    assert b"".join(archive.streaming_content) == archives_of(full)[0]
    told = json.loads(b"".join(stranger_client.get(f"/batches/{batch.public_id}/results.json").streaming_content))
    assert (len(told["results"]), len(told["failed"]), told["batch"]["accuracy"]) == (5, 2, batch.accuracy)
    table = b"".join(stranger_client.get(f"/batches/{batch.public_id}/results.csv").streaming_content).decode()
    assert len(list(csv.DictReader(io.StringIO(table)))) == 7
    for digit in Digit.objects.filter(drawing__batch=batch).select_related("drawing"):
        answer = stranger_client.get(f"/digits/{digit.public_id}/picture/")
        assert answer.content == MIXED[digit.drawing.member]
        assert answer.headers["Content-Type"] == f"image/{digit.drawing.original_format.lower()}"


def test_json_alone_brings_batches_without_pictures(full, stranger, stranger_client):
    job = imported(stranger, exported(full))
    assert (job.status, job.batches, job.brought, job.remarks) == ("done", 2, 6, 0)
    batch = Batch.objects.owned_by(stranger).get(one_digit=False)
    page = stranger_client.get(f"/batches/{batch.public_id}/")
    assert "5 digits read" in page.text
    assert "The pictures (ZIP)" not in page.text
    assert stranger_client.get(f"/batches/{batch.public_id}/archive/").status_code == 404
    assert rows_of(stranger) == rows_of(full)
    for digit in Digit.objects.filter(drawing__batch=batch):
        for path in ("", "picture/", "why/", "input.png"):
            assert stranger_client.get(f"/digits/{digit.public_id}/{path}").status_code == 200, path
    again = exported(stranger)
    WRITTEN.validate(again)
    assert [each["archive"] for each in again["batches"]] == [None, None]
    assert b"".join(as_zip(stranger, Digit.objects.owned_by(stranger)))


def test_an_imported_batch_can_be_deleted(full, stranger, stranger_client, django_capture_on_commit_callbacks):
    imported(stranger, zipped(full))
    paths = [Path(batch.file.path) for batch in Batch.objects.owned_by(stranger)]
    with django_capture_on_commit_callbacks(execute=True):
        for batch in Batch.objects.owned_by(stranger):
            assert stranger_client.post(f"/batches/{batch.public_id}/delete/").status_code == 302
    assert not Batch.objects.owned_by(stranger).exists()
    assert not any(path.exists() for path in paths)
    assert Drawing.objects.owned_by(stranger).count() == 1
    assert imported(stranger, zipped(full)).batches == 2  # and it may come again
    assert len(archives_of(full)) == 2


def test_a_batch_that_was_still_read_comes_as_what_had_been_read(owner, stranger):
    waiting = waiting_batch(owner, {f"{n}.png": PNG for n in range(reading.MEMBERS_AT_ONCE + 5)})
    assert reading.carry_on(waiting.pk, seconds=0.0) is True  # nothing yet
    imported(stranger, zipped(owner))
    came = Batch.objects.owned_by(stranger).get()
    assert (came.status, came.read, came.total) == ("cancelled", 0, reading.MEMBERS_AT_ONCE + 5)
    assert "while it was being read" in came.message
    assert came.finished is not None
    assert lifecycle.late_batches() == []
    assert not reading.carry_on(came.pk)


def test_a_version_of_elsewhere_is_named_in_the_results(stranger):
    imported(stranger, document(drawing_of_batch(), batches=[a_batch()]))
    ((row,),) = rows_of(stranger)
    assert (row["model_version"], row["digit"]) == ("theirs", 7)


@pytest.mark.postgres
def test_the_same_import_again_brings_nothing(full, stranger):
    data = zipped(full)
    imported(stranger, data)
    before = exported(stranger)
    for again in (data, exported(full), exported(stranger), zipped(stranger)):
        job = imported(stranger, again)
        assert (job.batches, job.brought, job.known, job.remarks) == (0, 0, 6, 0)
    assert without_names(exported(stranger)) == without_names(before)
    assert len(list(MEDIA.glob("batches/*/*/*.zip"))) >= 4
    assert BatchFile.objects.filter(batch__owner=stranger).count() == 2


@pytest.mark.postgres
def test_digits_that_are_gone_come_back_into_their_own_batch(full):
    data = zipped(full)
    Drawing.objects.filter(member="7/z.png").delete()
    job = imported(full, data)
    assert (job.batches, job.brought, job.known) == (0, 1, 5)
    back = Drawing.objects.get(member="7/z.png")
    assert back.batch == Batch.objects.get(one_digit=False)
    assert originals.member_bytes(back) == PNG


class Killed(BaseException):
    """As if the process had been killed there."""


@pytest.mark.postgres
def test_wherever_it_is_killed_it_goes_on_and_brings_everything_once(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit, data = chunks.ChunkStore.commit, zipped(full)
    expected = without_names(exported(full))
    calls: list[int] = []
    for dies_at in (1, 2, 3, 4, 8, 9, 10, 11):  # two batches, six drawings, two files not read; past the end

        def dies(self, chunk, dies_at=dies_at):
            calls.append(1)
            if len(calls) == dies_at:
                raise Killed
            commit(self, chunk)

        calls.clear()
        job = sent(stranger, data)
        with monkeypatch.context() as patched:
            patched.setattr(chunks.ChunkStore, "commit", dies)
            patched.setattr(chunks.ChunkStore, "remove_files", lambda *_: None)  # the dead tidy nothing up
            if dies_at < 11:
                with pytest.raises(Killed):
                    importer.run(job.public_id)
                Import.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
        again = importer.run(job.public_id)
        assert (again.status, again.batches, again.brought, again.remarks) == ("done", 2, 6, 0), dies_at
        assert without_names(exported(stranger)) == expected, dies_at
        assert archives_of(stranger) == archives_of(full)
        for batch in Batch.objects.owned_by(stranger):
            assert len(list(MEDIA.rglob(f"*{batch.public_id}*"))) == 1
        Drawing.objects.owned_by(stranger).delete()
        Batch.objects.owned_by(stranger).delete()


@pytest.mark.postgres
def test_what_an_import_brought_can_be_removed_with_its_batches(full, stranger, django_capture_on_commit_callbacks):
    kept = read_whole(waiting_batch(stranger, {"mine.png": PNG}))
    job = imported(stranger, zipped(full))
    paths = [Path(batch.file.path) for batch in Batch.objects.filter(brought_by=job)]
    assert len(paths) == 2
    assert jobs.request_removal(job)
    with django_capture_on_commit_callbacks(execute=True):
        assert importer.run(job.public_id).status == "removed"
    assert list(Batch.objects.owned_by(stranger)) == [kept]
    assert Digit.objects.owned_by(stranger).get().drawing.batch == kept
    assert not any(path.exists() for path in paths)
    assert orphans.remove_orphans() == 0
    assert imported(stranger, zipped(full)).batches == 2


@pytest.mark.postgres
def test_a_batch_into_which_another_import_has_put_digits_goes_with_the_last(full, stranger):
    mixed = Digit.objects.filter(drawing__batch__one_digit=False)
    some = mixed.filter(drawing__member="7/a.png")
    first = imported(stranger, b"".join(as_zip(full, some, is_all=False)))
    second = imported(stranger, zipped(full))
    assert (first.batches, first.brought, second.batches, second.brought) == (1, 1, 1, 5)
    jobs.request_removal(first)
    importer.run(first.public_id)
    kept = Batch.objects.owned_by(stranger).get(one_digit=False)
    assert sorted(kept.drawings.values_list("member", flat=True)) == ["1/one.gif", "47.png", "7/z.png"]
    jobs.request_removal(second)
    importer.run(second.public_id)
    assert not Batch.objects.owned_by(stranger).exists()


def test_an_import_of_an_empty_batch_alone_can_be_removed(owner, stranger):
    read_whole(waiting_batch(owner, {"blank.png": BLANK}))
    job = imported(stranger, zipped(owner))
    assert (job.brought, job.batches) == (0, 1)
    assert jobs.request_removal(job)
    importer.run(job.public_id)
    assert not Batch.objects.owned_by(stranger).exists()


@pytest.mark.postgres
def test_cancelling_among_the_batches_keeps_what_came(full, stranger, monkeypatch):
    commit = chunks.ChunkStore.commit

    def cancelled_meanwhile(self, chunk):
        commit(self, chunk)
        jobs.cancel(self.job)

    monkeypatch.setattr(chunks.ChunkStore, "commit", cancelled_meanwhile)
    job = imported(stranger, zipped(full))
    assert (job.status, job.batches, job.brought) == ("cancelled", 1, 0)
    assert len(archives_of(stranger)) == 1


@pytest.mark.postgres
def test_what_was_deleted_lately_is_brought_back_and_not_doubled(full, stranger):
    data = zipped(full)
    imported(stranger, data)
    for person in (full, stranger):  # known by its own name, and by the one that it had first
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


ARCHIVE = archives.zipped({"7/a.png": PNG, "b.png": GIF})


def a_batch(**changed):
    """A batch of ARCHIVE."""
    said = {"name": f"batches/{BATCH}.zip", "bytes": len(ARCHIVE)}
    return belongings.a_batch(**{"size": len(ARCHIVE), "archive": said} | changed)


UNREAD = unread()


def packed(data: dict, *members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("digits.json", json.dumps(data))
        for name, content in members or ((f"batches/{BATCH}.zip", ARCHIVE),):
            made.writestr(name, content)
    return file.getvalue()


def test_the_example_is_one_of_the_schema_and_is_taken(owner):
    data = document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD])
    WRITTEN.validate(data)
    job = imported(owner, packed(data))
    assert (job.batches, job.brought, job.remarks) == (1, 1, 0)
    made = Batch.objects.get()
    assert (made.owner, made.public_id != uuid.UUID(BATCH), made.origin) == (owner, True, uuid.UUID(BATCH))
    assert (made.failures.get().name, originals.member_bytes(Drawing.objects.get())) == ("x.txt", PNG)


WRONG = {
    "no object": (7, "The batch must be an object"),
    "id none": (a_batch(id="7"), "id must be a UUID"),
    "origin none": (a_batch(origin="../../etc/passwd"), "origin must be a UUID"),
    "name a list": (a_batch(name=["x"]), "name must be text of 1 to 255"),
    "name too long": (a_batch(name="x" * 256), "name must be text of 1 to 255"),
    "name with a zero byte": (a_batch(name="a\0b"), "name has characters that cannot be printed"),
    "status unknown": (a_batch(status="deleted"), "status must be one of"),
    "message too long": (a_batch(message="x" * 301), "message must be text of at most 300"),
    "message with a line feed": (a_batch(message="a\nb"), "message has characters that cannot be printed"),
    "date none": (a_batch(created="yesterday"), "created must be a date"),
    "date in the future": (a_batch(finished="2999-01-01T00:00:00Z"), "finished must be a date"),
    "one_digit of words": (a_batch(one_digit="no"), "one_digit must be true or false"),
    "size negative": (a_batch(size=-1), "size must be a number of bytes"),
    "size without end": (a_batch(size=10**30), "size must be a number of bytes"),
    "total of words": (a_batch(total="2"), "total must be a whole number"),
    "total larger than the column": (a_batch(total=2**31), "total must be a whole number"),
    "read missing": (a_batch(read=None), "read must be a whole number"),
    "more read than there was": (a_batch(read=2), "more files or digits were read than there are"),
    "more unsure than digits": (a_batch(unsure=2), "more files or digits were read than there are"),
    "confusion of nine": (a_batch(confusion=[[0] * 11] * 9), "confusion must be a list of 10"),
    "confusion of ten columns": (a_batch(confusion=[[0] * 10] * 10), "confusion[0] must be a list of 11"),
    "confusion of words": (a_batch(confusion=[["0"] * 11] * 10), "confusion[0][0] must be a whole number"),
    "confusion negative": (a_batch(confusion=[[-1] * 11] * 10), "confusion[0][0] must be a whole number"),
    "confusion that does not add up": (a_batch(confusion=[[0] * 11] * 10), "does not add up"),
    "right that is not": (a_batch(right=0), "does not add up"),
    "archive a word": (a_batch(archive="x.zip"), "archive must be an object"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_batch_is_left_out_with_a_sentence_and_its_drawings_come(case, owner):
    given, sentence = WRONG[case]
    other = a_batch(id=str(uuid.uuid4()))
    job = imported(owner, packed(document(drawing_of_batch(), drawing(), batches=[given, other], unread=[UNREAD])))
    assert (job.status, job.batches, job.brought, job.refused) == ("done", 1, 2, 0), job.error
    first = ImportProblem.objects.first()
    assert first.drawing is None
    assert sentence in first.sentence
    assert set(Drawing.objects.values_list("batch", "member_at")) == {(None, None)}
    assert not BatchFile.objects.exists()


ARCHIVES = {
    "no ZIP": (b"PK no ZIP at all", {}, "cannot be used. This is no ZIP"),
    "a picture": (PNG, {}, "cannot be used. This is no ZIP"),
    "empty": (b"", {}, "cannot be used"),
    "an empty ZIP": (archives.zipped({}), {}, "no file in this archive"),
    "another length than said": (ARCHIVE, {"bytes": 7}, "not have the size that the export says"),
    "length of words": (ARCHIVE, {"bytes": "many"}, "archive.bytes must be a number of bytes"),
    "cut off": (ARCHIVE[:-30], {}, "cannot be used"),
    "too many files": (archives.zipped({f"{n}.png": PNG for n in range(12)}), {}, "at most 10 are read at once"),
    "a bomb": (archives.zipped({"a.png": bytes(3 * 2**20)}), {}, "far more than it may"),
    "not there": (None, {}, "is not in the ZIP"),
    "too large": (np.random.default_rng(1).bytes(2**20 + 1), {}, "more than 1 MB"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_that_could_not_be_sent_here_is_left_out_and_noted(case, owner, settings):
    settings.BATCH_MAX_FILES, settings.BATCH_MAX_MB, settings.BATCH_MAX_UNPACKED_MB = 10, 1, 2
    content, changed, sentence = ARCHIVES[case]
    said = {"name": f"batches/{BATCH}.zip", "bytes": len(content or b"")} | changed
    members = () if content is None else ((said["name"], content),)
    data = document(drawing_of_batch(), batches=[a_batch(archive=said)], unread=[UNREAD])
    job = imported(owner, packed(data, ("note.txt", b""), *members))
    assert (job.status, job.batches, job.brought, job.remarks) == ("done", 1, 1, 1), job.error
    problem = ImportProblem.objects.get()
    assert "imported without its pictures" in problem.sentence
    assert sentence in problem.sentence
    kept = Drawing.objects.get()
    assert (kept.batch.file.name, kept.member, kept.member_at) == ("", "7/a.png", None)
    assert not list(MEDIA.glob(f"batches/*/*/{kept.batch.public_id}*"))
    assert not list((Path(settings.DATA_DIR) / "incoming").glob("*"))


@pytest.mark.parametrize(
    "name",
    [
        *("../../etc/passwd", "/etc/passwd", "batches/../../x.zip", "batches\\x.zip", "originals/x.zip", "digits.json"),
        *("batches/", "batches/a/b.zip", "batches/x.zip\0", "batches/" + "x" * 200, "", 7, None, ["batches/x.zip"]),
    ],
)
def test_names_that_lead_elsewhere_lead_nowhere(name, owner):
    data = document(drawing_of_batch(), batches=[a_batch(archive={"name": name, "bytes": len(ARCHIVE)})])
    members = [(name, ARCHIVE)] if isinstance(name, str) and name not in ("", "digits.json") else []
    job = imported(owner, packed(data, *members))
    assert (job.status, job.batches, job.brought) == ("done", 1, 1)
    assert "must be the name of a ZIP in batches/" in ImportProblem.objects.get().sentence


def test_an_archive_with_another_checksum_is_left_out(owner):
    data = packed(document(drawing_of_batch(), batches=[a_batch()]))
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as made:
        for name, content in unpacked(data).items():
            made.writestr(name, content)
    job = imported(owner, stored.getvalue().replace(PNG[-30:-20], bytes(10), 1))
    assert (job.batches, job.brought) == (1, 1)
    assert "checksum" in ImportProblem.objects.get().sentence


def member(name="7/a.png", **changed):
    return drawing_of_batch(**{"member": {"name": name, "at": None, "format": "PNG"} | changed})


@pytest.mark.parametrize("at", [0, 1, -5, 10**30, None, 1.0])
def test_the_place_of_a_picture_in_its_archive_is_not_trusted(at, owner):
    job = imported(owner, packed(document(member(at=at), batches=[a_batch()])))
    assert (job.brought, job.remarks) == (1, 0)
    assert originals.member_bytes(Drawing.objects.get()) == PNG


@pytest.mark.parametrize("at", ["seven", [1], 1.5, True])
def test_a_place_that_is_no_whole_number_is_refused(at, owner):
    job = imported(owner, packed(document(member(at=at), batches=[a_batch()])))
    assert (job.brought, job.refused) == (0, 1)
    assert "member.at must be a whole number, or null" in ImportProblem.objects.get().sentence


def test_of_several_files_of_one_name_that_at_the_place_is_taken(owner, stranger):
    other = picture(seven(30))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = archives.zipped([("a.png", PNG), ("a.png", other)])
    read_whole(waiting_batch(owner, twice))
    imported(stranger, zipped(owner))
    found = [originals.member_bytes(each) for each in Drawing.objects.owned_by(stranger).order_by("pk")]
    assert found == [PNG, other]
    data = json.loads(unpacked(zipped(owner))["digits.json"])
    for each in data["drawings"]:
        each["id"], each["member"]["at"] = str(uuid.uuid4()), 3
    job = imported(stranger, data)
    assert (job.brought, job.remarks) == (2, 2)


def test_a_picture_that_is_not_in_the_archive_is_noted(owner):
    changed = a_batch(archive={"name": f"batches/{BATCH}.zip", "bytes": len(hidden := archives.zipped(HIDDEN))})
    names = ["nowhere.png", *HIDDEN]
    data = document(*(member(name) for name in names), batches=[changed])
    job = imported(owner, packed(data, (f"batches/{BATCH}.zip", hidden)))
    assert (job.brought, job.remarks) == (len(names), len(names) - 1)
    assert "not in the archive" in ImportProblem.objects.first().sentence
    assert list(Drawing.objects.exclude(member_at=None).values_list("member", flat=True)) == ["good.png"]


HIDDEN = {"../up.png": PNG, "inner.zip": ARCHIVE, "empty.png": b"", "__MACOSX/x.png": PNG, "good.png": PNG}
MEMBERS = {
    "batch a word": ({"batch": "mine"}, "batch must be a UUID"),
    "member none": ({"member": None}, "member must be an object"),
    "member a word": ({"member": "7/a.png"}, "member must be an object"),
    "member's name a list": ({"member": {"name": [], "at": 0, "format": "PNG"}}, "member.name must be text"),
    "member's name too long": ({"member": {"name": "x" * 256, "at": 0, "format": "PNG"}}, "member.name must be text"),
    "member's name with a zero byte": (
        {"member": {"name": "a\0", "at": 0, "format": "PNG"}},
        "name has characters that cannot be printed",
    ),
    "member's format unknown": ({"member": {"name": "x", "at": 0, "format": "SVG"}}, "format must be one of"),
    "an original too": (
        {"original": {"name": "originals/a.png", "format": "PNG", "bytes": 1}},
        "original must be null for a drawing of a batch",
    ),
}


@pytest.mark.parametrize("case", MEMBERS)
def test_a_drawing_of_a_batch_that_is_wrong_is_left_out_with_a_sentence(case, owner):
    changed, sentence = MEMBERS[case]
    wrong = drawing_of_batch(**changed)
    job = imported(owner, packed(document(drawing_of_batch(), wrong, drawing(), batches=[a_batch()])))
    assert (job.status, job.brought, job.refused) == ("done", 2, 1), job.error
    problem = ImportProblem.objects.get()
    assert (problem.drawing, sentence in problem.sentence) == (2, True)


@pytest.mark.postgres
def test_a_batch_of_somebody_else_is_none(owner, stranger):
    theirs = read_whole(waiting_batch(stranger, {"a.png": PNG}))
    job = imported(owner, document(drawing_of_batch(**{"batch": str(theirs.public_id)})))
    assert (job.brought, Drawing.objects.owned_by(owner).get().batch) == (1, None)
    assert "not in the export" in ImportProblem.objects.get().sentence
    named = a_batch(id=str(theirs.public_id))
    imported(owner, document(drawing_of_batch(**{"batch": str(theirs.public_id)}), batches=[named]))
    assert Batch.objects.owned_by(owner).get() != theirs
    assert theirs.drawings.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *(7, None, [], UNREAD | {"batch": None}, UNREAD | {"batch": str(uuid.uuid4())}, UNREAD | {"member": 7}),
        *(UNREAD | {"member": "x" * 256}, UNREAD | {"reason": "<b>"}, UNREAD | {"sentence": "a\0"}, {"batch": BATCH}),
    ],
)
def test_what_is_wrong_among_the_unread_is_left_out_with_a_sentence(wrong, owner):
    data = document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD, wrong, UNREAD])
    job = imported(owner, data)
    assert (job.status, job.brought, job.refused, job.remarks) == ("done", 1, 0, 1), job.error
    assert BatchFile.objects.count() == 2
    assert "was not read" in ImportProblem.objects.get().sentence


WHOLE = json.dumps(document(drawing_of_batch(), batches=[a_batch()], unread=[UNREAD])).encode()


@pytest.mark.parametrize(
    ("data", "sentence", "found"),
    [
        (WHOLE[: WHOLE.index(b'"drawings"') - 3], "ends too early", (1, 0, 0)),
        (WHOLE[: WHOLE.index(b'"confusion"')], "ends too early", (0, 0, 0)),
        (WHOLE[: WHOLE.index(b'"unread"')], "ends too early after 1 drawing", (1, 1, 0)),
        (WHOLE[:-1], "ends too early after 1 drawing", (1, 1, 1)),
        (WHOLE[:-2], "ends too early after 1 drawing", (1, 1, 1)),
        (WHOLE.replace(b'"unread": [', b'"unread": {'), "damaged", (1, 1, 0)),
        (WHOLE.replace(b'"batches": [', b'"batches": {'), "damaged", (0, 0, 0)),
        (WHOLE.replace(b'"drawings"', b'"paintings"'), "no drawings", (1, 0, 1)),
        (WHOLE.replace(b'"x.txt"', b"[" * 200_000), "nested too deeply", (1, 1, 0)),
        (WHOLE.replace(b"theirs.zip", b"x" * (5 * 2**20)), "longer than 4 MB", (0, 0, 0)),
    ],
)
def test_a_damaged_list_ends_the_import_and_what_stood_before_is_kept(data, sentence, found, owner):
    job = imported(owner, data)
    assert job.status == "failed"
    assert sentence in job.error
    assert (Batch.objects.count(), Drawing.objects.count(), BatchFile.objects.count()) == found


def test_a_file_of_too_many_batches_is_refused(owner, monkeypatch):
    monkeypatch.setattr(batches, "MAX_BATCHES", 3)
    job = imported(owner, document(batches=[a_batch(id=str(uuid.uuid4())) for _ in range(5)]))
    assert (job.status, Batch.objects.count()) == ("failed", 4)
    assert "more than 3 batches" in job.error


def test_archives_are_not_looked_through_without_end(owner, settings, monkeypatch):
    """Drawings of two batches alternate, with room for one archive: each reading of an archive counts."""
    settings.IMPORT_MAX_MB = 1
    monkeypatch.setattr(batch_members, "MAX_ARCHIVES", 1)
    monkeypatch.setattr(importer, "TIMES_UNPACKED", 0.2)
    large = archives.zipped({f"{n:0200}.png": b"x" for n in range(80)})  # a list of 20 kB
    names = [str(uuid.uuid4()) for _ in range(2)]
    made = [a_batch(id=name, archive={"name": f"batches/{name}.zip", "bytes": len(large)}) for name in names]
    turns = [drawing_of_batch(**{"batch": names[n % 2]}) for n in range(20)]
    members = [(f"batches/{name}.zip", large) for name in names]
    job = imported(owner, packed(document(*turns, batches=made), *members))
    assert job.status == "failed"
    assert 0 < job.brought < 20


@pytest.mark.postgres
def test_drawings_of_a_batch_that_is_deleted_meanwhile_do_not_come(owner, monkeypatch):
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
def test_a_batch_that_was_deleted_while_nobody_read_on_does_not_come_again(owner, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def dies_after_the_first(self, chunk):
        commit(self, chunk)
        if chunk.drawings:
            raise Killed

    data = packed(document(member(), member(), drawing(), batches=[a_batch(), 7], unread=[UNREAD]))
    job = sent(owner, data)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(chunks.ChunkStore, "commit", dies_after_the_first)
        patched.setattr(chunks.ChunkStore, "remove_files", lambda *_: None)
        importer.run(job.public_id)
    lifecycle.delete_batch(Batch.objects.get())
    Import.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
    again = importer.run(job.public_id)
    assert (again.status, again.batches, again.brought, again.refused, again.remarks) == ("done", 1, 2, 1, 2)
    assert (Batch.objects.count(), Drawing.objects.get().batch) == (0, None)


def test_a_table_of_an_imported_batch_holds_no_formula_of_others(owner):
    models = [{"name": "=1+1", "architecture": "", "sha256": "a" * 64}]
    unread = [UNREAD | {"sentence": "=2+2"}]
    imported(owner, document(drawing_of_batch(), models=models, batches=[a_batch()], unread=unread))
    table = "".join(results.results_csv(Batch.objects.get()))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["model_version"], row["message"]) for row in rows] == [("'=1+1", ""), ("", "'=2+2")]


@pytest.mark.postgres
def test_drawings_whose_batch_goes_at_the_last_moment_are_found_among_the_others(owner, monkeypatch):
    """Deleted between the look at it and the transaction: the others of the chunk come all the same."""
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


def test_an_export_of_the_first_version_is_taken_too(owner):
    old = document(drawing(), drawing(source="batch"), version=1)
    del old["unread"]
    for each in old["drawings"]:
        del each["batch"], each["member"]
    job = imported(owner, old)
    assert (job.status, job.brought, job.remarks) == ("done", 2, 0)


def test_the_page_of_an_import_tells_of_batches(full, stranger, stranger_client):
    data = json.loads(unpacked(zipped(full))["digits.json"])
    data["batches"][0]["name"] = "<b>\0"
    job = imported(stranger, data)
    page = flat(stranger_client.get(f"/import/{job.public_id}/").text)
    assert "A batch cannot be imported." in page
    assert "6 drawings, 1 batch" in page
    assert "Drawing None" not in page
