"""Re-reading: another version answers all of a person's digits, each once, also after a crash."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from classifier import tasks
from classifier.digits import deletion, rereading
from classifier.digits.intake import wait_for_answer
from classifier.digits.predictions import answer_predictions
from classifier.digits.registry import BUNDLED, register_version
from classifier.jobs import workers
from classifier.models import Digit, Prediction, Rereading
from tests.factories import answered, drawn_digit, many_digits
from tests.services import wait_until

pytestmark = pytest.mark.postgres
AGAIN = "/again/"


@pytest.fixture
def other(model_version):
    """A version that is not in service."""
    return register_version(BUNDLED / "deeper_cnn")


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(rereading, "CHUNK", 4)


def read_all(asked):
    place, turns = 0, 0
    while place is not None:
        place, turns = rereading.read_some(asked.pk, place), turns + 1
    return turns


@pytest.fixture
def reread(owner, staff, other, small_chunks):
    """A waiting re-reading of ten answered digits."""
    many_digits(owner, 10, other._meta.model.objects.active().get())
    return rereading.begin(owner, other, staff)


def test_every_digit_gets_one_more_answer_and_keeps_its_own(owner, owner_client, other, reread):
    assert read_all(reread) == 3
    reread.refresh_from_db()
    assert (reread.status, reread.digits, reread.looked_at, reread.answered) == ("done", 10, 10, 10)
    assert Prediction.objects.filter(model_version=other, status="done").count() == 10
    digit = Digit.objects.owned_by(owner).with_predictions().first()
    assert (digit.prediction.label, digit.read, digit.version_id) == (7, 7, digit.prediction.model_version_id)
    assert digit.prediction.model_version != other
    page = owner_client.get(f"/digits/{digit.public_id}/")
    assert [row["counts"] for row in page.context["predictions"]] == [False, True]
    assert other.name in page.text
    assert "requested later" in page.text
    assert other.name not in owner_client.get("/history/").context["rows"][0].values()


def test_repeating_a_chunk_answers_nothing_twice(other, reread):
    assert rereading.read_some(reread.pk, 0) is not None
    assert rereading.read_some(reread.pk, 0) is None  # the same job, late
    Rereading.objects.update(last_digit=0, looked_at=0, answered=0)  # killed before it noted its place
    read_all(reread)
    assert Prediction.objects.filter(model_version=other).count() == 10


def test_cancelled_rereading_stops_at_its_next_chunk_and_keeps_its_answers(other, reread):
    place = rereading.read_some(reread.pk, 0)
    rereading.cancel(reread)
    assert rereading.read_some(reread.pk, place) is None
    reread.refresh_from_db()
    assert (reread.status, Prediction.objects.filter(model_version=other).count()) == ("cancelled", 4)


def test_digits_that_wait_for_their_first_answer_are_skipped(owner, staff, model_version, small_chunks):
    """The version in service would otherwise answer them twice."""
    digit = drawn_digit(owner)
    reread = rereading.begin(owner, model_version, staff)
    read_all(reread)
    prediction = Prediction.objects.get(digit=digit)
    assert answer_predictions([prediction.pk]) == 1
    read_all(rereading.begin(owner, model_version, staff))
    assert Prediction.objects.count() == 1


def test_deleted_and_other_peoples_digits_are_skipped(owner, stranger, other, reread):
    deleted = Digit.objects.owned_by(owner).first()
    deletion.delete(owner, [deleted.public_id])
    theirs = many_digits(stranger, 1)[0]
    read_all(reread)
    assert not Prediction.objects.filter(digit__in=[deleted, theirs], model_version=other).exists()


def test_missing_file_of_the_version_fails_it_with_a_sentence(other, reread, monkeypatch):
    other.tflite_file.storage.delete(other.tflite_file.name)
    monkeypatch.setattr("classifier.digits.networks._networks", type(rereading.network_of.__globals__["_networks"])())
    assert rereading.read_some(reread.pk, 0) is None
    reread.refresh_from_db()
    assert (reread.status, reread.error) == ("failed", rereading.BROKEN)


def test_lost_task_is_sent_again_by_one_scheduler(reread):
    assert rereading.left_behind() == []
    Rereading.objects.update(heartbeat=timezone.now() - timedelta(seconds=31), last_digit=5)
    assert rereading.left_behind() == [(reread.pk, 5)]
    assert rereading.left_behind() == []


def test_second_request_returns_the_unfinished_rereading(owner, stranger, staff, other, reread):
    assert rereading.begin(owner, other, staff) == reread
    assert rereading.begin(stranger, other, staff) != reread


def test_staff_start_a_rereading_and_see_its_progress(staff_client, owner, other):
    many_digits(owner, 3)
    response = staff_client.post(AGAIN, {"person": "owner", "version": other.public_id})
    assert response.url == AGAIN
    page = staff_client.get(AGAIN)
    assert "0 of 3" in page.text
    assert 'hx-trigger="every 2s"' in page.text
    reread = Rereading.objects.get()
    staff_client.post(f"/again/{reread.public_id}/cancel/")
    fragment = staff_client.get(AGAIN, headers={"HX-Request": "true"})
    assert fragment.templates[0].name == "classifier/rereading/_rereading.html"
    assert "cancelled" in fragment.text
    assert "every 2s" not in fragment.text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"person": "nobody"}, "No account has this name."),
        ({"person": ""}, "Enter the name of a person."),
        ({"version": "x"}, "This version does not exist."),
        ({"version": ""}, "Choose a version."),
    ],
)
def test_form_reports_errors(staff_client, owner, other, data, sentence):
    response = staff_client.post(AGAIN, {"person": "owner", "version": other.public_id} | data)
    assert (response.status_code, sentence in response.text) == (400, True)
    assert not Rereading.objects.exists()


def test_staff_need_the_permission(owner, stranger, other):
    stranger.is_staff = True
    stranger.save()
    client = Client()
    client.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(AGAIN).status_code == 403
    refused = client.post(AGAIN, headers={"HX-Request": "true"})
    assert "You do not have permission" in refused.headers["HX-Trigger"]  # the page would say "You are signed out"
    assert client.post(AGAIN, {"person": "owner", "version": other.public_id}).status_code == 403
    stranger.user_permissions.add(Permission.objects.get(codename="add_rereading"))
    assert client.get(AGAIN).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_worker_rereads_and_answers_new_drawings_meanwhile(owner, staff, other, inference_worker):
    many_digits(owner, 300, other._meta.model.objects.active().get())
    reread = rereading.begin(owner, other, staff)
    drawn = drawn_digit(owner)
    wait_for_answer(drawn, 10)
    assert drawn.prediction.status == "done"
    wait_until(lambda: Rereading.objects.get().status == "done", 60, "the history is read again")
    reread.refresh_from_db()
    assert reread.looked_at >= 300
    assert Prediction.objects.filter(model_version=other).count() == reread.answered


@pytest.mark.django_db(transaction=True)
def test_scheduler_continues_after_a_killed_worker(owner, staff, other, inference_worker, monkeypatch):
    many_digits(owner, 40, other._meta.model.objects.active().get())
    monkeypatch.setattr(rereading, "enqueue", lambda *_: True)  # the task is lost
    rereading.begin(owner, other, staff)
    monkeypatch.undo()
    Rereading.objects.update(heartbeat=timezone.now() - timedelta(minutes=1))
    tasks.go_on_reading_again()
    wait_until(lambda: Rereading.objects.get().status == "done", 30, "the history is read again")
    assert workers.queue_length("inference") == 0
    assert answered(other)["model_version"] == other
