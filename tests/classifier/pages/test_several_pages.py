"""A file with several pages sent as one picture: the pages make a batch of it, the API says where to send it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.batches import lifecycle
from classifier.models import Batch, Drawing
from tests.archives import read_whole
from tests.factories import FOUR, document, drawn, picture, seven
from tests.markup import flat

pytestmark = pytest.mark.django_db

THREE = document("PDF", seven(), drawn(FOUR), seven())
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _served(model_version, monkeypatch):
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)
    monkeypatch.setattr(lifecycle, "call_worker", lambda: True)


def form(data=THREE, **more):
    return {"image": SimpleUploadedFile("scan.pdf", data), "source": "upload"} | more


@pytest.mark.parametrize("htmx", [True, False])
def test_pages_of_an_upload_become_a_batch(owner_client, htmx):
    response = owner_client.post("/pictures/", form(), headers=HTMX if htmx else {})
    batch = Batch.objects.get()
    address = f"/batches/{batch.public_id}/"
    assert (response.status_code, response.headers["HX-Redirect" if htmx else "Location"]) == (
        200 if htmx else 302,
        address,
    )
    page = owner_client.get(address)
    assert "This file has 3 pages. They are read as a batch: each page is a picture of its own." in flat(page.text)
    batch = read_whole(batch)
    assert (batch.name, batch.total, batch.read) == ("scan.pdf", 3, 3)
    assert "scan.pdf, page 2" in owner_client.get(address).text


@pytest.mark.parametrize("name", ["labels.csv", "._scan.pdf", "old.zip", ".tif", "Thumbs.db"])
def test_any_file_name_will_do(owner_client, name):
    owner_client.post("/pictures/", {"image": SimpleUploadedFile(name, THREE), "source": "upload"}, headers=HTMX)
    assert read_whole(Batch.objects.get()).read == 3


def test_one_page_is_answered_as_a_picture(owner_client):
    response = owner_client.post("/pictures/", form(document("PDF", seven())), headers=HTMX)
    assert response.status_code == 200
    assert (Drawing.objects.get().original_format, Batch.objects.count()) == ("PDF", 0)


def test_pages_are_refused_with_a_sentence_while_too_many_batches_wait(owner_client, monkeypatch):
    monkeypatch.setattr(lifecycle, "WAITING_AT_MOST", 0)
    response = owner_client.post("/pictures/", form(), headers=HTMX)
    assert response.status_code == 429
    assert "not read yet" in response.text


def test_declared_single_digits_stay_single_in_the_batch(owner_client):
    owner_client.post("/pictures/", form(one_digit="true"), headers=HTMX)
    assert Batch.objects.get().one_digit


def test_visitors_learn_how_pages_are_read(monkeypatch):
    page = flat(Client().get("/").text)
    assert "JPEG 2000, TIFF or PDF" in page
    assert "read as a batch" not in page
    response = Client().post("/try/picture/", form(), headers=HTMX)
    assert response.status_code == 422
    assert "This file has 3 pages. Send one page, or sign up: then each page is read." in flat(response.text)


@pytest.fixture
def program(owner_token):
    return Client(headers={"Authorization": f"Token {owner_token}"})


def test_api_names_the_endpoint_that_reads_pages(program):
    response = program.post("/api/v1/digits/", {"image": SimpleUploadedFile("scan.pdf", THREE)})
    assert (response.status_code, response.json()["code"]) == (422, "several_pages")
    assert "3 pages" in response.json()["detail"]
    assert "/api/v1/batches/" in response.json()["detail"]
    assert Drawing.objects.count() == 0


def test_the_same_idempotency_key_may_be_used_for_another_file_afterwards(program):
    headers = {"Idempotency-Key": '"k-1"'}
    assert (
        program.post("/api/v1/digits/", {"image": SimpleUploadedFile("s.pdf", THREE)}, headers=headers).status_code
        == 422
    )
    again = program.post("/api/v1/digits/", {"image": SimpleUploadedFile("7.png", picture())}, headers=headers)
    assert again.status_code in (201, 202)


def test_api_reads_a_document_as_a_batch(program):
    response = program.post("/api/v1/batches/", {"image": SimpleUploadedFile("scan.pdf", THREE)})
    assert response.status_code == 202
    batch = read_whole(Batch.objects.get())
    rows = program.get(f"/api/v1/batches/{batch.public_id}/results.json")
    text = b"".join(rows.streaming_content).decode()
    assert [f'"file": "scan.pdf, page {number}"' in text for number in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize("address", ["/", "/batches/"])
def test_pages_name_formats_limits_and_types_from_their_definition(owner_client, address):
    page = flat(owner_client.get(address).text).replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
    assert "PNG, JPEG, HEIC, AVIF, WebP, GIF, BMP, JPEG 2000, TIFF or PDF" in page
    assert "32 MB and 50 megapixels (AVIF, WebP and JPEG 2000: 16; JPEG: 200)" in page
    assert "image/heic" in page
    assert ".pdf" in page
