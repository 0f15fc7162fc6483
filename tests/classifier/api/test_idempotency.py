"""A request sent twice with the same Idempotency-Key is stored once."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from classifier import tasks
from classifier.api.submissions import Submission
from classifier.digits import idempotency, intake
from classifier.errors import StillWorking
from classifier.models import Drawing, IdempotencyKey, Prediction
from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.strokes import parse_sketch
from tests.factories import ONE, PEN, SEVEN, SIZE, answered, picture

pytestmark = pytest.mark.django_db(transaction=True)

DIGITS = "/api/v1/digits/"
SKETCH = {"strokes": SEVEN, "size": SIZE, "pen": PEN}


def send(token, body=SKETCH, key='"a key"', client=None):
    headers = {"Authorization": f"Token {token}"} | ({"Idempotency-Key": key} if key else {})
    return (client or Client()).post(DIGITS, json.dumps(body), content_type="application/json", headers=headers)


def upload(token, data, **form):
    headers = {"Authorization": f"Token {token}", "Idempotency-Key": "upload-1"}
    return Client().post(DIGITS, {"image": SimpleUploadedFile("x.png", data)} | form, headers=headers)


@pytest.mark.postgres
def test_same_key_and_body_return_the_same_digit(owner_token):
    first, again = send(owner_token), send(owner_token)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert (Drawing.objects.count(), Prediction.objects.count()) == (1, 1)


def test_replay_shows_the_current_state_of_the_digit(owner_token, model_version):
    first = send(owner_token).json()
    Prediction.objects.update(**answered(model_version))
    again = send(owner_token)
    assert (again.status_code, again.json()["id"], again.json()["prediction"]["digit"]) == (201, first["id"], 7)


def test_finished_answer_is_replayed_unchanged(owner_token, inference_worker):
    first, again = send(owner_token), send(owner_token)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


def test_key_with_another_body_is_rejected(owner_token):
    send(owner_token)
    for body in (SKETCH | {"strokes": ONE}, SKETCH | {"one_digit": True}, SKETCH | {"pen": PEN + 1}):
        response = send(owner_token, body)
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Drawing.objects.count() == 1


def test_body_in_another_notation_is_the_same(owner_token):
    assert send(owner_token).json() == send(owner_token, {"one_digit": False} | dict(reversed(SKETCH.items()))).json()


def test_pictures_accept_keys(owner_token):
    first, again = upload(owner_token, picture()), upload(owner_token, picture())
    assert (first.status_code, first.json()) == (202, again.json())
    assert upload(owner_token, picture(), one_digit="true").status_code == 422
    assert upload(owner_token, picture(kind="JPEG")).status_code == 422
    assert Drawing.objects.count() == 1
    assert Drawing.objects.get().original.size == len(picture())


def test_requests_with_other_keys_without_keys_or_of_other_people_are_separate(owner_token, stranger_token):
    ids = {send(owner_token, key=key).json()["id"] for key in ("a", "b", None, None)}
    assert len(ids | {send(stranger_token, key="a").json()["id"]}) == 5


def test_quotes_are_not_part_of_a_key(owner_token):
    assert send(owner_token, key='"abc"').json() == send(owner_token, key="abc").json()


@pytest.mark.parametrize(
    ("header", "key"),
    [('"a"', "a"), ("a", "a"), ('"a b"', "a b"), (r'"a\"b\\"', r'a"b\ '.strip()), (f'"{"x" * 255}"', "x" * 255)],
)
def test_keys_are_parsed(header, key):
    assert idempotency.parse_key(header) == key


@pytest.mark.parametrize(
    "header", ["", '""', "a b", '"a', 'a"', '"\\x"', "é", '"é"', "x" * 256, '"a"; b=1', '"a", "b"']
)
def test_invalid_key_is_malformed(header):
    with pytest.raises(InvalidInput, match="Idempotency-Key"):
        idempotency.parse_key(header)


def test_rejected_request_leaves_its_key_free(owner_token):
    blank = SKETCH | {"strokes": [[[5000, 5000]]]}
    assert [send(owner_token, blank).status_code for _ in range(2)] == [422, 422]
    assert IdempotencyKey.objects.count() == 0
    assert send(owner_token).status_code == 202


def test_crashed_request_leaves_its_key_free(owner_token, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("classifier.digits.intake.drawings.store", lambda *_: 1 / 0)
        assert send(owner_token, client=Client(raise_request_exception=False)).status_code == 500
    assert send(owner_token).status_code == 202
    assert Drawing.objects.count() == 1


@pytest.mark.postgres
def test_deleted_digit_does_not_come_back(owner_token, owner):
    location = send(owner_token).headers["Location"]
    assert Client().delete(location, headers={"Authorization": f"Token {owner_token}"}).status_code == 204
    response = send(owner_token)
    assert (response.status_code, Drawing.objects.owned_by(owner).count()) == (404, 0)
    assert "deleted" in response.json()["detail"]


@pytest.mark.postgres
def test_second_request_during_the_first_is_a_409(owner, owner_token, monkeypatch):
    seen = []
    stored = intake.save_drawing

    def slow(*arguments, **named):
        seen.append(send(owner_token))
        return stored(*arguments, **named)

    monkeypatch.setattr(intake, "save_drawing", slow)
    assert send(owner_token).status_code == 202
    (meanwhile,) = seen
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "in_progress")
    assert meanwhile.headers["Retry-After"] == "1"
    assert Drawing.objects.count() == 1


@pytest.mark.postgres
def test_concurrent_requests_store_one_digit(owner_token):
    def one(_):
        try:
            response = send(owner_token)
            return response.status_code, response.json().get("id")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(24)))
    assert Drawing.objects.count() == 1
    assert {status for status, _ in answers} <= {202, 409}
    assert {digit_id for status, digit_id in answers if status == 202} == {send(owner_token).json()["id"]}


@pytest.mark.postgres
def test_concurrent_requests_with_other_bodies_store_one_digit(owner_token):
    def one(number):
        try:
            return send(owner_token, SKETCH | {"pen": 10 + number}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(one, range(8)))
    assert answers == [202, *[422] * 7]
    assert Drawing.objects.count() == 1


def claimed(owner, minutes_ago=0):
    """The row of a request whose process was killed before it stored anything."""
    sent = Submission(parse_sketch(SEVEN, SIZE, PEN), one_digit=False)
    row = idempotency.claim(owner, "a key", sent.fingerprint())
    IdempotencyKey.objects.update(created=timezone.now() - timedelta(minutes=minutes_ago))
    return row


@pytest.mark.postgres
def test_key_of_a_killed_request_is_taken_over_after_five_minutes(owner, owner_token):
    row = claimed(owner, minutes_ago=4)
    assert send(owner_token).status_code == 409
    IdempotencyKey.objects.update(created=timezone.now() - timedelta(minutes=6))
    assert send(owner_token).json()["drawing"] == str(row.drawing_id)


@pytest.mark.postgres
def test_only_one_request_takes_a_key_over(owner):
    row = claimed(owner, minutes_ago=6)
    assert idempotency.claim(owner, "a key", row.fingerprint).pk == row.pk
    with pytest.raises(StillWorking):
        idempotency.claim(owner, "a key", row.fingerprint)


@pytest.mark.postgres
def test_digit_stored_by_a_killed_request_is_returned(owner, owner_token):
    row = claimed(owner)
    intake.save_drawing(owner, parse_sketch(SEVEN, SIZE, PEN), drawing_id=row.drawing_id)
    assert send(owner_token).json()["drawing"] == str(row.drawing_id)
    assert Drawing.objects.count() == 1


def test_key_is_kept_for_a_day(owner_token):
    first = send(owner_token).json()["id"]
    IdempotencyKey.objects.update(created=timezone.now() - timedelta(hours=23, minutes=59))
    assert send(owner_token).json()["id"] == first
    IdempotencyKey.objects.update(created=timezone.now() - timedelta(hours=24, minutes=1))
    assert send(owner_token).json()["id"] != first
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.postgres
def test_job_deletes_old_keys(owner, settings):
    idempotency.claim(owner, "new", "x")
    idempotency.claim(owner, "old", "x")
    IdempotencyKey.objects.filter(pk=IdempotencyKey.objects.latest("pk").pk).update(
        created=timezone.now() - timedelta(hours=25)
    )
    tasks.forget_idempotency_keys()
    assert IdempotencyKey.objects.count() == 1
    assert tasks.forget_idempotency_keys.name in {job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values()}


def test_key_itself_is_not_stored(owner):
    key = uuid.uuid4().hex
    idempotency.claim(owner, key, "x")
    assert not any(key in str(value) for value in IdempotencyKey.objects.values_list().get())
