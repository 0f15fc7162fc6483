"""A worker answers all questions that wait together."""

import base64

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier import tasks
from classifier.digits import predictions
from classifier.digits.networks import network_in_service
from classifier.digits.predictions import reply_key
from classifier.jobs import questions, replies, trace
from classifier.jobs.questions import Question, ask
from classifier.models import Prediction
from tests.factories import answered, drawn_digit, many_digits

ONE = np.zeros((28, 28), np.uint8)
ONE[4:24, 13:16] = 255
PIXELS = [base64.b64encode(ONE.tobytes()).decode()]


@pytest.fixture
def runs(model_version, monkeypatch):
    """The number of pictures in each run of the network."""
    _, network = network_in_service()
    seen, answer = [], network.answer
    monkeypatch.setattr(network, "answer", lambda pixels: seen.append(len(pixels)) or answer(pixels))
    return seen


def asked(*predictions):
    for prediction in predictions:
        ask(Question(PIXELS, [{}], predictions=[prediction.pk]))


def test_digits_and_previews_are_answered_in_one_run(owner, runs, unread_queue):
    many_digits(owner, 3)
    asked(*Prediction.objects.all())
    ask(Question(PIXELS * 2, [{}, {}], reply_key="preview"))
    tasks.answer_questions()
    assert runs == [5]
    assert set(Prediction.objects.values_list("status", "label")) == {("done", 1)}
    for prediction in Prediction.objects.all():
        assert replies.wait_for(reply_key(prediction.pk), 1)["label"] == 1
    preview = replies.wait_for("preview", 1)
    assert [answer["label"] for answer in preview["answers"]] == [1, 1]
    assert preview["model_version"] == Prediction.objects.first().model_version.name


def test_all_that_wait_are_answered_by_one_call(owner, runs, unread_queue, monkeypatch):
    monkeypatch.setattr(questions, "TAKEN_AT_ONCE", 2)
    many_digits(owner, 5)
    asked(*Prediction.objects.all())
    tasks.answer_questions()
    assert runs == [2, 2, 1]
    assert not Prediction.objects.waiting().exists()


def test_a_run_has_few_pictures_even_for_a_long_number(runs, unread_queue):
    ask(Question(PIXELS * 20, [{}] * 20, reply_key="long"))
    tasks.answer_questions()
    assert runs == [16, 4]
    assert len(replies.wait_for("long", 1)["answers"]) == 20


def test_expired_question_is_not_answered(runs, unread_queue):
    ask(Question(PIXELS, [{}], reply_key="late", expires_s=-1))
    ask(Question(PIXELS, [{}], reply_key="in time", expires_s=60))
    tasks.answer_questions()
    assert runs == [1]
    assert replies.wait_for("in time", 1)
    assert replies.wait_for("late", 0.1) is None


def test_question_about_an_older_revision_changes_nothing(owner, runs, unread_queue):
    drawing = drawn_digit(owner).drawing
    older = Prediction.objects.get()
    drawn_digit(owner, drawing_id=drawing.public_id, revision=2)
    asked(older)
    tasks.answer_questions()
    assert list(Prediction.objects.order_by("revision").values_list("status", "label")) == [
        ("superseded", None),
        ("queued", None),
    ]
    assert replies.wait_for(reply_key(older.pk), 1) == {}  # has the request read the database


@pytest.mark.django_db(transaction=True)
def test_answers_are_stored_in_one_transaction(owner, runs, unread_queue):
    if connection.features.has_select_for_update:
        pytest.skip("each row has its own lock, which a request may hold")
    many_digits(owner, 3)
    asked(*Prediction.objects.all())
    with CaptureQueriesContext(connection) as queries:
        tasks.answer_questions()
    assert [query["sql"] for query in queries].count("COMMIT") == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_answer_that_cannot_be_stored_keeps_no_other_from_it(owner, model_version, runs, unread_queue, caplog):
    many_digits(owner, 3)
    first, known, last = Prediction.objects.order_by("pk")
    Prediction.objects.create(
        digit=known.digit, revision=known.revision, preprocessing_version=1, **answered(model_version)
    )
    asked(first, known, last)
    tasks.answer_questions()
    assert [*Prediction.objects.waiting()] == [known]
    assert replies.wait_for(reply_key(last.pk), 1)["label"] == 1
    assert replies.wait_for(reply_key(known.pk), 1) == {}
    assert f"The answer to prediction {known.pk} could not be stored" in caplog.text


def test_each_answer_is_logged_with_its_request(owner, runs, unread_queue, caplog):
    caplog.set_level("INFO")
    said = []
    caplog.handler.addFilter(lambda record: said.append((record.name, trace.current())) or True)
    many_digits(owner, 2)
    for number, prediction in enumerate(Prediction.objects.all()):
        ask(Question(PIXELS, [{}], [prediction.pk], trace={"request_id": f"r-{number}", "drawing": "d"}))
    tasks.answer_questions()
    ours = [about["request_id"] for name, about in said if name == predictions.__name__]
    assert ours == ["r-0", "r-1"]
