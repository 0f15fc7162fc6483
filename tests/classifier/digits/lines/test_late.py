"""Drawings stored while no worker answers are read as a whole later, once, and never against what a person says."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier import tasks
from classifier.digits import corrections, deletion, intake
from classifier.digits.intake.late import read_late
from classifier.digits.lines import answering, lost
from classifier.digits.predictions import ATTEMPTS, answer_predictions
from classifier.models import Digit, Drawing, LateReading, ModelVersion, NumberReading, Prediction
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.preprocessing.strokes import render
from tests.factories import FOUR, picture, sketch
from tests.line_readers import registered_line_reader
from tests.lines import told, written
from tests.services import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(settings, model_version, monkeypatch):
    """A line reader is in service that reads 357, but no worker answers in time."""
    settings.ANSWER_WAIT_S = 0
    with told(monkeypatch, "357") as network:
        yield network


def saved(owner, text: str = "35", **given) -> Digit:
    return intake.save_drawing(owner, written(text), **given)


def read() -> list[bool]:
    return [read_late(late.pk) for late in LateReading.objects.all()]


def answer_all() -> None:
    answer_predictions([*Prediction.objects.waiting().values_list("pk", flat=True)])


@pytest.mark.postgres
@pytest.mark.parametrize("is_answered", [False, True], ids=["digits wait", "digits are answered"])
def test_a_drawing_is_read_as_a_whole_later(owner, reader, is_answered, model_version):
    leftmost = saved(owner)
    if is_answered:
        answer_all()
    assert not NumberReading.objects.exists()
    assert Digit.objects.count() == 2
    reader.text = "35"
    assert read() == [True]
    assert (NumberReading.objects.get().text, NumberReading.objects.get().revision) == ("35", 1)
    digits = Digit.objects.with_predictions().order_by("position")
    assert [(each.read, each.status, each.number) for each in digits] == [(3, "done", "35"), (5, "done", "35")]
    assert digits[0].public_id == leftmost.public_id
    assert [len(each.predictions.all()) for each in digits] == [1, 1]
    assert {each.prediction.model_version for each in digits} == {model_version}
    assert all(each.prediction.elapsed_ms for each in digits)
    assert not LateReading.objects.exists()


def test_digits_that_were_found_differently_are_replaced(owner, reader):
    saved(owner, "357", one_digit=False)
    Digit.objects.filter(position=2).delete()  # as if segmentation had joined them
    assert read() == [True]
    assert [*Digit.objects.order_by("position").values_list("read", "number")] == [(3, "357"), (5, "357"), (7, "357")]


def test_an_uploaded_picture_is_read_later(owner, reader):
    reader.text = "3.5"
    file = SimpleUploadedFile("x.png", picture(255 - render(written("3.5"))))
    intake.accept_picture(owner, file, Drawing.Source.UPLOAD)
    assert read() == [True]
    assert NumberReading.objects.get().text == "3.5"
    assert [*Digit.objects.order_by("position").values_list("read", flat=True)] == [3, 5]


def test_a_job_that_comes_twice_or_beside_another_changes_nothing(owner, reader, monkeypatch):
    saved(owner, "357")
    late = LateReading.objects.get()
    read_content = answering.read_content

    def slow(content):
        monkeypatch.setattr("classifier.digits.intake.late.read_content", read_content)
        assert read_late(late.pk)  # by another worker in the meantime
        return read_content(content)

    monkeypatch.setattr("classifier.digits.intake.late.read_content", slow)
    assert not read_late(late.pk)
    assert not read_late(late.pk)
    assert (NumberReading.objects.count(), Digit.objects.count(), Prediction.objects.count()) == (1, 3, 3)


@pytest.mark.parametrize("is_whole", [True, False], ids=["as a whole", "one digit"])
def test_a_corrected_drawing_is_left_alone(owner, reader, is_whole):
    saved(owner)
    digits = list(Digit.objects.with_predictions().order_by("position"))
    if is_whole:
        corrections.correct_number(digits, "3.6")
    else:
        corrections.correct(digits[1], 6)
    before = [*Digit.objects.order_by("pk").values("pk", "pixels", "said")]
    assert read() == [False]
    assert [*Digit.objects.order_by("pk").values("pk", "pixels", "said")] == before
    assert not NumberReading.objects.exists()
    assert not LateReading.objects.exists()


def test_a_drawing_that_is_drawn_on_is_read_in_its_newest_revision(owner, reader, monkeypatch):
    name = uuid.uuid4()
    saved(owner, "35", drawing_id=name)
    read_content = answering.read_content

    def slow(content):
        saved(owner, "357", drawing_id=name, revision=2)
        return read_content(content)

    monkeypatch.setattr("classifier.digits.intake.late.read_content", slow)
    assert read() == [False]
    monkeypatch.setattr("classifier.digits.intake.late.read_content", read_content)
    assert read() == [True]
    assert (NumberReading.objects.get().text, NumberReading.objects.get().revision) == ("357", 2)


def test_a_revision_that_was_read_at_once_is_not_read_again(owner, reader, settings):
    name = uuid.uuid4()
    saved(owner, "35", drawing_id=name)
    settings.ANSWER_WAIT_S = 5
    saved(owner, "357", drawing_id=name, revision=2)
    assert read() == [False]
    assert Prediction.objects.filter(revision=2).count() == 3
    assert not LateReading.objects.exists()


def test_a_deleted_drawing_is_read_when_it_is_restored(owner, reader):
    digit = saved(owner)
    moment = deletion.delete(owner, [digit.public_id]).moment
    assert read() == [False]
    deletion.restore(owner, moment=moment)
    assert read() == [True]


def test_what_is_plainly_one_digit_or_has_no_reader_waits_for_nothing(owner, settings, model_version, monkeypatch):
    settings.ANSWER_WAIT_S = 0
    saved(owner)
    with told(monkeypatch, "35"):
        intake.save_drawing(owner, sketch(FOUR))
        saved(owner, one_digit=True)
    assert not LateReading.objects.exists()


def test_the_job_is_sent_on_commit_and_again_when_it_is_late(
    owner, reader, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    for module in ("classifier.digits.intake.storing", "classifier.tasks"):
        monkeypatch.setattr(f"{module}.enqueue", lambda task, *given, **_: sent.append((task, *given)))
    with django_capture_on_commit_callbacks(execute=True):
        saved(owner)
    late = LateReading.objects.get()
    assert ("classifier.read_late", late.pk) in sent
    sent.clear()
    tasks.resend_lost_predictions()
    assert sent == []
    LateReading.objects.update(sent=timezone.now() - timedelta(seconds=6))
    tasks.resend_lost_predictions()
    tasks.resend_lost_predictions()
    assert sent == [("classifier.read_late", late.pk)]
    assert LateReading.objects.get().attempts == 2


def test_without_a_line_reader_it_waits_and_is_given_up_in_the_end(owner, reader, monkeypatch):
    saved(owner)

    def damaged(_content):
        raise ModelFileDamaged("it is gone")

    monkeypatch.setattr("classifier.digits.intake.late.read_content", damaged)
    with pytest.raises(ModelFileDamaged):
        read()
    assert LateReading.objects.exists()
    LateReading.objects.update(attempts=ATTEMPTS, sent=timezone.now() - timedelta(hours=1))
    assert lost.lost_readings() == []
    assert not LateReading.objects.exists()


def test_a_request_that_waits_for_replaced_digits_is_released(
    owner, reader, monkeypatch, django_capture_on_commit_callbacks
):
    digit, released = saved(owner), []
    monkeypatch.setattr("classifier.jobs.replies.send", lambda key, content, **_: released.append(key))
    waiting = {f"prediction:{pk}" for pk in Prediction.objects.values_list("pk", flat=True)}
    with django_capture_on_commit_callbacks(execute=True):
        assert read() == [True]
    assert {*released} == waiting
    monkeypatch.setattr("classifier.jobs.replies.wait_for", lambda *_: {})
    intake.wait_for_answer(digit, 1)  # it finds other digits, and no error
    assert digit.prediction.status == "queued"


@pytest.mark.postgres
def test_a_real_worker_reads_it(owner, inference_worker, settings, tmp_path):
    version = registered_line_reader(tmp_path)
    ModelVersion.objects.filter(pk=version.pk).update(is_active=True)
    settings.ANSWER_WAIT_S = 0
    digit = saved(owner)
    wait_until(lambda: not LateReading.objects.exists(), 20, "the drawing is read")
    assert not Prediction.objects.waiting().exists()
    assert Prediction.objects.get(digit=digit).elapsed_ms
