"""Predictions are answered once, never for an older revision or by a damaged network; lost ones are sent again."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier import tasks
from classifier.digits import networks, predictions
from classifier.digits.predictions import ATTEMPTS, BACKOFF, answer_predictions, lost_predictions
from classifier.jobs import replies, workers
from classifier.models import Prediction
from classifier.recognition.errors import ModelFileDamaged
from tests.factories import answered, drawn_digit, many_digits


@pytest.fixture
def waiting(owner):
    drawn_digit(owner)
    return Prediction.objects.get()


def late(prediction, seconds, **changed):
    Prediction.objects.filter(pk=prediction.pk).update(sent=timezone.now() - timedelta(seconds=seconds), **changed)


def test_waiting_prediction_is_answered(waiting, model_version):
    assert answer_predictions([waiting.pk]) == 1
    waiting.refresh_from_db()
    assert (waiting.status, waiting.verdict, waiting.label, waiting.model_version) == (
        "done",
        "digit",
        7,
        model_version,
    )
    assert sum(waiting.probabilities) == pytest.approx(1, abs=1e-5)
    assert waiting.confidence == max(waiting.probabilities) == waiting.probabilities[7]
    assert len(waiting.logits) == 10
    assert waiting.finished >= waiting.created
    assert waiting.inference_ms > 0


def test_task_that_runs_twice_answers_once(waiting, model_version):
    assert [answer_predictions([waiting.pk]), answer_predictions([waiting.pk])] == [1, 0]
    first = Prediction.objects.values().get()
    tasks.predict([waiting.pk, waiting.pk])
    assert Prediction.objects.values().get() == first


def test_two_workers_at_once_record_one_answer(waiting, model_version, monkeypatch):
    """The second worker finishes while the first one runs the network."""
    network_in_service = predictions.network_in_service

    def slow():
        monkeypatch.setattr(predictions, "network_in_service", network_in_service)
        assert answer_predictions([waiting.pk]) == 1
        return network_in_service()

    monkeypatch.setattr(predictions, "network_in_service", slow)
    assert answer_predictions([waiting.pk]) == 0


def test_late_answer_for_an_older_revision_ends_superseded(owner, model_version):
    drawing = drawn_digit(owner).drawing
    older = Prediction.objects.get()
    drawn_digit(owner, drawing_id=drawing.public_id, revision=2)
    newer = Prediction.objects.get(revision=2)
    assert (answer_predictions([newer.pk]), answer_predictions([older.pk])) == (1, 0)
    assert list(Prediction.objects.order_by("revision").values_list("status", "label")) == [
        ("superseded", None),
        ("done", 7),
    ]


def test_revision_saved_while_the_network_runs_supersedes_its_answer(owner, waiting, model_version, monkeypatch):
    network_in_service = predictions.network_in_service

    def meanwhile():
        drawn_digit(owner, drawing_id=waiting.digit.drawing.public_id, revision=2)
        return network_in_service()

    monkeypatch.setattr(predictions, "network_in_service", meanwhile)
    assert answer_predictions([waiting.pk]) == 0
    waiting.refresh_from_db()
    assert (waiting.status, waiting.label) == ("superseded", None)


def test_finished_answer_is_superseded_by_a_newer_revision(owner, waiting, model_version):
    answer_predictions([waiting.pk])
    digit = drawn_digit(owner, drawing_id=waiting.digit.drawing.public_id, revision=2)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.label, digit.prediction.status) == ("superseded", 7, "queued")


@pytest.mark.parametrize("ids", [[], [0], [-1], [2**62]])
def test_tasks_for_deleted_rows_do_nothing(db, ids):
    assert answer_predictions(ids) == 0


def test_row_deleted_while_the_network_runs_raises_no_error(waiting, model_version, monkeypatch):
    network_in_service = predictions.network_in_service
    gone = lambda: (waiting.digit.drawing.delete(), network_in_service())[1]  # noqa: E731
    monkeypatch.setattr(predictions, "network_in_service", gone)
    assert answer_predictions([waiting.pk]) == 0


def test_many_predictions_are_answered_by_one_task(owner, model_version):
    many_digits(owner, 40)
    ids = list(Prediction.objects.values_list("pk", flat=True))
    assert answer_predictions(ids) == 40
    assert Prediction.objects.filter(status="done", model_version=model_version).count() == 40


def test_waiting_request_receives_a_reply(waiting, model_version):
    answer_predictions([waiting.pk])
    assert replies.wait_for(predictions.reply_key(waiting.pk), 1) is not None
    assert workers.recently_answered() == model_version.name


def test_answer_is_recorded_while_redis_is_down(waiting, model_version, redis_down):
    assert answer_predictions([waiting.pk]) == 1
    assert replies.wait_for(predictions.reply_key(waiting.pk), 1) is None


def test_without_a_network_predictions_stay_queued(waiting):
    with pytest.raises(ModelFileDamaged, match="No digit reader is in service"):
        answer_predictions([waiting.pk])
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_damaged_network_answers_nothing_and_leaves_predictions_queued(waiting, model_version, monkeypatch):
    """Another version would serve instead, see test_damaged_versions, but there is no other one here."""
    monkeypatch.setattr(networks, "_networks", networks._Networks())  # as in a worker that has just started
    path = Path(model_version.tflite_file.path)
    sound = path.read_bytes()
    path.write_bytes(b"not a network")
    try:
        with pytest.raises(ModelFileDamaged):
            answer_predictions([waiting.pk])
    finally:
        path.write_bytes(sound)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.model_version) == ("queued", None)
    assert answer_predictions([waiting.pk]) == 1


def test_recently_sent_prediction_is_not_lost(waiting):
    assert lost_predictions() == []
    late(waiting, BACKOFF.first_s - 2)
    assert lost_predictions() == []


def test_lost_prediction_is_claimed_once(waiting):
    late(waiting, BACKOFF.first_s + 1)
    assert [lost_predictions(), lost_predictions()] == [[waiting.pk], []]
    waiting.refresh_from_db()
    assert waiting.attempts == 2


@pytest.mark.parametrize(("attempts", "patience"), [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (11, 300)])
def test_pause_doubles_with_every_attempt(waiting, attempts, patience):
    late(waiting, patience - 2, attempts=attempts)
    assert lost_predictions() == []
    late(waiting, patience + 1, attempts=attempts)
    assert lost_predictions() == [waiting.pk]


def test_prediction_past_all_attempts_is_given_up_with_a_sentence(waiting, model_version):
    late(waiting, 10_000, attempts=ATTEMPTS)
    assert lost_predictions() == []
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error, waiting.finished is not None) == ("failed", predictions.GAVE_UP, True)
    assert answer_predictions([waiting.pk]) == 0  # its late job changes nothing


@pytest.mark.parametrize("status", ["done", "failed", "superseded"])
def test_final_prediction_is_never_sent_again(waiting, status):
    late(waiting, 10_000, status=status)
    assert lost_predictions() == []


def test_predictions_in_back_off_do_not_hide_newly_lost_ones(owner, monkeypatch):
    """More predictions than one look takes are older than the lost one, but not due yet."""
    monkeypatch.setattr(predictions, "RESEND_BATCH", 5)
    many_digits(owner, 5)
    Prediction.objects.update(sent=timezone.now() - timedelta(seconds=200), attempts=8)  # due after 300 s
    many_digits(owner, 1)
    newest = Prediction.objects.latest("pk")
    late(newest, 60)
    assert lost_predictions() == [newest.pk]


def test_scheduled_task_sends_lost_predictions(waiting, model_version, unread_queue):
    late(waiting, BACKOFF.first_s + 1)
    unread_queue.delete("inference")
    tasks.resend_lost_predictions()
    assert unread_queue.llen("inference") == 1


def test_lost_prediction_is_answered_by_the_real_worker(owner, inference_worker):
    """Its first task was lost with the broker."""
    many_digits(owner, 3)
    Prediction.objects.update(sent=timezone.now() - timedelta(minutes=1))
    tasks.resend_lost_predictions()
    for prediction in Prediction.objects.all():
        replies.wait_for(predictions.reply_key(prediction.pk), 10)
    assert set(Prediction.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.postgres
def test_database_holds_one_waiting_prediction_per_revision(waiting):
    with pytest.raises(IntegrityError), transaction.atomic():
        Prediction.objects.create(digit=waiting.digit, revision=1, preprocessing_version=1)


@pytest.mark.postgres
def test_database_holds_one_answer_per_version_and_revision(waiting, model_version):
    Prediction.objects.update(**answered(model_version))
    with pytest.raises(IntegrityError), transaction.atomic():
        Prediction.objects.create(digit=waiting.digit, revision=1, preprocessing_version=1, model_version=model_version)
