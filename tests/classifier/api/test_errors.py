"""Invalid requests to the API get the right status as problem details, and store nothing."""

import base64
import json
import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.models import Drawing
from tests.classifier.recognition.test_strokes import random_json
from tests.factories import PEN, SEVEN, SIZE, drawn_digit, picture, seven

DIGITS = "/api/v1/digits/"
JSON = "application/json"
SKETCH = {"strokes": SEVEN, "size": SIZE, "pen": PEN}
HUGE = 10**400


@pytest.fixture
def api(owner_token):
    """A client with the owner's token. An exception becomes the 500 that a program would get."""
    return Client(headers={"Authorization": f"Token {owner_token}"}, raise_request_exception=False)


def assert_problem(response, status, words=""):
    assert response.status_code == status, response.text[:300]
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["type"], bool(body["title"]), bool(body["detail"])) == (
        status,
        "about:blank",
        True,
        True,
    )
    assert body["code"]
    assert words in body["detail"]


BODIES = [
    ("{", 400, ""),
    ("", 400, ""),
    ("null", 400, "strokes"),
    ("7", 400, "strokes"),
    ('"seven"', 400, "strokes"),
    ("[]", 400, "strokes"),
    ("{}", 400, "strokes"),
    (b"\xff\xfe", 400, ""),
    ("NaN", 400, ""),
    ('{"strokes": NaN, "size": [280, 280], "pen": 18}', 400, ""),
    ("[" * 100_000, 400, ""),
    ('{"strokes": ' + "[" * 50_000 + "]" * 50_000 + ', "size": [280, 280], "pen": 18}', 400, ""),
    ('{"strokes": [[[1' + "0" * 5000 + ', 1]]], "size": [280, 280], "pen": 18}', 400, ""),
    (SKETCH | {"strokes": None}, 400, "strokes"),
    (SKETCH | {"strokes": [[[HUGE, 1]]]}, 400, "point"),
    (SKETCH | {"strokes": [[["\ud800", 1]]]}, 400, "point"),
    (SKETCH | {"size": [280]}, 400, "size"),
    (SKETCH | {"size": [HUGE, 280]}, 400, "size"),
    (SKETCH | {"pen": HUGE}, 400, "pen"),
    (SKETCH | {"pen": "18"}, 400, "pen"),
    ({"strokes": SEVEN}, 400, "size"),
    (SKETCH | {"strokes": []}, 422, "nothing on the pad"),
    (SKETCH | {"strokes": [[], []]}, 422, "nothing on the pad"),
    (SKETCH | {"strokes": [[[5000, 5000]]]}, 422, "nothing on the pad"),
    (SKETCH | {"strokes": [[[1, 1]] * 20_001]}, 400, "20,000"),
]


@pytest.mark.parametrize(("body", "status", "words"), BODIES, ids=[str(at) for at in range(len(BODIES))])
def test_invalid_drawing_is_a_problem(api, body, status, words):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    assert_problem(api.post(DIGITS, text, content_type=JSON), status, words)
    assert Drawing.objects.count() == 0


FILES = [
    (b"", 422, "empty"),
    (b"<svg/>", 415, "PNG"),
    (b"<html>", 415, "PNG"),
    (picture()[:700], 422, "damaged"),
    (picture(seven() | 255), 422, "nothing to read"),
    (picture(seven(1100)), 413, "megapixels"),
    (picture() + bytes(1_100_000), 413, "MB"),
]


@pytest.mark.parametrize(("data", "status", "words"), FILES, ids=[words for _, _, words in FILES[:1]] + list("123456"))
def test_invalid_picture_is_a_problem(api, settings, data, status, words):
    settings.UPLOAD_MAX_MB, settings.PICTURE_MAX_MEGAPIXELS = 1, 1
    assert_problem(api.post(DIGITS, {"image": SimpleUploadedFile("x.png", data)}), status, words)
    assert Drawing.objects.count() == 0


@pytest.mark.parametrize("form", [{}, {"image": "text"}, {"picture": SimpleUploadedFile("x.png", b"x")}])
def test_form_without_the_field_image_is_a_problem(api, form):
    assert_problem(api.post(DIGITS, form), 400, "image")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("image/png", 415),
        ("application/xml", 415),
        ("multipart/form-data", 400),  # without a boundary
        ("multipart/form-data; boundary=" + "x" * 300, 415),
        ("multipart/mixed; boundary=x", 415),
        ("nonsense", 415),
    ],
)
def test_unsupported_media_type_is_a_problem(api, content_type, status):
    assert_problem(api.post(DIGITS, b"--x\r\nseven", content_type=content_type), status)


def test_broken_multipart_is_a_problem(api):
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
    ):
        response = api.post(DIGITS, body, content_type="multipart/form-data; boundary=x")
        assert 400 <= response.status_code < 500
        assert response.headers["Content-Type"] == "application/problem+json"


def test_json_of_30_megabytes_is_too_large(api):
    body = b'{"pen": 18, "size": [280, 280], "strokes": [[' + b" " * 30_000_000 + b"]]}"
    assert_problem(api.post(DIGITS, body, content_type=JSON), 413)


def test_file_of_40_megabytes_is_too_large(api):
    assert_problem(api.post(DIGITS, {"image": SimpleUploadedFile("x.png", picture() + bytes(40_000_000))}), 413, "MB")


@pytest.mark.parametrize(
    "form", [{"image": "x" * 3_000_000}, {f"field{number}": "x" for number in range(1100)}], ids=["text", "fields"]
)
def test_oversized_form_is_a_problem(api, form):
    response = api.post(DIGITS, form)
    assert response.status_code in (400, 413)
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_method_that_is_not_allowed_is_a_problem(api, method):
    response = getattr(api, method)(DIGITS)
    assert_problem(response, 405)
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/xml"])
def test_other_formats_of_answers_are_not_acceptable(api, accept):
    assert_problem(api.get(DIGITS, headers={"Accept": accept}), 406)


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/problem+json, application/json", "text/html, */*"]
)
def test_common_accept_headers_get_json(api, accept):
    assert api.get(DIGITS, headers={"Accept": accept}).status_code == 200


def test_digit_of_a_stranger_is_a_404(api, stranger):
    url = f"{DIGITS}{drawn_digit(stranger).public_id}/"
    nowhere = f"{DIGITS}7b2e1c1e-0000-4000-8000-000000000000/"
    for method in (api.get, api.delete):
        assert_problem(method(url), 404)
        assert method(url).json() == method(nowhere).json()
    assert Drawing.objects.count() == 1


@pytest.mark.parametrize("path", ["digits/42/", "digits/x/", "nothing/", "digits/7b2e1c1e-0000-4000-8000-000000000000"])
def test_unknown_address_is_a_problem(api, path):
    response = api.get(f"/api/v1/{path}", follow=True)
    assert_problem(response, 404)


@pytest.mark.parametrize(
    "cursor", [b"p=abc", b"p=" + b"9" * 50, b"o=99999999999999999999&p=1", b"r=1&p=-1", b"\xff", b""]
)
def test_invalid_cursor_never_breaks_the_list(api, owner, cursor):
    drawn_digit(owner)
    response = api.get(DIGITS, {"cursor": base64.b64encode(cursor).decode()})
    assert response.status_code < 500
    assert response.status_code == 200 or response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["cursor=%00", "cursor=x", "cursor=%ff", "format=xml", "page_size=%00"])
def test_invalid_query_never_breaks_the_list(api, query):
    assert api.get(f"{DIGITS}?{query}").status_code < 500


def test_random_bodies_never_cause_a_server_error(api):
    chance = random.Random(5)
    for _ in range(150):
        body = {key: random_json(chance) for key in ("strokes", "size", "pen") if chance.random() < 0.95}
        body |= chance.choice([{}, {"size": SIZE}, {"size": SIZE, "pen": PEN}, {"": None}])
        text = json.dumps(chance.choice([body, body, body, random_json(chance)]))
        if chance.random() < 0.1:
            text = text[: chance.randrange(len(text) + 1)]
        response = api.post(DIGITS, text, content_type=JSON, headers={"Prefer": "respond-async"})
        assert response.status_code < 500, text
        assert response.status_code == 202 or response.headers["Content-Type"] == "application/problem+json"


def test_random_files_never_cause_a_server_error(api):
    chance, whole = random.Random(6), picture(seven(64))
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        response = api.post(DIGITS, {"image": SimpleUploadedFile("x.png", bytes(data[: chance.randint(1, len(data))]))})
        assert response.status_code in (202, 413, 415, 422)
