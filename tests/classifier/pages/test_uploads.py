"""Uploaded pictures: what is stored, and what is rejected without storing anything."""

from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.digits import intake
from classifier.errors import SiteBusy
from classifier.models import Digit, Drawing, Prediction
from tests.factories import picture, seven

UPLOAD = "/pictures/"


@pytest.fixture
def upload(owner_client):
    """upload(data, name, **more fields) posts a file as HTMX does."""

    def post(data, name="seven.png", kind="image/png", **more):
        form = {"image": SimpleUploadedFile(name, data, kind)} | more
        return owner_client.post(UPLOAD, form, headers={"HX-Request": "true"})

    return post


def files():
    return {path for path in Path(django_settings.MEDIA_ROOT).glob("originals/**/*") if path.is_file()}


@pytest.fixture
def kept():
    """The files stored since the test began."""
    before = files()
    return lambda: files() - before


@pytest.mark.parametrize("source", ["upload", "paste", "camera", ""])
def test_picture_is_kept_as_it_came(upload, owner, source):
    data = picture(seven(120))
    assert upload(data, source=source).status_code == 200
    drawing = Drawing.objects.get()
    assert (drawing.owner, drawing.source) == (owner, source or "upload")
    assert (drawing.original_format, drawing.width, drawing.height, drawing.strokes) == ("PNG", 120, 120, None)
    assert drawing.original.read() == data
    drawing.original.close()
    assert Prediction.objects.get().status == "queued"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("seven.jpg", "image/jpeg"),
        ("seven", ""),
        ("../../etc/cron.d/x.html", "text/html"),
        ("s.svg", "image/svg+xml"),
    ],
)
def test_name_and_kind_given_by_the_sender_mean_nothing(upload, kept, name, kind):
    assert upload(picture(kind="GIF"), name, kind).status_code == 200
    drawing = Drawing.objects.get()
    assert Path(drawing.original.name).name == f"{drawing.public_id}.gif"
    assert len(kept()) == 1


REFUSED = {
    "an empty file": (b"", 422, "empty"),
    "text": (b"seven", 415, "PNG, JPEG"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415, "PNG, JPEG"),
    "HTML named .png": (b"<html><script>alert(7)</script></html>", 415, "PNG, JPEG"),
    "half a PNG": (picture()[:900], 422, "damaged"),
    "a white picture": (picture(seven() | 255), 422, "nothing to read"),
    "too many pixels": (picture(seven(1100)), 413, "megapixels"),
    "too many bytes": (picture() + bytes(1_100_000), 413, "MB"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("htmx", [True, False])
def test_invalid_picture_is_refused_and_nothing_is_stored(owner_client, settings, kept, name, htmx):
    settings.UPLOAD_MAX_MB, settings.PICTURE_MAX_MEGAPIXELS = 1, 1
    data, status, words = REFUSED[name]
    form = {"image": SimpleUploadedFile("seven.png", data), "source": "upload"}
    response = owner_client.post(UPLOAD, form, headers={"HX-Request": "true"} if htmx else {})
    assert response.status_code == status
    assert words in response.context["answer"].message
    assert response.templates[0].name == ("classifier/digits/_answer.html" if htmx else "classifier/pad/pad.html")
    assert (Drawing.objects.count(), kept()) == (0, set())


@pytest.mark.parametrize("form", [{}, {"image": "text"}, {"source": "upload"}])
def test_form_without_a_file_is_refused(owner_client, form):
    response = owner_client.post(UPLOAD, form, headers={"HX-Request": "true"})
    assert response.status_code == 400
    assert "Choose a picture first" in response.text


@pytest.mark.parametrize("source", ["api", "mnist", "draw", "nonsense"])
def test_source_that_no_form_offers_is_refused(upload, kept, source):
    assert upload(picture(), source=source).status_code == 400
    assert (Drawing.objects.count(), kept()) == (0, set())


def test_upload_of_40_megabytes_is_refused(upload):
    response = upload(picture() + bytes(40_000_000))
    assert response.status_code == 413
    assert "at most 32 MB" in response.text
    assert Drawing.objects.count() == 0


def test_decoder_that_is_away_is_a_passing_trouble(upload, monkeypatch):
    def away(data, limit, **wishes):
        raise SiteBusy("Pictures cannot be read at the moment. Please try again.")

    monkeypatch.setattr("classifier.digits.intake.pictures.read_picture", away)
    assert upload(picture()).status_code == 503
    assert Drawing.objects.count() == 0


def test_file_is_gone_when_its_row_cannot_be_stored(owner, kept, monkeypatch):
    def broken(drawing, pixels):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("classifier.digits.intake.pictures.store", broken)
    with pytest.raises(RuntimeError):
        intake.accept_picture(owner, SimpleUploadedFile("x.png", picture()), Drawing.Source.UPLOAD)
    assert kept() == set()


def test_file_stays_when_its_row_is_stored_but_sending_fails(owner, kept, monkeypatch, transactional_db):
    def broken(*arguments, **options):
        raise RuntimeError("not an error of the queue")

    monkeypatch.setattr(current_app, "send_task", broken)
    intake.accept_picture(owner, SimpleUploadedFile("x.png", picture()), Drawing.Source.UPLOAD)
    assert len(kept()) == Drawing.objects.count() == 1


def test_without_htmx_the_answer_is_the_digits_page(owner_client):
    response = owner_client.post(UPLOAD, {"image": SimpleUploadedFile("seven.png", picture())})
    assert response.url == f"/digits/{Digit.objects.get().public_id}/"


def test_visitor_stores_nothing(client, kept, db):
    response = client.post(UPLOAD, {"image": SimpleUploadedFile("seven.png", picture())})
    assert response.url == f"/account/login/?next={UPLOAD}"
    assert (Drawing.objects.count(), kept()) == (0, set())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_real_worker_reads_a_seven_in_every_format(upload, inference_worker, kind):
    assert upload(picture(kind=kind)).context["answer"].label == 7
