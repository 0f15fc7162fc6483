"""Imports on the pages and in the API."""

import json
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.models import (
    Digit,
    Drawing,
    Import,
)
from classifier.transfer.importing import importer, jobs
from tests.exports import document, drawing, zipped
from tests.importing import requested
from tests.services import wait_until

pytestmark = pytest.mark.django_db


def test_a_person_imports_a_zip_on_the_page(full, stranger, stranger_client):
    response = stranger_client.post("/import/", {"file": SimpleUploadedFile("mine.zip", zipped(full))})
    assert response.status_code == 302
    job = Import.objects.owned_by(stranger).get()
    assert response.headers["Location"] == f"/import/{job.public_id}/"
    page = stranger_client.get(f"/import/{job.public_id}/").text
    assert "Waiting" in page
    assert 'hx-trigger="every 1s"' in page
    importer.run(job.public_id)
    fragment = stranger_client.get(f"/import/{job.public_id}/", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "hx-trigger" not in fragment.text
    assert "Import finished" in fragment.text
    assert stranger_client.post(f"/import/{job.public_id}/remove/").status_code == 302
    assert "Removing" in stranger_client.get(f"/import/{job.public_id}/").text


@pytest.mark.parametrize(
    ("files", "status", "sentence"),
    [
        ({}, 400, "Choose a file first"),
        ({"file": SimpleUploadedFile("x.zip", b"")}, 422, "This file is empty"),
        ({"file": SimpleUploadedFile("x.txt", b"hello")}, 422, "This is no export of this site"),
    ],
)
def test_a_refusal_is_shown_beside_the_form(files, status, sentence, owner_client):
    response = owner_client.post("/import/", files)
    assert response.status_code == status
    assert sentence in response.text
    assert 'id="import-form"' in response.text


def test_a_file_that_is_too_large_is_rejected_unread(owner_client, settings):
    settings.IMPORT_MAX_MB = 1
    large = SimpleUploadedFile("x.json", b"{" + b" " * (3 * 2**20))
    response = owner_client.post("/import/", {"file": large})
    assert response.status_code == 413
    assert "1 MB" in response.text
    settings.UPLOAD_MAX_MB = 1
    settings.IMPORT_MAX_MB = 20
    large.seek(0)
    assert owner_client.post("/import/", {"file": large}).status_code == 302  # not the limit for pictures


@pytest.mark.parametrize("address", ["/import/", "/api/v1/imports/"])
@pytest.mark.parametrize("is_taken", [True, False])
def test_a_file_is_received_where_it_is_stored(address, is_taken, owner_client, owner, monkeypatch):
    """On many machines /tmp is memory, too little for half a gigabyte; storing the file is a rename."""
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


def test_a_program_imports_polls_and_removes(owner, stranger, client, owner_token, stranger_token):
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
def test_the_api_rejects_with_problem_json(content, status, client, owner_token):
    response = client.post("/api/v1/imports/", content, headers={"Authorization": f"Token {owner_token}"})
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")


def test_a_worker_starts_a_process_for_an_import(owner, inference_worker):
    job = requested(owner, document(*(drawing() for _ in range(250))))
    finished = lambda: Import.objects.filter(pk=job.pk, status="done").exists()  # noqa: E731
    wait_until(finished, 60, "the import is done", every_s=0.2)
    job.refresh_from_db()
    assert (job.brought, Digit.objects.owned_by(owner).count()) == (250, 250)
    assert jobs.request_removal(job)

    def gone() -> bool:
        jobs.look_after()  # like the scheduler
        return not Drawing.objects.owned_by(owner).exists()

    wait_until(gone, 60, "the imported drawings are removed", every_s=0.2)
