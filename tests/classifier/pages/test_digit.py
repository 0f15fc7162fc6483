"""One digit's page: its pictures, its original file and its deletion."""

import io
import uuid
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.digits import intake
from classifier.models import Digit, Drawing, Prediction
from tests.factories import answered, drawn_digit, picture, seven

HTMX = {"HX-Request": "true"}


def uploaded(owner, kind):
    file = SimpleUploadedFile(f"x.{kind}", picture(seven(120), kind))
    return intake.accept_picture(owner, file, Drawing.Source.UPLOAD)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_waiting_digit_is_polled_until_it_is_answered(owner_client, owner, model_version):
    url = f"/digits/{drawn_digit(owner).public_id}/"
    waiting = owner_client.get(url, headers=HTMX)
    assert (waiting.context["answer"].state, f'hx-get="{url}"' in waiting.text) == ("waiting", True)
    Prediction.objects.update(**answered(model_version))
    done = owner_client.get(url, headers=HTMX)
    assert (done.context["answer"].state, "hx-trigger" in done.text) == ("done", False)


def test_htmx_gets_the_fragment_and_others_the_page(owner_client, owner):
    url = f"/digits/{drawn_digit(owner).public_id}/"
    page, fragment = owner_client.get(url), owner_client.get(url, headers=HTMX)
    assert (page.templates[0].name, fragment.templates[0].name) == (
        "classifier/digits/digit.html",
        "classifier/digits/_answer.html",
    )
    assert "HX-Request" in page.headers["Vary"]
    assert "<html" not in fragment.text


@pytest.mark.parametrize(
    ("changed", "state", "words"),
    [
        ({}, "waiting", "Working on it"),
        ({"status": "running"}, "waiting", "Working on it"),
        ({"status": "failed", "error": "No answer could be made."}, "failed", "No answer could be made."),
        ({"status": "superseded"}, "superseded", "You continued drawing"),
    ],
)
def test_every_state_has_its_sentence(owner_client, owner, changed, state, words):
    digit = drawn_digit(owner)
    Prediction.objects.update(**changed)
    response = owner_client.get(f"/digits/{digit.public_id}/")
    assert response.context["answer"].state == state
    assert words in response.text


def test_page_lists_every_answer_newest_first(owner_client, owner, model_version):
    digit = drawn_digit(owner, drawing_id=uuid.uuid4())
    Prediction.objects.update(**answered(model_version, label=3))
    drawn_digit(owner, drawing_id=digit.drawing.public_id, revision=2)
    response = owner_client.get(f"/digits/{digit.public_id}/")
    assert [(row["prediction"].revision, row["prediction"].status) for row in response.context["predictions"]] == [
        (2, "queued"),
        (1, "superseded"),
    ]
    assert response.context["answer"].state == "waiting"


def test_input_is_the_28_by_28_the_network_was_given(owner_client, owner):
    digit = drawn_digit(owner)
    response = owner_client.get(f"/digits/{digit.public_id}/input.png")
    image = Image.open(io.BytesIO(response.content))
    assert (response.headers["Content-Type"], image.size) == ("image/png", (28, 28))
    assert np.asarray(image).tobytes() == bytes(digit.pixels)


def test_input_is_not_kept_by_caches_others_may_read(owner_client, owner):
    response = owner_client.get(f"/digits/{drawn_digit(owner).public_id}/input.png")
    assert "private" in response.headers["Cache-Control"]


def test_original_of_a_drawing_is_its_rendering(owner_client, owner):
    response = owner_client.get(f"/digits/{drawn_digit(owner).public_id}/picture/")
    image = np.asarray(Image.open(io.BytesIO(response.content)))
    assert (image.shape, image[60, 140], image[140, 20]) == ((280, 280), 0, 255)  # black on white


@pytest.mark.parametrize(
    ("kind", "content_type", "shown"),
    [
        ("PNG", "image/png", "inline"),
        ("JPEG", "image/jpeg", "inline"),
        ("WEBP", "image/webp", "inline"),
        ("GIF", "image/gif", "inline"),
        ("BMP", "image/bmp", "inline"),
        ("TIFF", "application/octet-stream", "attachment"),
    ],
)
def test_file_is_given_back_as_it_came(owner_client, owner, kind, content_type, shown):
    digit = uploaded(owner, kind)
    response = owner_client.get(f"/digits/{digit.public_id}/picture/")
    assert body(response) == picture(seven(120), kind)
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"].startswith(shown)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src" in response.headers["Content-Security-Policy"]
    assert owner_client.get(f"/digits/{digit.public_id}/").context["original_is_viewable"] == (shown == "inline")


def test_picture_that_is_also_a_script_is_served_as_a_picture(owner_client, owner):
    """A GIF may hold any bytes after its end."""
    both = picture(seven(120), "GIF") + b"<script>alert(7)</script>"
    digit = intake.accept_picture(owner, SimpleUploadedFile("x.html", both, "text/html"), Drawing.Source.UPLOAD)
    response = owner_client.get(f"/digits/{digit.public_id}/picture/")
    assert (response.headers["Content-Type"], body(response)) == ("image/gif", both)


def test_file_lost_on_the_disk_is_a_404_and_the_page_still_opens(owner_client, owner):
    digit = uploaded(owner, "PNG")
    Path(digit.drawing.original.path).unlink()
    assert owner_client.get(f"/digits/{digit.public_id}/picture/").status_code == 404
    assert owner_client.get(f"/digits/{digit.public_id}/").status_code == 200


@pytest.mark.parametrize("htmx", [True, False])
def test_deleted_digit_is_gone_from_everywhere_and_kept_for_a_while(owner_client, owner, htmx):
    digit, kept = uploaded(owner, "PNG"), drawn_digit(owner)
    path = Path(digit.drawing.original.path)
    response = owner_client.post(f"/digits/{digit.public_id}/delete/", headers=HTMX if htmx else {})
    assert (response.status_code, b'id="undo"' in body(response)) == ((200, True) if htmx else (302, False))
    assert set(Digit.objects.owned_by(owner)) == {kept}
    assert (Drawing.objects.count(), path.exists()) == (2, True)
    for each in ("", "input.png", "picture/", "why/"):
        assert owner_client.get(f"/digits/{digit.public_id}/{each}").status_code == 404
    assert owner_client.post(f"/digits/{digit.public_id}/delete/").status_code == 404


def test_file_outlives_a_delete_that_is_rolled_back(owner, transactional_db):
    from django.db import transaction

    digit = uploaded(owner, "PNG")
    with pytest.raises(RuntimeError), transaction.atomic():
        digit.drawing.delete()
        raise RuntimeError
    assert Drawing.objects.get().original.storage.exists(Drawing.objects.get().original.name)


def test_files_of_a_person_who_is_deleted_go_too(owner, transactional_db):
    path = Path(uploaded(owner, "PNG").drawing.original.path)
    owner.delete()
    assert (Drawing.objects.count(), path.exists()) == (0, False)


def test_file_goes_with_a_drawing_deleted_in_the_administration(owner, staff_client, transactional_db):
    drawing = uploaded(owner, "PNG").drawing
    path = Path(drawing.original.path)
    response = staff_client.post(f"/admin/classifier/drawing/{drawing.pk}/delete/", {"post": "yes"})
    assert path.exists() == Drawing.objects.filter(pk=drawing.pk).exists() == (response.status_code == 403)


def test_stored_files_are_not_served_at_any_address(client, owner_client, owner):
    name = uploaded(owner, "PNG").drawing.original.name
    for base in ("/", "/media/", "/static/", "/data/media/"):
        assert client.get(base + name).status_code == 404
        assert owner_client.get(base + name).status_code == 404
    assert Path(django_settings.MEDIA_ROOT, name).exists()
