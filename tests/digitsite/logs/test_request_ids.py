"""`X-Request-ID` is taken if it is valid, otherwise made; every answer has it, and so do the jobs that follow."""

import json
import logging
import re
from io import BytesIO

import pytest
from django.test import Client, RequestFactory

from classifier.jobs import questions, trace
from classifier.jobs.queue import enqueue
from classifier.models import Drawing
from digitsite import wsgi
from tests.factories import pad_form
from tests.services import wait_until

MADE = re.compile(r"[0-9a-f]{32}")


def returned(answer):
    return answer.headers["X-Request-ID"]


@pytest.mark.parametrize("given", ["a", "7f3c9b1e-52aa-4e0c-9c39-6d0f6a6f5b1c", "Root=1-67891233-abcdef", "x" * 128])
def test_valid_id_is_taken(client, given):
    assert returned(client.get("/healthz", headers={"X-Request-ID": given})) == given


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", "a\nb", "é", 'a"b', "(x)"])
def test_another_one_is_made_instead_of_an_invalid_id(client, given):
    assert MADE.fullmatch(returned(client.get("/healthz", HTTP_X_REQUEST_ID=given)))


def test_each_request_has_its_own(client):
    assert len({returned(client.get("/healthz")) for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/nowhere/", 404), ("/api/v1/digits/", 401), ("/history/", 302)]
)
def test_every_answer_has_one(client, db, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert MADE.fullmatch(returned(answer))


def test_answer_to_an_error_has_the_one_of_its_log_line(monkeypatch, caplog):
    monkeypatch.setattr("classifier.pages.site.settings", None)
    seen = []
    caplog.handler.addFilter(lambda record: seen.append((record.getMessage(), trace.current())) or True)
    answer = Client(raise_request_exception=False).get("/healthz", headers={"X-Request-ID": "broken-1"})
    assert answer.status_code == 500
    assert returned(answer) == "broken-1"
    assert ("Internal Server Error: /healthz", {"request_id": "broken-1"}) in seen


def test_refusal_of_a_site_for_trying_out_has_one(monkeypatch):
    monkeypatch.setattr(wsgi, "weaknesses", ["DEBUG is on"])
    given = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_REQUEST_ID": "mine", "wsgi.input": BytesIO()}
    headers = {}
    wsgi.application(RequestFactory().get("/").environ | given, lambda line, given: headers.update(given))
    assert headers["X-Request-ID"] == "mine"


def test_what_was_stored_is_logged_once_with_its_id(owner_client, model_version, unread_queue, caplog):
    caplog.set_level(logging.INFO)
    seen = []
    caplog.handler.addFilter(lambda record: seen.append((record.name, trace.current())) or True)
    answer = owner_client.post("/drawings/", pad_form(), headers={"X-Request-ID": "draw-1"})
    assert answer.status_code == 302
    drawing = str(Drawing.objects.get().public_id)
    assert seen.count(("digitsite.logs.requests", {"request_id": "draw-1", "drawing": drawing})) == 1
    owner_client.get("/history/")
    assert len([name for name, _ in seen if name == "digitsite.logs.requests"]) == 1


def test_question_says_where_it_comes_from(
    django_capture_on_commit_callbacks, owner_client, model_version, unread_queue
):
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post("/drawings/", pad_form(), headers={"X-Request-ID": "draw-2"})
    (question,) = questions.take()
    assert question.trace == {"request_id": "draw-2", "drawing": str(Drawing.objects.get().public_id)}
    assert question.sent > 1.6e9


def test_job_in_the_queue_says_where_it_comes_from(unread_queue):
    trace.begin({"request_id": "again-1"})
    enqueue("classifier.predict", [1])
    trace.begin(None)
    (job,) = (json.loads(job)["headers"] for job in unread_queue.lrange("inference", 0, -1))
    assert job["trace"] == {"request_id": "again-1"}
    assert job["sent"] > 1.6e9


def test_worker_logs_the_request_and_the_drawing(inference_worker, owner_client):
    owner_client.post("/drawings/", pad_form(), headers={"X-Request-ID": "draw-3"})
    drawing = str(Drawing.objects.get().public_id)
    line = f"Answered in [0-9]+ ms, with 0 other questions .request_id=draw-3 drawing={drawing}"
    wait_until(lambda: re.search(line, inference_worker.read_text()), 10, "the worker has logged its work")


def test_child_process_continues_the_work_in_all_threads(monkeypatch):
    trace.begin({"request_id": "r-9", "trainingrun": "t-9"})
    (name, value), *_ = trace.for_child().items()
    trace.begin(None)
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(trace, "_of_process", {})
    trace.continue_parents()
    trace._trace.set(None)  # as in another thread
    assert trace.current() == {"request_id": "r-9", "trainingrun": "t-9"}
