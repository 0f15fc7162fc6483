"""Programs correct digits, compare predictions, get pictures and make conditional requests."""

import io
import json

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from classifier.accounts.tokens import create_token
from classifier.digits import deletion
from classifier.digits.corrections import correct
from classifier.digits.intake import save_drawing
from classifier.digits.registry import BUNDLED, activate, register_version
from classifier.models import Activation, Batch, Correction, Digit, ModelVersion, Prediction
from tests.factories import FORTY_SEVEN, SEVEN, answered, drawn_digit, many_digits, picture, sketch

DIGITS = "/api/v1/digits/"
JSON = "application/json"


@pytest.fixture
def api(owner_token):
    client = Client(headers={"Authorization": f"Token {owner_token}"})
    client.get(DIGITS)  # stores the last use of the token
    return client


@pytest.fixture
def digit(owner, model_version):
    digit = drawn_digit(owner)
    Prediction.objects.update(**answered(model_version))
    return digit


def address(digit, part=""):
    return f"{DIGITS}{digit.public_id}/{part}"


def put(api, digit, body):
    return api.put(address(digit, "correction/"), json.dumps(body), content_type=JSON)


@pytest.mark.parametrize("label", [0, 9, None])
def test_correction_is_stored_changed_and_withdrawn(api, digit, label):
    response = put(api, digit, {"label": label})
    correction = response.json()
    assert (response.status_code, correction["label"], correction["review"]) == (200, label, "waiting")
    assert api.get(address(digit)).json()["correction"] == correction
    assert api.get(DIGITS).json()["results"][0]["correction"] == correction
    assert put(api, digit, {"label": 4}).json()["label"] == 4
    assert Correction.objects.get().label == 4
    assert [api.delete(address(digit, "correction/")).status_code for _ in range(2)] == [204, 204]
    assert api.get(address(digit)).json()["correction"] is None


@pytest.mark.parametrize(
    "body",
    [{}, {"label": 10}, {"label": -1}, {"label": "7"}, {"label": True}, {"label": 7.0}, {"label": [7]}, [], None, 7],
)
def test_invalid_correction_is_a_problem_and_changes_nothing(api, digit, body):
    correct(digit, 3)
    response = put(api, digit, body)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["code"] == "malformed"
    assert Correction.objects.get().label == 3


@pytest.mark.parametrize("part", ["correction/", "predictions/", "input.png", "original/", ""])
def test_stranger_finds_nothing_and_changes_nothing(stranger_token, digit, part):
    correct(digit, 3)
    stranger = Client(headers={"Authorization": f"Token {stranger_token}"})
    answers = [stranger.get, stranger.delete, lambda path: stranger.put(path, '{"label": 1}', content_type=JSON)]
    assert {ask(address(digit, part)).status_code for ask in answers} <= {404, 405}
    assert (Digit.objects.count(), Correction.objects.get().label) == (1, 3)


def test_predictions_of_every_version_have_all_probabilities(api, digit, model_version):
    another = register_version(BUNDLED / "deeper_cnn")
    Prediction.objects.create(digit=digit, revision=1, preprocessing_version=1, **answered(another, label=1))
    results = api.get(address(digit, "predictions/")).json()["results"]
    assert [(each["model_version"], each["digit"]) for each in results] == [(another.name, 1), (model_version.name, 7)]
    assert all(len(each["probabilities"]) == 10 for each in results)


def test_predictions_include_older_revisions(api, owner, digit):
    drawn_digit(owner, drawing_id=digit.drawing.public_id, revision=2)
    results = api.get(address(digit, "predictions/")).json()["results"]
    assert [(each["revision"], each["status"]) for each in results] == [(2, "queued"), (1, "superseded")]


def pixels_of(response):
    return np.asarray(Image.open(io.BytesIO(response.getvalue())))


def test_input_has_the_pixels_of_the_digit(api, digit):
    response = api.get(address(digit, "input.png"))
    assert response.headers["Content-Type"] == "image/png"
    assert pixels_of(response).tobytes() == bytes(digit.pixels)


def test_original_of_a_drawing_is_the_picture_of_its_page(api, owner_client, digit):
    page = owner_client.get(f"/digits/{digit.public_id}/picture/")
    assert api.get(address(digit, "original/")).content == page.content


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("TIFF", "application/octet-stream")]
)
def test_original_of_a_picture_is_the_uploaded_file(api, kind, media_type):
    data = picture(kind=kind)
    sent = api.post(DIGITS, {"image": SimpleUploadedFile("x", data)}).json()
    response = api.get(f"{sent['url']}original/")
    assert (response.headers["Content-Type"], response.getvalue()) == (media_type, data)
    assert ("attachment" in response.headers["Content-Disposition"]) == (kind == "TIFF")


def test_missing_original_is_a_problem(api):
    sent = api.post(DIGITS, {"image": SimpleUploadedFile("x", picture())}).json()
    drawing = Digit.objects.get().drawing
    drawing.original.storage.delete(drawing.original.name)
    response = api.get(f"{sent['url']}original/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("accept", ["image/png", "image/*", "text/html", "*/*", "nonsense"])
def test_pictures_ignore_the_accept_header(api, digit, accept):
    assert api.get(address(digit, "input.png"), headers={"Accept": accept}).status_code == 200


SINGLE = ["", "predictions/", "input.png", "original/"]


@pytest.mark.parametrize("part", SINGLE)
def test_unchanged_resource_is_a_304_without_a_body(api, digit, part):
    etag = api.get(address(digit, part)).headers["ETag"]
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        response = api.get(address(digit, part), headers={"If-None-Match": known})
        assert (response.status_code, response.getvalue(), response.headers["ETag"]) == (304, b"", etag)
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert "RateLimit" in response.headers
    assert api.get(address(digit, part), headers={"If-None-Match": '"x"'}).status_code == 200


def add_prediction(digit, **_):
    version = register_version(BUNDLED / "deeper_cnn")
    Prediction.objects.create(digit=digit, revision=1, preprocessing_version=1, **answered(version, label=1))


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        (lambda digit, owner: correct(digit, 3), [""]),
        (add_prediction, ["predictions/"]),  # the first prediction stays the answer
        (
            lambda digit, owner: drawn_digit(owner, drawing_id=digit.drawing.public_id, revision=2),
            ["", "predictions/", "original/"],
        ),
        (lambda digit, owner: Digit.objects.update(pixels=bytes(784)), ["input.png"]),
    ],
    ids=["correction", "prediction", "revision", "pixels"],
)
def test_etag_changes_with_what_it_names(api, owner, digit, what, changed):
    before = {part: api.get(address(digit, part)).headers["ETag"] for part in SINGLE}
    what(digit, owner=owner)
    now = {part: api.get(address(digit, part)).headers["ETag"] for part in SINGLE}
    assert {part for part in SINGLE if before[part] != now[part]} == set(changed)


def test_head_has_the_etag(api, digit):
    assert api.head(address(digit)).headers["ETag"] == api.get(address(digit)).headers["ETag"]


def test_answers_are_private(api, digit):
    for path in (DIGITS, "/api/v1/models/", "/api/v1/me/", *(address(digit, part) for part in SINGLE)):
        headers = api.get(path).headers
        assert headers["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= {word.strip() for word in headers["Vary"].split(",")}


def test_models_are_those_that_everybody_may_see(api, model_version):
    hidden = register_version(BUNDLED / "deeper_cnn")
    ModelVersion.objects.filter(pk=hidden.pk).update(tflite_sha256="0" * 64)  # not one of the bundled versions
    (model,) = api.get("/api/v1/models/").json()["results"]
    assert (model["id"], model["name"]) == (str(model_version.public_id), model_version.name)
    assert (model["in_service"], model["sha256"]) == (True, model_version.tflite_sha256)
    assert api.get(model["url"]).json() == model
    assert api.get(f"/api/v1/models/{hidden.public_id}/").status_code == 404


def test_etag_of_a_model_changes_when_it_leaves_service(api, model_version):
    url = f"/api/v1/models/{model_version.public_id}/"
    etag = api.get(url).headers["ETag"]
    assert api.get(url, headers={"If-None-Match": etag}).status_code == 304
    activate(register_version(BUNDLED / "deeper_cnn"), kind=Activation.Kind.PROMOTION)
    response = api.get(url, headers={"If-None-Match": etag})
    assert (response.status_code, response.json()["in_service"]) == (200, False)


def test_me_has_the_name_and_counts_of_the_caller(api, owner, stranger, digit):
    correct(many_digits(owner, 3)[0], None)
    save_drawing(owner, sketch(FORTY_SEVEN))
    deletion.delete(owner, [many_digits(owner, 1)[0].public_id])
    for who, status in ((owner, "done"), (owner, "deleted"), (stranger, "done")):
        Batch.objects.create(owner=who, name="a.zip", size=1, total=1, position=0, status=status)
    for each in many_digits(stranger, 5):
        correct(each, 1)
    counts = {"drawings": 5, "digits": 6, "corrections": 1, "batches": 1}
    token = {"name": "made on the command line", "scope": "write", "expires": None}
    assert api.get("/api/v1/me/").json() == {"name": "owner", **counts, "token": token}


def test_me_has_the_scope_of_the_token(owner, owner_client):
    token, key = create_token(owner, "wall", scope="read", expires_days=2)
    fields = Client().get("/api/v1/me/", headers={"Authorization": f"Token {key}"}).json()["token"]
    assert (fields["name"], fields["scope"], fields["expires"][:16]) == ("wall", "read", token.expires.isoformat()[:16])
    assert owner_client.get("/api/v1/me/").json()["token"] is None


def test_queries_for_a_number_do_not_depend_on_its_length(api, owner, model_version, django_assert_num_queries):
    def counted(strokes):
        digit = drawn_digit(owner) if strokes is None else intake_of(owner, strokes)
        with CaptureQueriesContext(connection) as queries:
            assert api.get(address(digit)).status_code == 200
        return len(queries)

    two, four = counted(row_of(2)), counted(row_of(4))
    assert two == four


def row_of(count):
    return [[[x / 3 + 90 * at, y / 3] for x, y in SEVEN[0]] for at in range(count)]


def intake_of(owner, strokes):
    from classifier.digits.intake import save_drawing

    return save_drawing(owner, sketch(strokes))
