"""Figures for Prometheus: who may read them, and what they tell, also while a part of the site is away."""

import json
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from classifier.decoding.turning import Answered, Reply
from classifier.errors import SiteBusy
from classifier.http.metrics import counting, database, reading
from classifier.jobs import broker, questions, signs_of_life, workers
from classifier.models import Batch, Import, Prediction
from classifier.recognition.verdict import Judgement
from tests import staff_site
from tests.archives import waiting_batch
from tests.classifier.pages.test_previews import said
from tests.factories import answered, many_digits, pad_form, picture
from tests.metrics import names, samples, value
from training.pages.dashboard import measurements

TOKEN = "a-token-of-the-operator"
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7", "HTTP_HOST": "10.0.0.3:8000"}  # Prometheus asks a container by its address
BEARER = {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _database_in_this_thread(monkeypatch):
    """A thread has a connection of its own, which does not see what a test has not committed."""
    monkeypatch.setattr(reading, "in_time", lambda: [*database.read(), *measurements.read()])


def told(**environ):
    response = Client().get("/metrics", **(HERE | environ))
    assert response.status_code == 200, response.text
    return samples(response.text)


@pytest.mark.parametrize(
    ("token", "environ", "status"),
    [
        ("", HERE, 200),
        ("", HERE | {"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, 200),
        ("", ELSEWHERE, 401),
        ("", ELSEWHERE | {"HTTP_HOST": "localhost"}, 401),
        ("", ELSEWHERE | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 401),
        ("", ELSEWHERE | {"HTTP_AUTHORIZATION": "Bearer "}, 401),
        ("", HERE | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 401),  # through a proxy on this machine
        ("", HERE | {"HTTP_FORWARDED": "for=127.0.0.1"}, 401),
        ("", HERE | {"HTTP_VIA": "1.1 proxy"}, 401),
        ("", HERE | {"HTTP_HOST": "evil.example:8000"}, 401),  # a browser here, by DNS rebinding
        (TOKEN, HERE, 200),
        (TOKEN, ELSEWHERE, 401),
        (TOKEN, ELSEWHERE | BEARER, 200),
        (TOKEN, ELSEWHERE | BEARER | {"HTTP_X_FORWARDED_FOR": "198.51.100.4"}, 200),
        (TOKEN, ELSEWHERE | {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, 401),
        (TOKEN, ELSEWHERE | {"HTTP_AUTHORIZATION": f"Token {TOKEN}"}, 401),
        (TOKEN, HERE | {"HTTP_AUTHORIZATION": "Bearer wrong"}, 401),
    ],
)
@pytest.mark.parametrize("trusted_proxies", [0, 1])
def test_only_this_machine_and_the_token_may_read(db, settings, token, environ, status, trusted_proxies):
    settings.METRICS_TOKEN, settings.TRUSTED_PROXIES = token, trusted_proxies
    response = Client().get("/metrics", **environ)
    assert response.status_code == status
    assert ("digitsite" in response.text) == (status == 200)
    assert response.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_figures_are_only_read(db):
    assert Client().post("/metrics", **HERE).status_code == 405


def test_requests_are_counted_by_view_and_status(db, client):
    before = told()
    for path in ("/model/", "/model/", "/nothing/", "/history/", "/static/nothing.css"):
        client.get(path)
    now = told()
    expected = {
        ("classifier:model", "200"): 2,
        ("classifier:history", "302"): 1,
        ("(none)", "404"): 1,
        ("(static)", "404"): 1,
        ("metrics", "200"): 1,
    }
    for (view, status), number in expected.items():
        seen = [value(found, "digitsite_requests_total", view=view, status=status) or 0 for found in (before, now)]
        assert seen[1] - seen[0] == number, view
    assert value(now, "digitsite_request_seconds_count", view="classifier:model") >= 2


def test_an_error_of_the_site_is_counted(db, monkeypatch):
    monkeypatch.setattr("classifier.pages.site.model_context", lambda version: 1 / 0)
    before = told()
    assert Client(raise_request_exception=False).get("/model/").status_code == 500
    labels = {"view": "classifier:model", "status": "500"}
    counts = [value(found, "digitsite_requests_total", **labels) or 0 for found in (before, told())]
    assert counts[1] == counts[0] + 1


def count_of(found, stage):
    return value(found, "digitsite_answer_seconds_count", stage=stage)


def test_stages_of_an_answer_are_timed(owner_client, inference_worker):
    before = told()
    assert owner_client.post("/drawings/", pad_form(), headers=HTMX).status_code == 200
    drawn = told()
    for stage in ("segmentation", "worker", "network", "whole"):
        assert count_of(drawn, stage) == count_of(before, stage) + 1, stage
    # The network is a part of the wait, and the wait a part of the request.
    spent = {
        stage: value(drawn, "digitsite_answer_seconds_sum", stage=stage)
        - value(before, "digitsite_answer_seconds_sum", stage=stage)
        for stage in ("network", "worker", "whole")
    }
    assert 0 < spent["network"] < spent["worker"] < spent["whole"]


def test_pictures_are_timed_too(owner_client, inference_worker):
    before = told()
    owner_client.post("/pictures/", {"image": SimpleUploadedFile("7.png", picture())}, headers=HTMX)
    assert count_of(told(), "decoding") == count_of(before, "decoding") + 1


def test_wait_in_vain_is_counted(owner_client, unread_queue, model_version, settings):
    settings.ANSWER_WAIT_S = 0.05
    before = told()
    owner_client.post("/drawings/", pad_form(), headers=HTMX)
    now = told()
    name = "digitsite_replies_missed_total"
    assert value(now, name) == value(before, name) + 1
    assert count_of(now, "network") == count_of(before, "network")


@pytest.mark.parametrize("outcome", ["answered", "dropped", "refused"])
def test_previews_are_counted_by_outcome(owner_client, monkeypatch, outcome):
    def ask(*_):
        if outcome == "refused":
            raise SiteBusy("Later.")
        answers, now = [Answered(Judgement(**said(7)), [0.0] * 10, 1.0)], timezone.now()
        return Reply(answers, (1, "x"), now, now) if outcome == "answered" else None

    monkeypatch.setattr("classifier.digits.intake.previews.ask_network", ask)
    before = told()
    owner_client.post("/drawings/preview/", pad_form(), headers=HTMX)
    now = told()
    for each in ("answered", "dropped", "refused"):
        counts = [value(found, "digitsite_previews_total", outcome=each) for found in (before, now)]
        assert counts[1] - counts[0] == (each == outcome), each


@pytest.mark.postgres
def test_work_that_waits_is_told_with_its_age(owner, model_version, unread_queue):
    many_digits(owner, 3)
    Prediction.objects.update(created=timezone.now() - timedelta(seconds=90))
    waiting_batch(owner, {"7.png": picture()})
    Import.objects.create(owner=owner, name="mine.zip", size=1)
    staff_site.run(status="queued")
    now = told()
    waiting = {
        kind: value(now, "digitsite_jobs_waiting", kind=kind)
        for kind in ("prediction", "late_reading", "batch", "import", "rereading", "training_run")
    }
    assert waiting == {
        "prediction": 3,
        "late_reading": 0,
        "batch": 1,
        "import": 1,
        "rereading": 0,
        "training_run": 1,
    }
    assert 90 <= value(now, "digitsite_oldest_job_age_seconds", kind="prediction") < 150
    assert value(now, "digitsite_oldest_job_age_seconds", kind="rereading") == 0
    Prediction.objects.update(created=timezone.now() + timedelta(hours=1))  # the clock has been set back
    assert value(told(), "digitsite_oldest_job_age_seconds", kind="prediction") == 0


@pytest.mark.postgres
def test_jobs_are_told_by_state(owner, db):
    waiting_batch(owner, {"7.png": picture()})
    Batch.objects.update(status=Batch.Status.FAILED)
    Import.objects.create(owner=owner, name="mine.zip", size=1, status="done")
    staff_site.run(status="cancelled")
    now = told()
    states = {
        name: {dict(labels)["state"] for (each, labels), count in now.items() if each == name and count == 1}
        for name in ("digitsite_batches", "digitsite_imports", "digitsite_training_runs")
    }
    assert states == {
        "digitsite_batches": {"failed"},
        "digitsite_imports": {"done"},
        "digitsite_training_runs": {"cancelled"},
    }
    assert value(now, "digitsite_batches", state="running") == 0


@pytest.mark.postgres
def test_verdicts_and_versions_are_told(owner, model_version):
    many_digits(owner, 5, model_version)
    first, second, old, lost, *_ = Prediction.objects.order_by("pk").values_list("pk", flat=True)
    done = answered(model_version)
    Prediction.objects.update(**done, created=timezone.now())
    Prediction.objects.filter(pk=first).update(verdict="unsure")
    Prediction.objects.filter(pk=second).update(verdict="not_a_digit")
    Prediction.objects.filter(pk=old).update(created=timezone.now() - timedelta(minutes=6))
    Prediction.objects.filter(pk=lost).update(status="failed")
    now = told()
    verdicts = {each: value(now, "digitsite_answers_recent", verdict=each) for each in Prediction.Verdict.values}
    assert verdicts == {"digit": 1, "unsure": 1, "not_a_digit": 1}
    assert value(now, "digitsite_predictions_given_up") == 1
    assert value(now, "digitsite_version_in_service", kind="digit", version=model_version.name) == 1
    assert value(now, "digitsite_versions_damaged", kind="digit") == 0
    model_version.damaged = timezone.now()
    model_version.save()
    assert value(told(), "digitsite_versions_damaged", kind="digit") == 1


def test_queues_workers_and_scheduler_are_told(db, unread_queue):
    unread_queue.lpush("inference", json.dumps({"headers": {"sent": time.time()}}))
    unread_queue.rpush(questions.WAITING, json.dumps({"sent": time.time() - 40}))
    workers.announce("inference@a:1", {"queue": "inference", "serves": "first", "since": 0}, 10)
    workers.note_scheduled()
    now = told()
    assert value(now, "digitsite_queue_length", queue="inference") == 2
    assert value(now, "digitsite_queue_length", queue="batches") == 0
    assert 40 <= value(now, "digitsite_queue_age_seconds", queue="inference") < 100
    assert value(now, "digitsite_queue_age_seconds", queue="batches") == 0
    assert value(now, "digitsite_workers", queue="inference") == 1
    assert value(now, "digitsite_workers", queue="training") == 0
    assert value(now, "digitsite_workers_serving", version="first") == 1
    assert 0 <= value(now, "digitsite_scheduled_work_age_seconds") < 60
    unread_queue.delete("inference")


def test_disk_and_processes_of_this_machine_are_told(db, settings, monkeypatch):
    monkeypatch.setattr(signs_of_life, "last_signs", lambda folder: {"inference": [1.5, 20.5], "scheduler": [0.5]})
    settings.DISK_RESERVE_MB = 0
    now = told()
    assert 0 < value(now, "digitsite_disk_free_bytes") < value(now, "digitsite_disk_size_bytes")
    assert value(now, "digitsite_disk_full") == 0
    assert value(now, "digitsite_processes_alive", process="inference") == 2
    assert value(now, "digitsite_process_silent_seconds", process="inference") == 20.5
    assert value(now, "digitsite_process_silent_seconds", process="scheduler") == 0.5
    settings.DISK_RESERVE_MB = 10**9
    assert value(told(), "digitsite_disk_full") == 1


def test_site_without_redis_tells_what_it_knows(db, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/missing.sock"
    broker.connection.cache_clear()
    before = counting.BREAKERS_OPENED._value.get()
    now = told()
    breaker = broker.connection().breaker
    assert value(now, "digitsite_part_up", part="redis") == 0
    assert value(now, "digitsite_part_up", part="database") == 1
    assert value(now, "digitsite_jobs_waiting", kind="prediction") == 0
    assert "digitsite_queue_length" not in names(now)
    later = told()
    assert value(later, "digitsite_broker_breakers_open") == 1
    assert value(later, "digitsite_broker_breaker_opened_total") == before + 1
    breaker.is_open = False  # ends its thread
    counting.BREAKERS_OPEN.set(0)
    broker.connection.cache_clear()


def test_site_without_database_tells_what_it_knows(db, monkeypatch, redis_server):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(reading, "in_time", away)
    told()  # a request is counted when it has been answered
    now = told()
    assert value(now, "digitsite_part_up", part="database") == 0
    assert value(now, "digitsite_part_up", part="redis") == 1
    assert value(now, "digitsite_queue_length", queue="inference") is not None
    assert value(now, "digitsite_requests_total", view="metrics", status="200") > 0
    assert "digitsite_jobs_waiting" not in names(now)


@pytest.mark.parametrize(
    ("view", "status", "is_answer"),
    [
        ("api:digit-list", 201, True),
        ("api:digit-list", 202, False),  # not answered yet
        ("api:digit-list", 200, False),  # a list
        ("classifier:drawing-preview", 204, False),
        ("classifier:picture-try", 200, True),
        ("classifier:home", 200, False),
    ],
)
def test_only_answers_are_timed_as_a_whole(db, view, status, is_answer):
    before = told()
    counting.count_request(view, status, 0.2)
    assert count_of(told(), "whole") - count_of(before, "whole") == is_answer
