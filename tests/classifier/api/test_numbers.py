"""Numbers in the API."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.jobs import replies
from classifier.models import Digit, Drawing, Prediction
from tests.factories import FORTY_SEVEN, ONE, PEN, SIZE, answered, picture
from tests.numbers import shown

DIGITS = "/api/v1/digits/"
OF_NUMBER = {"reading", "number", "text", "number_correction", "digits"}


@pytest.fixture
def api(owner_token):
    return Client(headers={"Authorization": f"Token {owner_token}"})


def send(api, **changed):
    body = {"strokes": FORTY_SEVEN, "size": SIZE, "pen": PEN} | changed
    return api.post(DIGITS, json.dumps(body), content_type="application/json")


def test_program_gets_the_leftmost_digit_the_number_and_all_digits(api, inference_worker):
    response = send(api)
    body = response.json()
    assert (response.status_code, body["number"], len(body["digits"])) == (201, "47", 2)
    assert response.headers["Location"].endswith(body["url"])
    assert {key: body[key] for key in body if key not in OF_NUMBER} == body["digits"][0]
    assert (body["text"], body["number_correction"]) == ("47", None)
    assert [each["position"] for each in body["digits"]] == [0, 1]
    assert [each["prediction"]["digit"] for each in body["digits"]] == [4, 7]
    assert len({each["drawing"] for each in body["digits"]}) == 1
    assert body["digits"][1]["box"] == Digit.objects.get(position=1).box
    assert api.get(body["url"]).json() == body
    second = api.get(body["digits"][1]["url"]).json()
    assert (second["position"], second["number"], second["digits"]) == (1, "47", body["digits"])


def test_program_gets_202_until_the_last_digit_is_finished(api, monkeypatch, settings, model_version):
    settings.ANSWER_WAIT_S = 1

    def answer_one(*_):
        Prediction.objects.filter(digit__position=0).update(**answered(model_version, 4))

    monkeypatch.setattr(replies, "wait_for", answer_one)
    response = send(api)
    assert (response.status_code, response.json()["number"]) == (202, None)
    assert [each["prediction"]["status"] for each in response.json()["digits"]] == ["done", "queued"]


def test_single_digit_is_a_number_of_one_digit(api, inference_worker):
    body = send(api, strokes=ONE).json()
    assert (body["number"], [each["id"] for each in body["digits"]]) == ("1", [body["id"]])


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"status": "failed", "label": None}, None),
        ({"verdict": "not_a_digit"}, None),
        ({"verdict": "unsure"}, "47"),
    ],
)
def test_number_is_null_if_one_of_its_digits_is_not_read(api, forty_seven, changed, number):
    Prediction.objects.filter(digit__position=1).update(**changed)
    assert api.get(f"{DIGITS}{forty_seven[0].public_id}/").json()["number"] == number


def test_list_has_every_digit_without_the_number(api, forty_seven):
    results = api.get(DIGITS).json()["results"]
    assert [row["position"] for row in results] == [0, 1]
    assert not any(OF_NUMBER & row.keys() for row in results)


def test_program_corrects_a_number_as_a_whole(api, forty_seven):
    digit = f"{DIGITS}{forty_seven[1].public_id}/"  # any of its digits will do
    response = api.put(f"{digit}number/correction/", {"text": "4.1"}, content_type="application/json")
    body = response.json()
    assert (response.status_code, body["text"], body["review"]) == (200, "4.1", "waiting")
    whole = api.get(digit).json()
    assert (whole["number_correction"], whole["number"], whole["text"]) == (body, "47", "47")
    assert [each["correction"]["label"] for each in whole["digits"]] == [4, 1]
    assert [each["correction"]["review"] for each in whole["digits"]] == ["confirmed", "waiting"]
    assert api.delete(f"{digit}number/correction/").status_code == 204
    again = api.get(digit).json()
    assert (again["number_correction"], again["correction"]) == (None, None)


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": 47}, {"text": "x"}, {"text": "1" * 101}, {"text": None}, []]
)
def test_text_that_is_not_a_number_is_refused(api, forty_seven, body):
    address = f"{DIGITS}{forty_seven[0].public_id}/number/correction/"
    response = api.put(address, json.dumps(body), content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_program_confirms_a_number_and_a_digit(api, forty_seven):
    digit = f"{DIGITS}{forty_seven[0].public_id}/"
    assert api.post(f"{digit}confirmation/").json()["review"] == "confirmed"
    assert [each["correction"] is None for each in api.get(digit).json()["digits"]] == [False, True]
    body = api.post(f"{digit}number/confirmation/").json()
    assert (body["text"], body["review"]) == ("47", "confirmed")
    assert api.get(digit).json()["number_correction"] == body


def test_what_is_not_read_cannot_be_confirmed(api, forty_seven):
    Prediction.objects.update(status="queued", label=None)
    for name in ("confirmation/", "number/confirmation/"):
        response = api.post(f"{DIGITS}{forty_seven[0].public_id}/{name}")
        assert (response.status_code, response.json()["code"]) == (409, "not_read")


def test_digits_are_found_by_their_number(api, forty_seven):
    assert len(api.get(DIGITS, {"number": "47"}).json()["results"]) == 2
    assert api.get(DIGITS, {"number": "74"}).json()["results"] == []


@pytest.mark.parametrize(("one_digit", "count"), [(True, 1), (False, 2)])
def test_program_can_ask_for_one_digit(api, one_digit, count):
    assert len(send(api, one_digit=one_digit).json()["digits"]) == count
    form = {"image": SimpleUploadedFile("x.png", picture(shown())), "one_digit": str(one_digit).lower()}
    assert len(api.post(DIGITS, form).json()["digits"]) == count


@pytest.mark.parametrize("value", ["true", 1, 0, None, [], "x"])
def test_one_digit_in_json_must_be_a_boolean(api, value):
    response = send(api, one_digit=value)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert "one_digit" in response.json()["detail"]
    assert Drawing.objects.count() == 0


@pytest.mark.parametrize("value", ["True", "1", "yes", ""])
def test_one_digit_in_a_form_must_be_true_or_false(api, value):
    response = api.post(DIGITS, {"image": SimpleUploadedFile("x.png", picture()), "one_digit": value})
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert Drawing.objects.count() == 0
