"""Programs send, read, list and delete digits, with a token or a session."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier.models import ApiToken, Digit, Drawing, Prediction
from tests.conftest import PASSWORD
from tests.factories import PEN, SEVEN, SIZE, answered, drawn_digit, many_digits, picture

DIGITS = "/api/v1/digits/"
SKETCH = {"strokes": SEVEN, "size": SIZE, "pen": PEN}


@pytest.fixture
def api(owner_token):
    """A client with the owner's token and no session."""
    return Client(headers={"Authorization": f"Token {owner_token}"}, enforce_csrf_checks=True)


def send(api, body=SKETCH, **headers):
    return api.post(DIGITS, json.dumps(body), content_type="application/json", headers=headers)


def test_drawing_is_answered_with_its_finished_prediction(api, owner, inference_worker, model_version):
    response = send(api)
    digit = Digit.objects.get()
    assert response.status_code == 201
    assert response.headers["Location"] == f"http://testserver{DIGITS}{digit.public_id}/"
    body = response.json()
    prediction = body.pop("prediction")
    assert (body["id"], body["source"], body["true_label"]) == (str(digit.public_id), "api", None)
    assert (prediction["status"], prediction["verdict"], prediction["digit"]) == ("done", "digit", 7)
    assert (prediction["model_version"], prediction["error"]) == (model_version.name, None)
    assert len(prediction["probabilities"]) == 10
    assert sum(prediction["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert prediction["confidence"] == max(prediction["probabilities"]) == prediction["probabilities"][7]
    assert digit.drawing.owner == owner


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_picture_is_answered_with_its_finished_prediction(api, inference_worker, kind):
    response = api.post(DIGITS, {"image": SimpleUploadedFile("x", picture(kind=kind))})
    assert (response.status_code, response.json()["prediction"]["digit"]) == (201, 7)
    assert (Drawing.objects.get().source, Drawing.objects.get().original_format) == ("api", kind)


def test_times_of_points_are_stored(api):
    timed = [[[x, y, 8.5 * index] for index, (x, y) in enumerate(SEVEN[0])]]
    send(api, SKETCH | {"strokes": timed})
    assert Drawing.objects.get().strokes == timed


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("respond-async", "respond-async"),
        ("wait=0", "wait=0"),
        ("Wait=0", "wait=0"),
        ('wait="0"', "wait=0"),
        ("respond-async, wait=0", None),
        ("return=minimal; x, respond-async", "respond-async"),
        ("wait=soon", None),
        ("wait=-5", None),
        ("wait=1.5", None),
        ("", None),
        ("wait=٣", None),
        (";,=", None),
    ],
)
def test_unfinished_answer_has_its_address(api, prefer, applied):
    response = send(api, Prefer=prefer.encode().decode("latin-1"))
    digit = Digit.objects.get()
    assert response.status_code == 202
    assert response.headers["Location"].endswith(f"{DIGITS}{digit.public_id}/")
    assert response.json()["prediction"]["status"] == "queued"
    assert response.json()["prediction"]["digit"] is None
    if applied:
        assert response.headers["Preference-Applied"] == applied


def test_wait_is_bounded(api, monkeypatch):
    waited = []
    monkeypatch.setattr("classifier.jobs.replies.wait_for", lambda reply_key, timeout_s: waited.append(timeout_s))
    for wait in ("3", "999999999999", "9" * 400):
        assert send(api, Prefer=f"wait={wait}").status_code == 202
    assert waited == [3, 25, 25]


def test_answer_appears_later_at_its_address(api, model_version):
    location = send(api, Prefer="respond-async").headers["Location"]
    assert api.get(location).json()["prediction"]["status"] == "queued"
    Prediction.objects.update(**answered(model_version))
    prediction = api.get(location).json()["prediction"]
    assert (prediction["status"], prediction["digit"], prediction["confidence"]) == ("done", 7, 0.91)


def test_failed_prediction_has_its_error(api, owner):
    digit = drawn_digit(owner)
    Prediction.objects.update(status="failed", error="No answer could be made.")
    prediction = api.get(f"{DIGITS}{digit.public_id}/").json()["prediction"]
    assert (prediction["status"], prediction["verdict"], prediction["error"]) == (
        "failed",
        None,
        "No answer could be made.",
    )


def test_pages_list_each_digit_once_newest_first(api, owner):
    digits = many_digits(owner, 25)
    seen, url, pages = [], f"{DIGITS}?page_size=10", 0
    while url:
        page = api.get(url).json()
        seen += [digit["id"] for digit in page["results"]]
        url, pages = page["next"], pages + 1
    assert (seen, pages) == ([str(digit.public_id) for digit in reversed(digits)], 3)


@pytest.mark.parametrize(("asked", "given"), [("5", 5), ("0", 30), ("-1", 30), ("x", 30), ("100000", 30), ("", 30)])
def test_page_size_is_bounded(api, owner, asked, given):
    many_digits(owner, 30)
    assert len(api.get(DIGITS, {"page_size": asked}).json()["results"]) == given


def test_queries_of_the_list_do_not_depend_on_its_length(api, owner, model_version, django_assert_num_queries):
    many_digits(owner, 1, model_version)
    api.get(DIGITS)  # stores the last use of the token
    with CaptureQueriesContext(connection) as few:
        api.get(DIGITS)
    many_digits(owner, 40, model_version)
    with django_assert_num_queries(len(few)):
        assert len(api.get(DIGITS).json()["results"]) == 41


def test_list_has_only_digits_of_the_caller(api, stranger_token, owner, stranger):
    mine, theirs = {str(drawn_digit(owner).public_id) for _ in range(2)}, {str(drawn_digit(stranger).public_id)}
    assert {digit["id"] for digit in api.get(DIGITS).json()["results"]} == mine
    response = api.get(DIGITS, headers={"Authorization": f"Token {stranger_token}"})
    assert {digit["id"] for digit in response.json()["results"]} == theirs


def test_deleted_digit_is_gone(api, owner):
    digit, kept = drawn_digit(owner), drawn_digit(owner)
    assert api.delete(f"{DIGITS}{digit.public_id}/").status_code == 204
    assert set(Digit.objects.owned_by(owner)) == {kept}
    assert api.delete(f"{DIGITS}{digit.public_id}/").status_code == 404


def test_session_works_like_a_token_but_needs_csrf(owner):
    browser = Client(enforce_csrf_checks=True)
    browser.login(username="owner", password=PASSWORD)
    rejected = send(browser)
    assert (rejected.status_code, rejected.headers["Content-Type"]) == (403, "application/problem+json")
    token = str(browser.get("/").context["csrf_token"])
    assert send(browser, **{"X-CSRFToken": token}).status_code == 202
    assert browser.get(DIGITS).status_code == 200


@pytest.mark.parametrize("scheme", ["Token", "token", "TOKEN"])
def test_scheme_of_a_token_ignores_case(owner_token, scheme):
    assert Client().get(DIGITS, headers={"Authorization": f"{scheme} {owner_token}"}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Token",
        "Token x",
        "Token x y",
        "Token \xff\xfe",
        "Token " + "x" * 10_000,
        "Bearer {key}",
        "Basic {key}",
        "{key}",
    ],
    ids=["none", "no key", "unknown", "two words", "bytes", "long", "bearer", "basic", "bare"],
)
def test_missing_and_unknown_tokens_are_401(owner_token, header):
    response = Client().get(DIGITS, headers={"Authorization": header.format(key=owner_token)})
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Token")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 401


def test_revoked_token_stops_at_once(api):
    assert api.get(DIGITS).status_code == 200
    ApiToken.objects.all().delete()
    assert api.get(DIGITS).status_code == 401


def test_token_of_an_inactive_person_stops(api, owner):
    owner.is_active = False
    owner.save()
    assert api.get(DIGITS).status_code == 401


def test_last_use_of_a_token_is_stored(api):
    assert ApiToken.objects.get().last_used is None
    api.get(DIGITS)
    assert ApiToken.objects.get().last_used is not None


def test_pad_and_api_store_the_same_input(api, owner):
    send(api)
    pad, sent = drawn_digit(owner), Digit.objects.earliest("pk")
    assert bytes(pad.pixels) == bytes(sent.pixels)


def test_ids_are_random_and_primary_keys_stay_private(api):
    body = send(api).json()
    assert uuid.UUID(body["id"]).version == 4
    assert "pk" not in json.dumps(body)


def test_cursor_of_another_person_is_invalid(api, owner, stranger):
    drawn_digit(owner)
    theirs = drawn_digit(stranger)
    assert api.get(DIGITS, {"cursor": str(theirs.public_id)}).status_code == 400


def test_list_has_the_filters_and_orders_of_the_history(api, owner):
    digits = many_digits(owner, 3)
    Prediction.objects.update(status="done", verdict="digit", label=7, confidence=0.9)
    Prediction.objects.filter(digit=digits[1]).update(label=3, confidence=0.5)
    ids = [str(digit.public_id) for digit in digits]

    def listed(**query: str) -> list[str]:
        return [digit["id"] for digit in api.get(DIGITS, query).json()["results"]]

    assert listed(digit="3") == [ids[1]]
    assert listed(sort="least_sure") == [ids[1], ids[0], ids[2]]
    rejected = api.get(DIGITS, {"min_confidence": "lots"})
    assert (rejected.status_code, rejected.headers["Content-Type"]) == (400, "application/problem+json")
    paged = api.get(DIGITS, {"sort": "least_sure", "page_size": "1"}).json()
    assert [digit["id"] for digit in api.get(paged["next"]).json()["results"]] == [ids[0]]


def test_answer_to_a_post_equals_the_answer_at_its_address(api, inference_worker):
    sent = send(api)
    assert sent.json() == api.get(sent.headers["Location"]).json()
