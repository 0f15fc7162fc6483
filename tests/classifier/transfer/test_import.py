"""An export comes in again: the same history under new names, once, whatever falls while it is read."""

import io
import json
import os
import subprocess
import sys
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier.digits import corrections, orphans, predictions, registry
from classifier.errors import ImportAtWork, ImportRefused
from classifier.models import (
    Correction,
    Digit,
    Drawing,
    ForeignVersion,
    Import,
    ImportProblem,
    ModelVersion,
    Prediction,
)
from classifier.transfer.importing import chunks, drawings, importer, jobs, removal
from tests.belongings import document, drawing, exported, fill, unpacked, without_names, zipped
from tests.conftest import ON_POSTGRESQL
from tests.environment import BASE_DIR, clean_environment
from tests.factories import many_digits, picture
from tests.services import wait_until

pytestmark = pytest.mark.django_db


def sent(person, data: bytes | dict, name: str = "mine.zip") -> Import:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return jobs.request_import(person, SimpleUploadedFile(name, content))


def imported(person, data: bytes | dict, name: str = "mine.zip") -> Import:
    """An import, carried out in this process."""
    job = importer.run(sent(person, data, name).public_id)
    assert job is not None
    return job


@pytest.fixture
def full(owner, model_version):
    fill(owner, model_version)
    return owner


@pytest.mark.postgres
def test_export_import_export_is_the_same_but_for_names(full, stranger):
    job = imported(stranger, zipped(full))
    assert (job.status, job.error, job.remarks) == ("done", "", 0)
    before, after = exported(full), exported(stranger)
    assert without_names(after) == without_names(before)
    names = [{each["id"] for each in export["drawings"]} for export in (before, after)]
    assert not names[0] & names[1]
    assert {each["origin"] for each in after["drawings"]} == names[0]


def test_originals_come_byte_by_byte(full, stranger):
    imported(stranger, zipped(full))
    files = [
        sorted(data for name, data in unpacked(zipped(who)).items() if "original" in name) for who in (full, stranger)
    ]
    assert files[0] == files[1] == [picture()]


def test_json_alone_is_taken_too_without_originals(full, stranger):
    job = imported(stranger, exported(full), "mine.json")
    assert (job.status, job.brought, job.originals, job.remarks) == ("done", 4, 0, 0)
    came = exported(stranger)
    for export in (before := exported(full), came):
        for each in export["drawings"]:
            each["original"] = None
    assert without_names(came) == without_names(before)


def test_json_that_somebody_has_tidied_up_is_taken_too(full, stranger):
    tidy = json.dumps(exported(full), indent=2, ensure_ascii=False).encode()
    assert imported(stranger, b"\xef\xbb\xbf" + tidy).brought == 4


def test_a_zip_that_was_unpacked_and_packed_again_is_taken_too(full, stranger):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in unpacked(zipped(full)).items():
            archive.writestr(f"my things/{name}", data)
    assert imported(stranger, file.getvalue()).originals == 1


PROGRAM = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from classifier.transfer.exporting import documents
from classifier.transfer.importing import chunks, drawings, importer, jobs, removal
from classifier.models import Digit
call_command("migrate", verbosity=0)
me = User.objects.create_user("me")
jobs.send = lambda key: None
job = jobs.request_import(me, SimpleUploadedFile("mine.zip", open(sys.argv[1], "rb").read()))
importer.run(job.public_id)
with open(sys.argv[2], "wb") as file:
    for piece in documents.as_json(me, Digit.objects.owned_by(me)):
        file.write(piece)
"""


HERE, ELSEWHERE = ("postgresql", "sqlite") if ON_POSTGRESQL else ("sqlite", "postgresql")


@pytest.mark.postgres
@pytest.mark.parametrize("kind", [ELSEWHERE, pytest.param(HERE, marks=pytest.mark.slow)])
@pytest.mark.django_db(transaction=True)
def test_another_installation_with_another_database_has_the_same_history(kind, full, tmp_path, request):
    (tmp_path / "mine.zip").write_bytes(zipped(full))
    (tmp_path / "run").mkdir()
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres")
        if ON_POSTGRESQL:  # its server has this test's own database already; another beside it
            url = url.rpartition("/")[0] + "/postgres"
    variables = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "mine.zip"), str(tmp_path / "again.json")]
    run = subprocess.run(command, cwd=BASE_DIR, env=clean_environment() | variables, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    assert without_names(json.loads((tmp_path / "again.json").read_text())) == without_names(exported(full))


def test_a_version_that_is_here_is_that_version_and_another_a_name(full, stranger, model_version):
    imported(stranger, zipped(full))
    theirs = Prediction.objects.filter(digit__drawing__owner=stranger)
    assert {(each.model_version, str(each.foreign_version or "")) for each in theirs} == {
        (model_version, ""),
        (None, "elsewhere"),
    }


def test_a_foreign_version_can_never_serve_or_be_offered(full, stranger, staff_client):
    before = ModelVersion.objects.count()
    imported(stranger, document(drawing()))
    assert ModelVersion.objects.count() == before
    assert registry.shown_to_all().count() == before
    for page in ("/staff/", "/staff/versions/", "/model/", "/staff/runs/new/"):
        assert "theirs" not in staff_client.get(page).text


def test_a_foreign_version_is_named_on_the_pages_of_its_digit(stranger, stranger_client, client, stranger_token):
    imported(stranger, document(drawing()))
    digit = Digit.objects.owned_by(stranger).get()
    assert "theirs" in stranger_client.get(f"/digits/{digit.public_id}/").text
    told = client.get(f"/api/v1/digits/{digit.public_id}/", headers={"Authorization": f"Token {stranger_token}"}).json()
    assert told["prediction"]["model_version"] == "theirs"


def test_what_one_person_calls_a_checksum_nobody_else_reads(owner, stranger):
    imported(stranger, document(drawing(), models=[{"name": "rude", "architecture": "", "sha256": "a" * 64}]))
    imported(owner, document(drawing()))
    assert {model["name"] for model in exported(owner)["models"]} == {"theirs"}


def test_corrections_wait_for_review_here(full, stranger):
    Correction.objects.update(review="accepted", reviewed=timezone.now())
    imported(stranger, zipped(full))
    mine = Correction.objects.owned_by(stranger)
    assert list(mine.values_list("review", "reviewed", "reviewed_by").order_by().distinct()) == [
        ("waiting", None, None)
    ]
    assert all(each.held_back == corrections.is_held_back(each.digit) for each in mine.select_related("digit"))


@pytest.mark.postgres
def test_dates_are_kept_and_the_oldest_comes_first(full, stranger):
    imported(stranger, zipped(full))
    dates = list(Drawing.objects.owned_by(stranger).order_by("pk").values_list("created", flat=True))
    assert dates == list(Drawing.objects.owned_by(full).order_by("pk").values_list("created", flat=True))


def test_a_prediction_that_waited_is_asked_for_here(owner, inference_worker):
    waiting = drawing(prediction={"status": "queued", "model": None, "finished": None, "verdict": ""})
    imported(owner, document(waiting))
    (answer,) = Prediction.objects.waiting()
    predictions.answer_predictions([answer.pk])
    answer.refresh_from_db()
    assert (answer.status, answer.model_version_id is not None) == ("done", True)


@pytest.mark.postgres
def test_the_same_import_again_brings_nothing(full, stranger):
    data = zipped(full)
    first, again = imported(stranger, data), imported(stranger, data)
    assert (first.brought, first.known, again.brought, again.known) == (4, 0, 0, 4)
    assert Drawing.objects.owned_by(stranger).count() == 4


@pytest.mark.postgres
def test_ones_own_export_brings_back_only_what_is_gone(full):
    data = zipped(full)
    Drawing.objects.get(source="camera").delete()
    job = imported(full, data)
    assert (job.brought, job.known, job.originals) == (1, 3, 1)


@pytest.mark.postgres
def test_what_has_been_round_the_world_is_known_at_home(full, stranger):
    imported(stranger, zipped(full))
    assert imported(full, zipped(stranger)).known == 4


def test_a_drawing_that_is_in_a_file_twice_comes_once(owner):
    one = drawing()
    job = imported(owner, document(one, one))
    assert (job.brought, job.known) == (1, 1)


@pytest.mark.postgres
def test_one_import_of_a_person_is_at_work_at_a_time(owner, stranger):
    sent(owner, document(drawing()))
    with pytest.raises(ImportAtWork):
        sent(owner, document(drawing()))
    sent(stranger, document(drawing()))
    assert Import.objects.count() == 2


class Killed(BaseException):
    """As if the process had been killed there."""


@pytest.mark.postgres
def test_it_goes_on_behind_the_last_chunk_that_was_stored(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit, calls = chunks.ChunkStore.commit, []

    def fails_at_the_third(self, chunk):
        calls.append(chunk)
        if len(calls) == 3:
            raise Killed
        commit(self, chunk)

    for data in (zipped(full), json.dumps(exported(full)).encode()):
        calls.clear()
        job = sent(stranger, data)
        with monkeypatch.context() as patched:
            patched.setattr(chunks.ChunkStore, "commit", fails_at_the_third)
            patched.setattr(chunks.ChunkStore, "remove_files", lambda *_: None)  # the dead tidy nothing up
            with pytest.raises(Killed):
                importer.run(job.public_id)
        job.refresh_from_db()
        assert (job.status, job.seen, Drawing.objects.owned_by(stranger).count()) == ("running", 2, 2)
        assert importer.run(job.public_id) is None  # for a while it counts as alive
        Import.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
        again = importer.run(job.public_id)
        assert (again.status, again.seen, again.brought, again.attempts) == ("done", 4, 4, 0)
        assert len({each.origin for each in Drawing.objects.owned_by(stranger)}) == 4
        for kept in Drawing.objects.owned_by(stranger).exclude(original=""):
            folder = Path(kept.original.path).parent
            assert [path.name for path in folder.glob(f"{kept.public_id}*")] == [f"{kept.public_id}.png"]
        Drawing.objects.owned_by(stranger).delete()


@pytest.mark.postgres
def test_who_has_lost_the_import_to_another_stores_no_more(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def taken_over(self, chunk):
        commit(self, chunk)
        Import.objects.update(holder=uuid.uuid4())

    monkeypatch.setattr(chunks.ChunkStore, "commit", taken_over)
    job = importer.run(sent(stranger, zipped(full)).public_id)
    assert (job.status, job.brought, Drawing.objects.owned_by(stranger).count()) == ("running", 1, 1)


@pytest.mark.postgres
def test_cancelling_ends_it_before_the_next_chunk_and_keeps_what_came(full, stranger, monkeypatch):
    monkeypatch.setattr(importer, "CHUNK", 1)
    commit = chunks.ChunkStore.commit

    def cancelled_meanwhile(self, chunk):
        commit(self, chunk)
        assert jobs.cancel(self.job)

    monkeypatch.setattr(chunks.ChunkStore, "commit", cancelled_meanwhile)
    job = importer.run(sent(stranger, zipped(full)).public_id)
    assert (job.status, job.brought, job.file.name) == ("cancelled", 1, "")
    assert not jobs.cancel(job)


def test_an_import_that_nobody_has_begun_is_cancelled_at_once(owner):
    job = sent(owner, document(drawing()))
    path = Path(job.file.path)
    assert jobs.cancel(job)
    job.refresh_from_db()
    assert (job.status, path.exists()) == ("cancelled", False)
    assert importer.run(job.public_id) is None


def test_the_file_goes_when_it_has_been_read(owner):
    job = sent(owner, document(drawing()))
    path = Path(job.file.path)
    assert path.exists()
    importer.run(job.public_id)
    assert not path.exists()


def test_the_file_goes_with_the_account(owner, django_capture_on_commit_callbacks):
    path = Path(sent(owner, document(drawing())).file.path)
    with django_capture_on_commit_callbacks(execute=True):
        owner.delete()
    assert not path.exists()


@pytest.mark.postgres
def test_an_account_with_imported_things_can_be_closed(owner):
    imported(owner, document(drawing()))
    owner.delete()
    assert (ForeignVersion.objects.count(), Drawing.objects.count(), Import.objects.count()) == (0, 0, 0)


@pytest.mark.postgres
def test_what_it_brought_can_be_removed_and_nothing_else(
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
    assert imported(stranger, zipped(full)).brought == 4  # and may come again


def test_what_is_left_of_an_import_that_ends_early_can_be_removed(full, stranger, monkeypatch):
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
def test_the_scheduler_sends_again_what_nobody_works_on(owner, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "send", lambda key: asked.append(key) or True)
    job = sent(owner, document(drawing()))
    jobs.look_after()
    assert asked == []
    Import.objects.update(heartbeat=timezone.now() - timedelta(seconds=11))
    jobs.look_after()
    assert asked == [job.pk]
    jobs.claim(job.public_id)
    jobs.look_after()
    assert asked == [job.pk]


@pytest.mark.postgres
def test_an_import_over_which_every_process_falls_is_given_up(owner, monkeypatch):
    monkeypatch.setattr(jobs, "send", lambda key: True)
    job = sent(owner, document(drawing()))
    for _ in range(Import.policy.attempts):
        assert jobs.claim(job.public_id) is not None
        Import.objects.update(heartbeat=timezone.now() - timedelta(minutes=5))
    assert jobs.claim(job.public_id) is None
    jobs.look_after()
    job.refresh_from_db()
    assert (job.status, job.file.name) == ("failed", "")
    assert "stopped several times" in job.error


def test_a_file_without_a_row_is_removed_in_time(owner, model_version):
    ModelVersion.objects.update(created=timezone.now() - timedelta(days=2))
    storage = Import.file.field.storage
    old, new = (f"imports/{uuid.uuid4()}.zip" for _ in range(2))
    kept = sent(owner, document(drawing())).file.name
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
def test_what_is_no_export_at_all_is_refused_at_once(data, word, owner):
    with pytest.raises(ImportRefused, match=word):
        sent(owner, data)
    assert not Import.objects.exists()


def test_a_process_goes_on_with_what_waits(owner, stranger):
    for person in (owner, stranger):
        sent(person, document(drawing()))
    assert importer.run_all(Import.objects.owned_by(stranger).get().public_id) == 2
    assert set(Import.objects.values_list("status", flat=True)) == {"done"}


def test_a_person_brings_a_zip_in_on_the_page(full, stranger, stranger_client):
    response = stranger_client.post("/import/", {"file": SimpleUploadedFile("mine.zip", zipped(full))})
    assert response.status_code == 302
    job = Import.objects.owned_by(stranger).get()
    assert response.headers["Location"] == f"/import/{job.public_id}/"
    page = stranger_client.get(f"/import/{job.public_id}/").text
    assert "Waiting its turn" in page
    assert 'hx-trigger="every 1s"' in page
    importer.run(job.public_id)
    fragment = stranger_client.get(f"/import/{job.public_id}/", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "hx-trigger" not in fragment.text
    assert "Read to its end" in fragment.text
    assert stranger_client.post(f"/import/{job.public_id}/remove/").status_code == 302
    assert "Being removed" in stranger_client.get(f"/import/{job.public_id}/").text


@pytest.mark.parametrize(
    ("files", "status", "sentence"),
    [
        ({}, 400, "Choose the file first"),
        ({"file": SimpleUploadedFile("x.zip", b"")}, 422, "This file is empty"),
        ({"file": SimpleUploadedFile("x.txt", b"hello")}, 422, "This is no export of this site"),
    ],
)
def test_a_refusal_stands_beside_the_form(files, status, sentence, owner_client):
    response = owner_client.post("/import/", files)
    assert response.status_code == status
    assert sentence in response.text
    assert 'id="import-form"' in response.text


def test_a_file_that_is_too_large_is_turned_away_unread(owner_client, settings):
    settings.IMPORT_MAX_MB = 1
    large = SimpleUploadedFile("x.json", b"{" + b" " * (3 * 2**20))
    response = owner_client.post("/import/", {"file": large})
    assert response.status_code == 413
    assert "1 MB" in response.text
    settings.UPLOAD_MAX_MB = 1
    settings.IMPORT_MAX_MB = 20
    large.seek(0)
    assert owner_client.post("/import/", {"file": large}).status_code == 302  # its own limit holds, not a picture's


@pytest.mark.parametrize("address", ["/import/", "/api/v1/imports/"])
@pytest.mark.parametrize("is_taken", [True, False])
def test_a_file_is_received_where_it_is_kept(address, is_taken, owner_client, owner, monkeypatch):
    """Half a gigabyte in /tmp would be memory on many machines; and to keep it is a rename."""
    received = []
    request_import = jobs.request_import

    def look(person, file):
        path = Path(file.temporary_file_path())
        received.append((path.parent, path.stat().st_ino))
        return request_import(person, file)

    monkeypatch.setattr(jobs, "request_import", look)
    content = (b"{" if is_taken else b"x") + b" " * settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    response = owner_client.post(address, {"file": SimpleUploadedFile("mine.json", content)})
    assert response.status_code in ((302, 202) if is_taken else (422,))
    [(folder, inode)] = received
    assert folder == Path(settings.DATA_DIR) / "incoming"
    assert list(folder.iterdir()) == []
    kept = [Path(job.file.path).stat().st_ino for job in Import.objects.owned_by(owner)]
    assert kept == ([inode] if is_taken else [])


def test_a_program_imports_follows_and_takes_back(owner, stranger, client, owner_token, stranger_token):
    headers = {"Authorization": f"Token {owner_token}"}
    file = SimpleUploadedFile("mine.json", json.dumps(document(drawing(), drawing(revision=0))).encode())
    response = client.post("/api/v1/imports/", {"file": file}, headers=headers)
    assert response.status_code == 202
    address = response.json()["url"]
    assert response.headers["Location"].endswith(address)
    assert client.post("/api/v1/imports/", {"file": file}, headers=headers).status_code in (409, 422)
    importer.run(uuid.UUID(response.json()["id"]))
    told = client.get(address, headers=headers).json()
    assert (told["status"], told["brought"], told["refused"]) == ("done", 1, 1)
    assert told["problems"] == [{"drawing": 2, "sentence": "revision must be a whole number from 1 to 2,147,483,647."}]
    assert [each["id"] for each in client.get("/api/v1/imports/", headers=headers).json()["results"]] == [told["id"]]
    assert client.get(address, headers={"Authorization": f"Token {stranger_token}"}).status_code == 404
    assert client.post(f"{address}cancel/", headers=headers).json()["status"] == "done"
    assert client.post(f"{address}remove/", headers=headers).json()["status"] == "removing"
    importer.run(uuid.UUID(told["id"]))
    assert client.post(f"{address}remove/", headers=headers).status_code == 422
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    ("content", "status"),
    [({}, 400), ({"file": SimpleUploadedFile("x", b"")}, 422), ({"file": SimpleUploadedFile("x", b"x")}, 422)],
)
def test_the_api_refuses_with_problem_json(content, status, client, owner_token):
    response = client.post("/api/v1/imports/", content, headers={"Authorization": f"Token {owner_token}"})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")


def test_a_worker_has_it_carried_out_in_a_process_of_its_own(owner, inference_worker):
    job = sent(owner, document(*(drawing() for _ in range(250))))
    finished = lambda: Import.objects.filter(pk=job.pk, status="done").exists()  # noqa: E731
    wait_until(finished, 60, "the import is done", every_s=0.2)
    job.refresh_from_db()
    assert (job.brought, Digit.objects.owned_by(owner).count()) == (250, 250)
    assert jobs.request_removal(job)

    def gone() -> bool:
        jobs.look_after()  # as the scheduler does
        return not Drawing.objects.owned_by(owner).exists()

    wait_until(gone, 60, "the imported drawings are removed", every_s=0.2)


@pytest.mark.postgres
def test_problems_are_counted_and_the_first_are_kept(owner, monkeypatch):
    monkeypatch.setattr(chunks, "MAX_PROBLEMS", 3)
    monkeypatch.setattr(importer, "CHUNK", 2)
    job = imported(owner, document(*(drawing(pen=-1) for _ in range(5)), drawing()))
    assert (job.brought, job.refused, job.remarks) == (1, 5, 5)
    assert ImportProblem.objects.count() == 3


@pytest.mark.postgres
def test_what_the_database_will_not_have_is_found_among_the_others(owner, monkeypatch):
    """Two rows of one name: no check of ours sees that, the constraint does."""
    one, two, three = drawing(), drawing(), drawing()
    real = drawings.new_drawing

    def namesake(given, **more):
        found = real(given, **more)
        if given["id"] == two["id"]:
            found.digits[0].public_id = taken_already.public_id
        return found

    taken_already = many_digits(owner, 1)[0]
    monkeypatch.setattr(drawings, "new_drawing", namesake)
    job = imported(owner, document(one, two, three))
    assert (job.status, job.brought, job.refused, job.seen) == ("done", 2, 1, 3)
    assert str(ImportProblem.objects.get()) == "Drawing 2: It could not be stored."


def test_an_imported_drawing_can_be_deleted_and_corrected_as_any_other(full, stranger, stranger_client):
    imported(stranger, zipped(full))
    digit = Digit.objects.owned_by(stranger).get(drawing__source="camera")
    assert stranger_client.get(f"/digits/{digit.public_id}/").status_code == 200
    assert stranger_client.get(f"/digits/{digit.public_id}/picture/").status_code == 200
    assert stranger_client.post(f"/digits/{digit.public_id}/correction/", {"label": "7"}).status_code == 302
    assert stranger_client.post(f"/digits/{digit.public_id}/delete/").status_code == 302
    assert Drawing.Source.CAMERA not in Drawing.objects.owned_by(stranger).values_list("source", flat=True)
